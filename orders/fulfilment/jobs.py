"""What time does to orders: acceptance and completion. Each order in a transaction of its own."""

import logging
import uuid
from collections.abc import Callable, Sequence

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.fulfilment import queries, service

log = logging.getLogger(__name__)

# A run takes this many; what is left over waits for the next run, minutes later.
BATCH = 500


@jobs.periodic("*/10 * * * *", "orders.accept_due_orders")
def accept_due_orders() -> None:
    """Accept the shipped orders whose days to accept are over."""
    with transaction():
        due = queries.list_due_for_acceptance(clock.now(), BATCH)
    _each(due, service.accept_order_automatically)


@jobs.periodic("5-59/10 * * * *", "orders.complete_due_orders")
def complete_due_orders() -> None:
    """Complete the accepted orders whose after-sales window has closed."""
    with transaction():
        due = queries.list_due_for_completion(clock.now(), BATCH)
    _each(due, service.complete_order)


def _each(order_ids: Sequence[uuid.UUID], step: Callable[[uuid.UUID], bool]) -> None:
    """Take a step with each order; one that fails is told in the log and leaves the others alone."""
    for order_id in order_ids:
        try:
            with transaction():
                step(order_id)
        except Exception:
            log.exception("an order failed", extra={"order_id": str(order_id)})
