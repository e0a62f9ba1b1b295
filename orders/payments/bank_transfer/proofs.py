"""Proofs that a transfer was sent: pictures made again, papers checked, for finance officers' eyes."""

import hashlib
import uuid
from dataclasses import dataclass

from werkzeug.wrappers import Response

from marketplace import audit, clock, storage
from marketplace.database import db
from marketplace.errors import NotFound
from marketplace.http import attached
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.papers import PDF
from marketplace.permissions import Permission
from orders.payments.bank_transfer import queries
from orders.payments.bank_transfer.errors import (
    ProofTooLarge,
    ProofUnreadable,
    TooManyProofs,
    TransferNotChosen,
)
from orders.payments.bank_transfer.models import TransferProof
from orders.trades.models import Trade
from orders.trades.queries import get_trade
from products.media.pictures import MAX_BYTES, make_picture

MAX_PROOFS = 5
WEBP = "image/webp"
_SUFFIXES = {PDF: "pdf", WEBP: "webp"}


@dataclass(frozen=True, slots=True)
class Paper:
    """An upload that may be kept: its bytes as they are stored, and what they are."""

    digest: str
    content_type: str
    data: bytes


def read_paper(upload: bytes) -> Paper:
    """Check an upload by its content: a picture is made again, a PDF must be whole.

    Raises ProofTooLarge, ProofUnreadable, and what ``make_picture`` raises.
    """
    if len(upload) > MAX_BYTES:
        raise ProofTooLarge
    if upload.startswith(b"%PDF-"):
        if b"%%EOF" not in upload[-1024:]:
            raise ProofUnreadable(fields={"proof": ProofUnreadable.title})
        return Paper(hashlib.sha256(upload).hexdigest(), PDF, upload)
    picture = make_picture(upload)
    return Paper(picture.digest, WEBP, picture.large)


def suffix_of(content_type: str) -> str:
    """Return how the name of such a file ends."""
    return _SUFFIXES[content_type]


def storage_key(account_id: uuid.UUID, digest: str, content_type: str) -> str:
    """Return the key of a proof; one account cannot reach another's by the same content."""
    return f"transfer-proofs/{account_id}/{digest}.{_SUFFIXES[content_type]}"


def get_proven_trade(actor: Actor, trade_id: uuid.UUID) -> Trade:
    """Return a trade for which the actor may upload proofs; raises TradeNotFound, TransferNotChosen."""
    trade = get_trade(actor, trade_id, Permission.TRADE_PAY)
    if queries.find_reference(trade) is None:
        raise TransferNotChosen
    return trade


def keep_paper(trade: Trade, paper: Paper) -> None:
    """Store a paper's file, before the transaction that names it: without a row it does no harm."""
    key = storage_key(trade.account_id, paper.digest, paper.content_type)
    storage.store(key, paper.data)


def add_proof(actor: Actor, trade_id: uuid.UUID, paper: Paper) -> TransferProof:
    """Put a kept paper beside a trade; the same again changes nothing. Raises TooManyProofs."""
    get_proven_trade(actor, trade_id)
    trade = queries.lock_trade(trade_id)
    proofs = queries.list_proofs(trade)
    for proof in proofs:
        if proof.digest == paper.digest:
            return proof
    if len(proofs) >= MAX_PROOFS:
        raise TooManyProofs
    proof = TransferProof(
        id=new_id(),
        account_id=trade.account_id,
        trade_id=trade.id,
        digest=paper.digest,
        content_type=paper.content_type,
        size_bytes=len(paper.data),
        uploaded_by=actor.account_id,
        uploaded_at=clock.now(),
    )
    db.session.add(proof)
    db.session.flush()
    audit.record("transfer_proof.added", "trade", trade.id, actor=actor,
                 after={"proof_id": str(proof.id)})  # fmt: skip
    return proof


def get_own_proof(actor: Actor, trade_id: uuid.UUID, proof_id: uuid.UUID) -> TransferProof:
    """Return a proof of a trade that the actor pays. Raises TradeNotFound, ProofNotFound."""
    return queries.get_proof_of(get_trade(actor, trade_id, Permission.TRADE_PAY), proof_id)


def give_out(proof: TransferProof) -> Response:
    """Answer with a proof's file, to be kept; it is never shown inside a page of ours.

    Raises NotFound.
    """
    try:
        body = storage.read(storage_key(proof.account_id, proof.digest, proof.content_type))
    except NotFound:
        raise NotFound(
            Text("凭证文件已不在存储中", "The proof's file is no longer in the store")
        ) from None
    suffix = _SUFFIXES[proof.content_type]
    return attached(body, proof.content_type, f"proof-{proof.digest[:12]}.{suffix}")
