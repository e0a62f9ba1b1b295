"""What time does to after-sales cases; what it is stands in ``orders/trades/deadlines.py``."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.aftersales import queries, service

# A run takes this many; what is left over waits for the next run, minutes later.
BATCH = 500


@jobs.periodic("7-59/10 * * * *", "orders.settle_due_cases")
def settle_due_cases() -> None:
    """Do what is to happen to the cases whose time is over, each in a transaction of its own."""
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    jobs.for_each(due, service.settle_due_case, "a case failed")
