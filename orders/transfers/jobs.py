"""Sending transfers by the clock, so that no lost answer leaves a payout undecided."""

from marketplace import jobs
from orders.transfers import sending
from orders.transfers.making import SEND_JOB


@jobs.periodic("*/2 * * * *", "orders.send_transfers")
def send_transfers() -> None:
    """Send, or ask about, the transfers that are not answered yet."""
    sending.send_transfers()


@jobs.task(SEND_JOB)
def send_transfers_now() -> None:
    """Send a batch as soon as it is made."""
    sending.send_transfers()
