"""The JSON API of paying by bank transfer."""

import uuid
from typing import Any

from werkzeug.wrappers import Response

from marketplace.database import transaction
from marketplace.http import FILE, ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.payments.bank_transfer import proofs
from orders.payments.bank_transfer.errors import ProofUnreadable
from orders.payments.bank_transfer.models import TransferProof
from orders.payments.bank_transfer.schemas import (
    AddProofSchema,
    TransferProofSchema,
    TransferSchema,
)
from orders.payments.bank_transfer.showing import ShownTransfer
from orders.payments.bank_transfer.showing import get_transfer as get_shown_transfer
from products.media.pictures import MAX_BYTES

blp = ApiBlueprint("bank_transfer", __name__, url_prefix="/api/v1/trades", description="对公转账")


@blp.route("/<uuid:trade_id>/transfer", methods=["GET"])
@requires(Permission.TRADE_READ)
@blp.response(200, TransferSchema)
def get_transfer(trade_id: uuid.UUID) -> ShownTransfer:
    """Tell where to transfer a trade's money to, under which code, and what has arrived."""
    return get_shown_transfer(current_actor(), trade_id)


@blp.route("/<uuid:trade_id>/transfer/proofs", methods=["POST"])
@requires(Permission.TRADE_PAY)
@idempotent(steps=True)
@blp.arguments(AddProofSchema, location="files")
@blp.response(201, TransferProofSchema)
@blp.alt_response(413, description="The file is over 8 MB")
def add_transfer_proof(files: dict[str, Any], trade_id: uuid.UUID) -> TransferProof:
    """Upload a proof that the transfer was sent; a picture is made again without its metadata."""
    actor = current_actor()
    with transaction():
        trade = proofs.get_proven_trade(actor, trade_id)
    if "proof" not in files:
        raise ProofUnreadable(fields={"proof": ProofUnreadable.title})
    with files["proof"].stream as stream:
        paper = proofs.read_paper(stream.read(MAX_BYTES + 1))
    proofs.keep_paper(trade, paper)
    with transaction():
        return proofs.add_proof(actor, trade_id, paper)


@blp.route("/<uuid:trade_id>/transfer/proofs/<uuid:proof_id>", methods=["GET"])
@requires(Permission.TRADE_PAY)
@blp.response(200, FILE, content_type="application/octet-stream")
def download_transfer_proof(trade_id: uuid.UUID, proof_id: uuid.UUID) -> Response:
    """Take a proof that was uploaded for a trade one pays: a picture, or a paper."""
    return proofs.give_out(proofs.get_own_proof(current_actor(), trade_id, proof_id))
