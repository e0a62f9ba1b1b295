"""Asking providers by the clock, so that no lost notice leaves money or a refund undecided."""

import uuid

from marketplace import jobs
from orders.payments import calls, queries
from orders.payments.refunds import SEND_JOB

BATCH = 200


@jobs.task(SEND_JOB)
def send_refund(refund_id: str) -> None:
    """Send one refund to its provider; a repeat asks how it stands."""
    calls.send_refund(uuid.UUID(refund_id))


@jobs.periodic("* * * * *", "orders.poll_payments")
def poll_payments() -> None:
    """Ask the providers of undecided payments; one that fails leaves the others alone."""
    jobs.for_each_outside_transaction(
        queries.list_attempts_to_poll(BATCH), calls.poll_attempt, "poll failed"
    )


@jobs.periodic("* * * * *", "orders.send_refunds")
def send_refunds() -> None:
    """Take up refunds that are not decided; one that fails leaves the others alone."""
    jobs.for_each_outside_transaction(
        queries.list_refunds_to_send(BATCH), calls.send_refund, "sending a refund failed"
    )
