"""Recoveries whose notice is over are carried out."""

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.recoveries import queries, service

BATCH = 100


@jobs.periodic("7 * * * *", "orders.complete_recoveries")
def complete_recoveries() -> None:
    """Complete what is due, each in a transaction of its own; one that fails leaves the others."""
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    jobs.for_each(due, service.complete_recovery, "recovery not completed")
