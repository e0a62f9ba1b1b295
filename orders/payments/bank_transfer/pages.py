"""Paying by bank transfer in pages: upload a proof; finance officers look at it."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import layout
from marketplace.database import transaction
from marketplace.errors import Conflict, PayloadTooLarge, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint
from marketplace.permissions import Permission
from orders.payments.bank_transfer import proofs, queries
from orders.payments.bank_transfer.errors import ProofUnreadable
from orders.trades.queries import get_trade
from products.media.pictures import MAX_BYTES

blueprint = PageBlueprint("bank_transfer_pages", __name__)


@blueprint.post("/trades/<uuid:trade_id>/pay/proofs")
@requires(Permission.TRADE_PAY)
def upload_transfer_proof(trade_id: uuid.UUID) -> Response:
    """Add a proof that the transfer was sent."""
    actor = current_actor()
    get_trade(actor, trade_id, Permission.TRADE_PAY)
    try:
        with transaction():
            trade = proofs.get_proven_trade(actor, trade_id)
        paper = _read_paper()
        proofs.keep_paper(trade, paper)
        with transaction():
            proofs.add_proof(actor, trade_id, paper)
    except (Conflict, Unprocessable, PayloadTooLarge) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(
            Text(
                "凭证已上传；到账以银行流水为准，两位财务核对后生效",
                "Uploaded; the money counts once the bank shows it and two officers have checked it",
            )
        )
    return redirect(f"/trades/{trade_id}/pay", 303)


def _read_paper() -> proofs.Paper:
    upload = request.files.get("proof")
    if upload is None or not upload.filename:
        raise ProofUnreadable
    with upload.stream as stream:
        return proofs.read_paper(stream.read(MAX_BYTES + 1))


@blueprint.get("/desk/transfer-proofs/<uuid:proof_id>")
@requires(Permission.RECEIPT_READ)
def take_transfer_proof(proof_id: uuid.UUID) -> Response:
    """Take a proof, as a finance officer."""
    return proofs.give_out(queries.get_proof(proof_id))


@blueprint.get("/trades/<uuid:trade_id>/pay/proofs/<uuid:proof_id>")
@requires(Permission.TRADE_PAY)
def take_own_transfer_proof(trade_id: uuid.UUID, proof_id: uuid.UUID) -> Response:
    """Take a proof that one's own side uploaded."""
    return proofs.give_out(proofs.get_own_proof(current_actor(), trade_id, proof_id))
