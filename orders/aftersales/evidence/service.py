"""Add photos to a case, made again without their metadata, and read them."""

from typing import Literal

from marketplace import audit, clock, storage
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales.evidence import queries
from orders.aftersales.evidence.errors import EvidenceClosed, EvidenceRepeated, TooMuchEvidence
from orders.aftersales.evidence.models import Evidence
from orders.aftersales.models import AftersalesCase
from orders.aftersales.rules import is_unsettled
from orders.trades.states import By
from products.media.pictures import Picture

MAX_PHOTOS = 9

Size = Literal["large", "small"]


def storage_key(digest: str, size: Size) -> str:
    """Return the key of a photo's bytes; no address leads to it but that of its case."""
    return f"evidence/{digest[:2]}/{digest}-{size}.webp"


def keep_picture(picture: Picture) -> None:
    """Store a picture's two files, before the transaction that names them."""
    storage.store(storage_key(picture.digest, "small"), picture.small)
    storage.store(storage_key(picture.digest, "large"), picture.large)


def read_picture(evidence: Evidence, size: Size) -> bytes:
    """Return the bytes of a photo."""
    return storage.read(storage_key(evidence.digest, size))


def require_open(case: AftersalesCase) -> None:
    """Raise EvidenceClosed once a case is over."""
    if not is_unsettled(case):
        raise EvidenceClosed


def add_evidence(actor: Actor, case: AftersalesCase, party: By, picture: Picture) -> Evidence:
    """Add a kept picture to a case whose order is locked.

    Raises EvidenceClosed, TooMuchEvidence, EvidenceRepeated.
    """
    require_open(case)
    mine = [each for each in queries.list_evidence(case) if each.party is party]
    if len(mine) >= MAX_PHOTOS:
        raise TooMuchEvidence
    if any(each.digest == picture.digest for each in mine):
        raise EvidenceRepeated
    evidence = Evidence(
        cooperative_id=case.cooperative_id, case_id=case.id, party=party, digest=picture.digest,
        width=picture.width, height=picture.height,
        size_bytes=len(picture.large) + len(picture.small),
        uploaded_by=actor.account_id, uploaded_at=clock.now(),
    )  # fmt: skip
    db.session.add(evidence)
    db.session.flush()
    audit.record("evidence.added", "aftersales_case", case.id, actor=actor, after={"by": party})
    return evidence
