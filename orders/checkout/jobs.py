"""Unpaid trades end by themselves. Swept by the clock, so placing a trade enqueues nothing."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.checkout import closing
from orders.trades import queries

# A run takes this many; what is left over waits for the next minute.
BATCH = 200


@jobs.periodic("* * * * *", "orders.expire_trades")
def expire_trades() -> None:
    """Expire the open trades whose time to pay is over; one that fails leaves the others alone."""
    with transaction():
        due = queries.list_expired_trade_ids(clock.now(), BATCH)
    jobs.for_each_outside_transaction(due, closing.expire_trade, "expiry failed")
