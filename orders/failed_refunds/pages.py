"""Refused refunds in pages: what waits, why, and the two ways out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from marketplace.http import attached, requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from marketplace.storage import read
from orders.books.owners import PROVIDERS
from orders.failed_refunds import queries, service
from orders.failed_refunds.errors import SettlementConfirmedBySameOfficer
from orders.failed_refunds.models import SettlementState
from orders.failed_refunds.schemas import RecordSettlementSchema, RetryRefundSchema
from orders.payments.bank_transfer.errors import ProofUnreadable
from orders.payments.bank_transfer.proofs import Paper, read_paper, suffix_of
from orders.payments.models import CURRENCY, Refund, RefundReason, RefundState
from orders.payments.queries import find_last_return, get_attempt
from products.media.pictures import MAX_BYTES

blueprint = PageBlueprint("failed_refunds_pages", __name__)

HOME = "/desk/failed-refunds"
PAGE = 20
REASONS = {
    RefundReason.AFTERSALES: Text("售后退款", "After-sales"),
    RefundReason.SECOND_SUCCESS: Text("重复付款", "Paid twice"),
    RefundReason.TRADE_CANCELLED: Text("订单已取消后付款", "Paid after cancelling"),
    RefundReason.TRADE_EXPIRED: Text("订单过期后付款", "Paid after the time was over"),
    RefundReason.WRONG_AMOUNT: Text("付款金额不符", "Another amount was paid"),
    RefundReason.OTHER_CURRENCY: Text("付款币种不符", "Paid in another currency"),
    RefundReason.DEBT_REDUCED: Text("已归还的应付款退回", "A repaid debt was reduced"),
}
# What a provider gives as its reason, in words; anything else is shown as it came.
FAILURES = {
    "lost_or_stolen_card": Text("原卡已挂失", "The card was reported lost or stolen"),
    "expired_or_canceled_card": Text("原卡已过期或注销", "The card has expired or was cancelled"),
    "charge_disputed": Text("买家已就这笔付款提出拒付", "The buyer disputes the payment"),
    "charge_for_pending_refund_disputed": Text(
        "买家已就这笔付款提出拒付", "The buyer disputes the payment"
    ),
    "insufficient_funds": Text(
        "支付渠道里的余额不够退", "Our balance at the provider does not suffice"
    ),
    "declined": Text("收款银行不收", "The buyer's bank declined it"),
}
STATES = {
    RefundState.REQUESTED: (Text("重新退款中", "Trying again"), "pending"),
    RefundState.SENT: (Text("退款中", "On its way"), "pending"),
    RefundState.FAILED: (Text("被拒，待处理", "Refused"), "attention"),
    RefundState.SUCCEEDED: (Text("已退到", "Paid back"), "confirmed"),
}
SETTLEMENTS = {
    SettlementState.RECORDED: Text("待另一位财务核对", "Waits for another officer"),
    SettlementState.CONFIRMED: Text("已核对", "Confirmed"),
    SettlementState.REJECTED: Text("已作废", "Rejected"),
}
CAME_BACK = Text("退出后又退回，待处理", "Came back, needs a person")
# What the list shows: which refunds, and in which order.
TABS = {
    "": (Text("待处理", "Waiting"), queries.select_failed, queries.ORDER),
    "again": (Text("重新退款中", "Being tried again"), queries.select_tried_again, queries.ORDER),
    "ended": (Text("已办完", "Done"), queries.select_ended, queries.ENDED_ORDER),
}
UNKNOWN = Text("支付渠道没有说明原因", "The provider gave no reason")

layout.add_workplace(
    35, Text("被拒退款", "Refused refunds"), HOME, "warning", Permission.JOURNAL_READ
)
add_queue(HOME, Text("待处理", "to deal with"), lambda _: queries.select_failed())


@blueprint.get(HOME)
@requires(Permission.JOURNAL_READ)
def show_failed_refunds() -> Response:
    """List the refunds that need a person, the longest waiting first, or those that needed one."""
    given = request.args.get("show", "")
    chosen = given if given in TABS else ""
    _, find, keys = TABS[chosen]
    page = paginate(find(), keys, PAGE, request.args.get("after"))
    query = f"show={chosen}&" if chosen else ""
    return render(
        "failed_refunds/list.html",
        tabs=[
            {
                "href": f"{HOME}?show={name}" if name else HOME,
                "label": TABS[name][0],
                "is_chosen": name == chosen,
            }
            for name in TABS
        ],
        chosen=chosen,
        refunds=[_card(one) for one in page.items],
        next_url=f"{HOME}?{query}after={page.next}" if page.next else None,
    )


def _card(refund: Refund) -> dict[str, Any]:
    label, tone = STATES[refund.state]
    returned = find_last_return(refund)
    if returned is not None and refund.state is RefundState.FAILED:
        label = CAME_BACK
    return {
        "id": refund.id,
        "refund_no": refund.refund_no,
        "amount": refund.amount,
        "currency": None if refund.currency == CURRENCY else refund.currency,
        "reason": REASONS[refund.reason],
        "failure": FAILURES.get(
            (refund.failure or "").partition(":")[0], refund.failure or UNKNOWN
        ),
        "came_back_at": None if returned is None else returned.came_back_at,
        "requested_at": refund.requested_at,
        "ended_at": refund.ended_at,
        "rounds": refund.rounds,
        "state_label": label,
        "tone": tone,
        "is_failed": refund.state is RefundState.FAILED,
    }


@blueprint.get(f"{HOME}/<uuid:refund_id>")
@requires(Permission.JOURNAL_READ)
def show_failed_refund(refund_id: uuid.UUID) -> Response:
    """Show a refused refund, what was tried, and what the reader may do."""
    return _page(refund_id, {}, {})


def _page(refund_id: uuid.UUID, raw: dict[str, str], errors: dict[str, str]) -> Response:
    actor = current_actor()
    refund = queries.get_refund(refund_id)
    attempt = get_attempt(refund.attempt_id)
    settlements = queries.list_settlements(refund)
    waiting = next((one for one in settlements if one.state is SettlementState.RECORDED), None)
    return render(
        "failed_refunds/one.html",
        422 if errors else 200,
        refund=_card(refund),
        provider=PROVIDERS.get(attempt.provider, attempt.provider),
        orders=queries.list_orders(actor, refund, attempt),
        settlements=[(one, SETTLEMENTS[one.state]) for one in settlements],
        waiting=waiting,
        is_mine=waiting is not None and waiting.recorded_by == actor.id,
        may_act=actor.can(Permission.REFUND_SETTLE),
        may_see_evidence=actor.can(Permission.RECEIPT_READ),
        form=raw,
        errors=errors,
    )


@blueprint.post(f"{HOME}/<uuid:refund_id>/retry")
@requires(Permission.REFUND_SETTLE)
def retry_refund(refund_id: uuid.UUID) -> Response:
    """Have the provider asked again."""
    queries.get_refund(refund_id)
    entered = forms.load(RetryRefundSchema(), request.form)
    if entered.errors:
        return _page(refund_id, entered.raw, {"retry": entered.errors["note"]})
    return _take(
        refund_id,
        lambda actor: service.retry_refund(actor, refund_id, **entered.values),
        Text("已重新发起退款", "It is being tried again"),
    )


@blueprint.post(f"{HOME}/<uuid:refund_id>/settlement")
@requires(Permission.REFUND_SETTLE)
def record_settlement(refund_id: uuid.UUID) -> Response:
    """Record that it was paid from the bank, with the evidence."""
    queries.get_refund(refund_id)
    entered = forms.load(RecordSettlementSchema(), request.form)
    paper = None
    try:
        paper = _read_evidence()
    except (Unprocessable, PayloadTooLarge) as problem:
        entered.errors["proof"] = str(problem.detail or problem.title)
    if entered.errors or paper is None:
        return _page(refund_id, entered.raw, entered.errors)
    service.keep_evidence(refund_id, paper)
    return _take(
        refund_id,
        lambda actor: service.record_settlement(actor, refund_id, paper=paper, **entered.values),
        Text("已登记，等另一位财务核对", "Recorded; another officer confirms it"),
    )


def _read_evidence() -> Paper:
    upload = request.files.get("proof")
    if upload is None or not upload.filename:
        raise ProofUnreadable
    with upload.stream as stream:
        return read_paper(stream.read(MAX_BYTES + 1))


@blueprint.post(f"{HOME}/<uuid:refund_id>/confirm")
@requires(Permission.REFUND_SETTLE)
def confirm_settlement(refund_id: uuid.UUID) -> Response:
    """Confirm what another officer recorded."""
    return _take(
        refund_id,
        lambda actor: service.confirm_settlement(actor, refund_id),
        Text("已核对，这笔退款已付清", "Confirmed: the refund is paid"),
    )


@blueprint.post(f"{HOME}/<uuid:refund_id>/reject")
@requires(Permission.REFUND_SETTLE)
def reject_settlement(refund_id: uuid.UUID) -> Response:
    """Refuse, or take back, what was recorded."""
    return _take(
        refund_id,
        lambda actor: service.reject_settlement(actor, refund_id),
        Text("登记已作废", "Rejected"),
    )


def _take(refund_id: uuid.UUID, deed: Callable[[Actor], object], done: Text) -> Response:
    try:
        with transaction():
            deed(current_actor())
    except (Conflict, SettlementConfirmedBySameOfficer) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(done)
    return redirect(f"{HOME}/{refund_id}", 303)


@blueprint.get(f"{HOME}/<uuid:refund_id>/evidence")
@requires(Permission.RECEIPT_READ)
def take_evidence(refund_id: uuid.UUID) -> Response:
    """Take the evidence of the newest payment by other means; never shown inside a page of ours."""
    settlements = queries.list_settlements(queries.get_refund(refund_id))
    if not settlements:
        raise NotFound
    one = settlements[0]
    body = read(service.storage_key(refund_id, one.digest, one.content_type))
    name = f"evidence-{one.digest[:12]}.{suffix_of(one.content_type)}"
    return attached(body, one.content_type, name)
