"""What time does to orders: acceptance and completion. Each order in a transaction of its own."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.fulfilment import queries, service

# A run takes this many; what is left over waits for the next run, minutes later.
BATCH = 500


@jobs.periodic("*/10 * * * *", "orders.accept_due_orders")
def accept_due_orders() -> None:
    """Accept the shipped orders whose days to accept are over."""
    with transaction():
        due = queries.list_due_for_acceptance(clock.now(), BATCH)
    jobs.for_each(due, service.accept_order_automatically, "an order failed")


@jobs.periodic("5-59/10 * * * *", "orders.complete_due_orders")
def complete_due_orders() -> None:
    """Complete the accepted orders whose after-sales window has closed."""
    with transaction():
        due = queries.list_due_for_completion(clock.now(), BATCH)
    jobs.for_each(due, service.complete_order, "an order failed")
