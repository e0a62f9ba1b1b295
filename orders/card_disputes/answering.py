"""Sending evidence to the payer's bank: checked, sent outside any transaction, then written down."""

import uuid

from marketplace.database import transaction
from marketplace.identity.actor import Actor
from orders.card_disputes import service
from orders.card_disputes.errors import (
    DisputeNotAnswerable,
    EvidenceRefused,
    EvidenceUndelivered,
)
from orders.payments.provider import (
    Evidence,
    ProviderRefused,
    ProviderUnreachable,
    TakesEvidence,
)
from orders.payments.providers import get_provider


def answer_dispute(
    actor: Actor, dispute_id: uuid.UUID, evidence: Evidence, *, digest: str | None = None
) -> None:
    """Send evidence about a dispute, once; ``digest`` names the paper that goes with it.

    A repeat after a lost answer is the same to the provider. Raises CardDisputeNotFound,
    DisputeNotAnswerable, EvidenceRefused, EvidenceUndelivered.
    """
    with transaction():
        dispute = service.require_answerable(dispute_id)
        provider, reference = get_provider(dispute.provider), dispute.provider_reference
    if not isinstance(provider, TakesEvidence):
        raise DisputeNotAnswerable
    try:
        facts = provider.answer_dispute(dispute_id, reference, evidence)
    except ProviderUnreachable as unreachable:
        raise EvidenceUndelivered from unreachable
    except ProviderRefused as refused:
        raise EvidenceRefused from refused
    with transaction():
        service.record_answer(actor, dispute_id, digests=[digest] if digest else [])
        service.settle_dispute(provider.name, facts)
