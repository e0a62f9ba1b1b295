"""Disputes in pages: a finance officer sees what is at stake, until when, and sends evidence."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, PayloadTooLarge, Unavailable, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.card_disputes import queries
from orders.card_disputes.answering import answer_dispute
from orders.card_disputes.models import (
    ANSWERABLE,
    OPEN,
    UNREFUNDABLE,
    CardDispute,
    DisputeState,
)
from orders.card_disputes.schemas import EvidenceSchema
from orders.card_disputes.wording import REASONS, STATES, WHAT_TO_DO
from orders.fulfilment.queries import list_parcels
from orders.orderbook.couriers import courier_name
from orders.payments.bank_transfer.errors import ProofUnreadable
from orders.payments.models import CURRENCY
from orders.payments.provider import Evidence
from orders.trades.models import Order
from orders.trades.queries import list_orders_with_lines

blueprint = PageBlueprint("card_disputes_pages", __name__)

HOME = "/desk/card-disputes"
PAGE = 20
MAX_BYTES = 4_500_000
# What banks take, by how it begins.
_PAPERS = {b"%PDF-": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}

layout.add_workplace(36, Text("拒付", "Card disputes"), HOME, "flag", Permission.JOURNAL_READ)
add_queue(HOME, Text("处理中", "open"), lambda _: queries.select_disputes(open_only=True))


@blueprint.get(HOME)
@requires(Permission.JOURNAL_READ)
def show_card_disputes() -> Response:
    """List the disputes, the newest first; those that wait, unless all are asked for."""
    open_only = request.args.get("show") != "all"
    statement = queries.select_disputes(open_only=open_only)
    page = paginate(statement, queries.ORDER, PAGE, request.args.get("after"))
    more = f"{HOME}?{'' if open_only else 'show=all&'}after={page.next}"
    return render(
        "card_disputes/list.html",
        disputes=[_card(one) for one in page.items],
        open_only=open_only,
        next_url=more if page.next else None,
    )


def _card(dispute: CardDispute) -> dict[str, Any]:
    label, tone = STATES[dispute.state]
    can_answer = dispute.state in ANSWERABLE and dispute.answered_at is None
    return {
        "id": dispute.id,
        "state_label": label,
        "tone": tone,
        "what_to_do": WHAT_TO_DO[dispute.state],
        "reason": REASONS.get(dispute.reason, Text(dispute.reason, dispute.reason)),
        "amount": dispute.amount,
        "currency": None if dispute.currency == CURRENCY else dispute.currency,
        "opened_at": dispute.opened_at,
        "due_at": dispute.due_at if can_answer else None,
        "is_late": bool(can_answer and dispute.due_at and dispute.due_at < clock.now()),
        "answered_at": dispute.answered_at,
        "ended_at": dispute.ended_at,
        "is_open": dispute.state in OPEN,
        "can_answer": can_answer,
        "reference": dispute.provider_reference,
    }


@blueprint.get(f"{HOME}/<uuid:card_dispute_id>")
@requires(Permission.JOURNAL_READ)
def show_card_dispute(card_dispute_id: uuid.UUID) -> Response:
    """Show a dispute: its orders, its money, and what to do."""
    return _page(card_dispute_id, None, {})


def _page(dispute_id: uuid.UUID, raw: dict[str, str] | None, errors: dict[str, str]) -> Response:
    dispute = queries.get_dispute(dispute_id)
    orders = list_orders_with_lines(trade_id=dispute.trade_id)
    held: dict[uuid.UUID, int] = {}
    for line in queries.list_lines(dispute):
        held[line.order_id] = held.get(line.order_id, 0) + line.amount_fen
    return render(
        "card_disputes/one.html",
        422 if errors else 200,
        dispute=_card(dispute),
        orders=[(order, held.get(order.id, 0)) for order in orders],
        rest=_say_rest(dispute, dispute.amount - sum(held.values())),
        movements=queries.list_movements(dispute),
        is_won=dispute.state is DisputeState.WON,
        may_act=current_actor().can(Permission.REFUND_SETTLE),
        form=_suggest(orders) if raw is None else raw,
        errors=errors,
    )


def _say_rest(dispute: CardDispute, rest: int) -> Text | None:
    """Say what of a dispute falls on no order, and who bears it; nothing while no money moved."""
    if dispute.currency != CURRENCY:
        return Text(
            "外币付款不入账，也不落在订单上；败诉时只了结还没退成的款项。",
            "Money in another currency is not booked and falls on no order; a loss ends what is still"
            " owed of it.",
        )
    if rest == 0 or dispute.state not in UNREFUNDABLE:
        return None
    if dispute.state is DisputeState.LOST:
        said = Text(
            "另有 {rest} 元不落在订单上：已抵没退成的退款，其余由平台承担。",
            "{rest} yuan fall on no order: they paid refunds still owed; the platform bears the rest.",
        )
    else:
        said = Text(
            "另有 {rest} 元不落在订单上（已退或正在退的部分）：败诉时先抵没退成的退款，其余由平台承担。",
            "{rest} yuan fall on no order (refunded, or being so): if lost they pay refunds still owed,"
            " and the platform bears the rest.",
        )
    return said.format(rest=yuan(rest))


def _suggest(orders: Sequence[Order]) -> dict[str, str]:
    """Fill in what the shop knows: the goods, and the parcels they went in."""
    goods = [
        f"{line.product_name} {line.spec} × {line.quantity}" for o in orders for line in o.lines
    ]
    parcels = list_parcels([order.id for order in orders])
    return {
        "explanation": "",
        "goods": "；".join(goods)[:1000],
        "courier": "、".join(dict.fromkeys(courier_name(p.courier_code) for p in parcels))[:100],
        "waybill_no": "、".join(p.waybill_no for p in parcels)[:100],
        "shipped_on": clock.shanghai_date(parcels[0].shipped_at).isoformat() if parcels else "",
    }


@blueprint.post(f"{HOME}/<uuid:card_dispute_id>/evidence")
@requires(Permission.REFUND_SETTLE)
def send_evidence(card_dispute_id: uuid.UUID) -> Response:
    """Send evidence to the payer's bank, once for all."""
    queries.get_dispute(card_dispute_id)
    entered = forms.load(EvidenceSchema(), request.form)
    paper = None
    try:
        paper = _read_paper()
    except (Unprocessable, PayloadTooLarge) as problem:
        entered.errors["paper"] = str(problem.detail or problem.title)
    if entered.errors:
        return _page(card_dispute_id, entered.raw, entered.errors)
    digest = hashlib.sha256(paper[2]).hexdigest() if paper else None
    try:
        answer_dispute(
            current_actor(), card_dispute_id, Evidence(**entered.values, paper=paper), digest=digest
        )
    except (Conflict, Unprocessable, Unavailable) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("材料已提交，等银行审理", "The evidence is sent; the bank decides now"))
    return redirect(f"{HOME}/{card_dispute_id}", 303)


def _read_paper() -> tuple[str, str, bytes] | None:
    upload = request.files.get("paper")
    if upload is None or not upload.filename:
        return None
    with upload.stream as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise PayloadTooLarge
    suffix = next((name for start, name in _PAPERS.items() if data.startswith(start)), None)
    if suffix is None:
        raise ProofUnreadable
    return f"evidence.{suffix}", suffix, data
