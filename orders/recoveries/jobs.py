"""Recoveries whose notice is over are carried out."""

import logging

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.recoveries import queries, service

BATCH = 100

log = logging.getLogger(__name__)


@jobs.periodic("7 * * * *", "orders.complete_recoveries")
def complete_recoveries() -> None:
    """Complete what is due, each in a transaction of its own; one that fails leaves the others."""
    with transaction():
        due = queries.list_due(clock.now(), BATCH)
    for recovery_id in due:
        try:
            with transaction():
                service.complete_recovery(recovery_id)
        except Exception:
            log.exception("recovery not completed", extra={"recovery_id": str(recovery_id)})
