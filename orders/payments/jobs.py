"""Asking providers by the clock, so that no lost notice leaves money or a refund undecided."""

import logging
import uuid

from marketplace import jobs
from orders.payments import calls, queries
from orders.payments.refunds import SEND_JOB

log = logging.getLogger(__name__)

BATCH = 200


@jobs.task(SEND_JOB)
def send_refund(refund_id: str) -> None:
    """Send one refund to its provider; a repeat asks how it stands."""
    calls.send_refund(uuid.UUID(refund_id))


@jobs.periodic("* * * * *", "orders.poll_payments")
def poll_payments() -> None:
    """Ask the providers of undecided payments; one that fails leaves the others alone."""
    for attempt_id in queries.list_attempts_to_poll(BATCH):
        try:
            calls.poll_attempt(attempt_id)
        except Exception:
            log.exception("poll failed", extra={"attempt_id": str(attempt_id)})


@jobs.periodic("* * * * *", "orders.send_refunds")
def send_refunds() -> None:
    """Take up refunds that are not decided; one that fails leaves the others alone."""
    for refund_id in queries.list_refunds_to_send(BATCH):
        try:
            calls.send_refund(refund_id)
        except Exception:
            log.exception("sending a refund failed", extra={"refund_id": str(refund_id)})
