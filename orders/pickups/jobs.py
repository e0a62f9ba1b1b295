"""What time does to what waits at pick-up points; how long stands in ``orders/trades/deadlines.py``."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.pickups import queries, service
from orders.trades.deadlines import pickup_reminder_before

# A run takes this many; what is left over waits for the next run, minutes later.
BATCH = 500


@jobs.periodic("3-59/10 * * * *", "orders.settle_due_pickups")
def settle_due_pickups() -> None:
    """Remind of what waits, and send back what nobody collected; each in a transaction of its own."""
    with transaction():
        waiting = queries.list_to_remind(pickup_reminder_before(), BATCH)
        due = queries.list_due(clock.now(), BATCH)
    jobs.for_each(waiting, service.remind_to_collect, "a pick-up failed")
    jobs.for_each(due, service.lapse_pickup, "a pick-up failed")
