"""Settlement by the worker: a batch of cooperatives in each transaction, so progress is seen."""

import uuid

from marketplace import jobs
from marketplace.database import transaction
from marketplace.days.jobs import fold_days
from orders.settlements import running, service

# Settlement after settlement, never two at once; the database would let only one win anyway.
LOCK = "settlements"


@jobs.task("orders.settle_run")
def settle_run(run_id: str) -> None:
    """Close the windows of a settlement run and draft its statements; safe to run again."""
    # Days that are over are folded first: after that nothing is booked on them any more.
    fold_days()
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = running.settle_batch(uuid.UUID(run_id))


@jobs.task("orders.issue_statements")
def issue_statements(run_id: str) -> None:
    """Issue the drafts of a settlement run; safe to run again."""
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = service.issue_batch(uuid.UUID(run_id))


@jobs.periodic("35 * * * *", "orders.confirm_statements")
def confirm_statements() -> None:
    """Confirm the statements that nobody confirmed or disputed in time."""
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = service.confirm_overdue()


def enqueue_run(run_id: uuid.UUID) -> None:
    """Have a run worked out once the transaction commits; asked twice, it waits once."""
    jobs.enqueue(settle_run, lock=LOCK, queueing_lock=f"settle {run_id}", run_id=str(run_id))


def enqueue_issue(run_id: uuid.UUID) -> None:
    """Have a run's drafts issued once the transaction commits."""
    jobs.enqueue(issue_statements, lock=LOCK, queueing_lock=f"issue {run_id}", run_id=str(run_id))
