"""What time does to requests to call an order off: a cooperative's silence agrees."""

import logging

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.cancellations import queries, service

log = logging.getLogger(__name__)

BATCH = 500


@jobs.periodic("3-59/10 * * * *", "orders.settle_due_cancellations")
def settle_due_cancellations() -> None:
    """Call off the orders whose cooperatives did not answer in time, each for itself."""
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    for order_id in due:
        try:
            with transaction():
                service.settle_due_cancellation(order_id)
        except Exception:
            log.exception("a cancellation failed", extra={"order_id": str(order_id)})
