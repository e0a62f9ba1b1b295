"""Reconciling by the clock: every hour, what is due; each day of a channel in a job of its own."""

import uuid

from marketplace import jobs
from marketplace.database import transaction
from marketplace.identity.actor import SYSTEM
from orders.reconciliation import running, stages


@jobs.task("orders.reconcile_day")
def reconcile_day(run_id: str) -> None:
    """Compare a channel's day; safe to run again."""
    stages.work(uuid.UUID(run_id))


def enqueue_run(run_id: uuid.UUID) -> None:
    """Have a run worked out once the transaction commits; asked twice, it waits once."""
    jobs.enqueue(
        reconcile_day,
        lock=f"reconcile {run_id}",
        queueing_lock=f"reconcile {run_id}",
        run_id=str(run_id),
    )


@jobs.periodic("17 * * * *", "orders.reconcile")
def reconcile() -> None:
    """Begin the days that are missing, were interrupted, or are not green yet."""
    with transaction():
        due = running.list_due()
    for one in due:
        with transaction():
            enqueue_run(running.start_run(SYSTEM, channel=one.channel, day=one.day).id)
