"""Writing the books of a period, which may take minutes, by the worker."""

import uuid

from marketplace import jobs
from marketplace.database import transaction
from marketplace.days.jobs import fold_days
from orders.books import service


@jobs.task("orders.write_journal_export")
def write_journal_export(export_id: str) -> None:
    """Write an export's files; safe to run again."""
    # Days that are over are folded first: after that nothing is booked on them any more.
    fold_days()
    with transaction():
        service.write_export(uuid.UUID(export_id))


def enqueue_export(export_id: uuid.UUID) -> None:
    """Have an export written once the transaction commits."""
    key = str(export_id)
    jobs.enqueue(write_journal_export, lock="journal_export", queueing_lock=key, export_id=key)
