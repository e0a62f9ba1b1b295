"""What time does to requests to call an order off: a cooperative's silence agrees."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.cancellations import queries, service

BATCH = 500


@jobs.periodic("3-59/10 * * * *", "orders.settle_due_cancellations")
def settle_due_cancellations() -> None:
    """Call off the orders whose cooperatives did not answer in time, each for itself."""
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    jobs.for_each(due, service.settle_due_cancellation, "a cancellation failed")
