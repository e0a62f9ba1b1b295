"""Making a batch of transfers out of what two officers released."""

from marketplace import jobs
from marketplace.identity.actor import Actor
from orders.payout_accounts.models import PayoutChannel
from orders.payouts import service as payouts
from orders.payouts.models import PayoutBatch
from orders.transfers.errors import TransfersNotOffered
from orders.transfers.sending import is_offered

SEND_JOB = "orders.send_transfers_now"


def make_transfers(actor: Actor) -> PayoutBatch:
    """Put the released statements that are paid by transfer into a batch and have it sent.

    Raises TransfersNotOffered, NothingReleased.
    """
    if not is_offered():
        raise TransfersNotOffered
    batch = payouts.make_batch(actor, PayoutChannel.TRANSFER)
    jobs.enqueue(jobs.queue.tasks[SEND_JOB])
    return batch
