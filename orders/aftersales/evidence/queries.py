"""Every select on evidence."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales import queries as cases
from orders.aftersales.evidence.errors import EvidenceNotFound
from orders.aftersales.evidence.models import Evidence
from orders.aftersales.models import AftersalesCase


def list_evidence(case: AftersalesCase) -> Sequence[Evidence]:
    """Return the photos of a case, oldest first."""
    statement = select(Evidence).where(
        Evidence.cooperative_id == case.cooperative_id, Evidence.case_id == case.id
    )
    return db.session.scalars(statement.order_by(Evidence.id)).all()


def get_evidence(actor: Actor, case_id: uuid.UUID, evidence_id: uuid.UUID) -> Evidence:
    """Return a photo of a case for its two sides and the platform; raises EvidenceNotFound."""
    case = cases.get_case(actor, case_id)
    found = db.session.scalar(
        select(Evidence).where(
            Evidence.cooperative_id == case.cooperative_id,
            Evidence.case_id == case.id,
            Evidence.id == evidence_id,
        )
    )
    if found is None or cases.party_of(actor, case) is None:
        raise EvidenceNotFound
    return found
