"""Sending the sandbox's notices: soon after a deed, and by the clock for whatever was left."""

from datetime import timedelta

from flask import current_app

from marketplace import clock, jobs
from marketplace.database import transaction
from orders.payments.sandbox.notices import deliver_due

# A notice due within this time gets a job of its own; later ones wait for the clock.
WITHIN_REACH = timedelta(seconds=90)
QUEUEING_LOCK = "sandbox.notices"


@jobs.task("orders.deliver_sandbox_notices", retries=0)
def deliver_sandbox_notices() -> None:
    """Send what is due, round after round, then come back when the next notice is."""
    secret = current_app.config["SETTINGS"].sandbox_webhook_secret
    round_ = deliver_due(secret)
    while round_.sent:
        round_ = deliver_due(secret)
    if round_.next_due_at is not None and round_.next_due_at <= clock.now() + WITHIN_REACH:
        with transaction():
            # A lock per second: one job waiting for a late notice must not keep an early one.
            jobs.enqueue(
                deliver_sandbox_notices,
                schedule_at=round_.next_due_at,
                queueing_lock=f"{QUEUEING_LOCK} {round_.next_due_at:%H:%M:%S}",
            )


@jobs.periodic("* * * * *", "orders.deliver_left_sandbox_notices")
def deliver_left_sandbox_notices() -> None:
    """Send what no job is on its way for: the process that wrote it may have been killed."""
    if current_app.config["SETTINGS"].sandbox_payments:
        deliver_sandbox_notices.func()
