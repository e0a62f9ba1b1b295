"""What time does to what waits at pick-up points; how long stands in ``orders/trades/deadlines.py``."""

import logging
import uuid
from collections.abc import Callable, Sequence

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.pickups import queries, service
from orders.trades.deadlines import pickup_reminder_before

log = logging.getLogger(__name__)

# A run takes this many; what is left over waits for the next run, minutes later.
BATCH = 500


@jobs.periodic("3-59/10 * * * *", "orders.settle_due_pickups")
def settle_due_pickups() -> None:
    """Remind of what waits, and send back what nobody collected; each in a transaction of its own."""
    with transaction():
        waiting = queries.list_to_remind(pickup_reminder_before(), BATCH)
        due = queries.list_due(clock.now(), BATCH)
    _each(waiting, service.remind_to_collect)
    _each(due, service.lapse_pickup)


def _each(order_ids: Sequence[uuid.UUID], step: Callable[[uuid.UUID], bool]) -> None:
    for order_id in order_ids:
        try:
            with transaction():
                step(order_id)
        except Exception:
            log.exception("a pick-up failed", extra={"order_id": str(order_id)})
