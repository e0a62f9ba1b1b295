"""After-sales at the cooperative's desk: lists with counts, and one case with what may be done."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import Keys, paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, NotFound, Problem, Unprocessable
from marketplace.http import Schema, requires
from marketplace.identity.actor import ScopeKind, current_actor
from marketplace.identity.memberships import name_scopes
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales import queries, service
from orders.aftersales.addresses import (
    Consignee,
    find_return_address,
    list_unsaid,
    require_answering,
    set_return_address,
)
from orders.aftersales.models import AftersalesCase, ReturnWay
from orders.aftersales.rules import is_unsettled
from orders.aftersales.schemas import (
    AgreementSchema,
    GoodsReceivedSchema,
    RefusalSchema,
    SentBackSchema,
)
from orders.aftersales.wording import case_page
from orders.orderbook import wording
from orders.orderbook.couriers import COURIERS
from orders.orderbook.showing import ShownOrder, show_cases, show_orders
from orders.trades.queries import Standing, get_order, list_orders_with_lines
from orders.trades.states import AftersalesState, By
from partners.return_addresses.schemas import ConsigneeSchema

blueprint = PageBlueprint("aftersales_desk_pages", __name__)

HOME = "/desk/refunds"
PAGE = 20
_NEWEST: Keys = [(AftersalesCase.id, "desc")]
_LONGEST_WAITING: Keys = [(AftersalesCase.id, "asc")]
_TABS: dict[str, tuple[Text, frozenset[AftersalesState] | None]] = {
    "": (Text("待答复", "To answer"), frozenset({AftersalesState.APPLIED})),
    "returning": (
        Text("待收退货", "Coming back"),
        frozenset({AftersalesState.AWAITING_GOODS, AftersalesState.RETURNING}),
    ),
    "replacing": (
        Text("待发换货", "To replace"),
        frozenset({AftersalesState.AWAITING_REPLACEMENT}),
    ),
    "platform": (
        Text("平台处理中", "Before the platform"),
        frozenset({AftersalesState.IN_ARBITRATION}),
    ),
    "all": (Text("全部", "All"), None),
}

layout.add_workplace(
    20, Text("售后处理", "After-sales"), HOME, "refund", Permission.AFTER_SALES_ANSWER
)
for _tab, _what in (
    ("", Text("待答复", "to answer")),
    ("returning", Text("待收退货", "coming back")),
    ("replacing", Text("待发换货", "to replace")),
):
    add_queue(
        HOME,
        _what,
        partial(queries.select_open_cases, states=_TABS[_tab][1] or frozenset()),
        href=f"{HOME}?tab={_tab}" if _tab else HOME,
    )


@blueprint.get(HOME)
@requires(Permission.AFTER_SALES_ANSWER)
def show_refunds() -> Response:
    """List what buyers ask of the cooperative, by what has to be done next."""
    actor = current_actor()
    tab = request.args.get("tab", "")
    tab = tab if tab in _TABS else ""
    states = _TABS[tab][1]
    found = queries.sold_cases(actor)
    if states is not None:
        found = found.where(AftersalesCase.state.in_(sorted(states)))
    # What waits longest comes first; all of them, the newest first.
    keys = _NEWEST if states is None else _LONGEST_WAITING
    page = paginate(found, keys, PAGE, request.args.get("after"))
    orders = list_orders_with_lines(order_ids=[case.order_id for case in page.items])
    shown = {one.order.id: one for one in show_orders(actor, orders, Standing.SELLER)}
    counts = queries.count_open_by_state(actor)
    return render(
        "aftersales/refunds.html",
        unsaid=list_unsaid(actor),
        tabs=[
            {"href": f"{HOME}?tab={name}" if name else HOME, "label": label,
             "count": sum(counts.get(state, 0) for state in states or ()),
             "is_chosen": name == tab}
            for name, (label, states) in _TABS.items()
        ],
        cases=[_card(shown[case.order_id], case.id) for case in page.items],
        next_url=f"{HOME}?tab={tab}&after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.get(f"{HOME}/<uuid:case_id>")
@requires(Permission.AFTER_SALES_ANSWER)
def view_case_at_desk(case_id: uuid.UUID) -> Response:
    """Show a case to the cooperative, with what it may do."""
    return _case(case_id, {}, {})


@blueprint.post(f"{HOME}/<uuid:case_id>/answer")
@requires(Permission.AFTER_SALES_ANSWER)
def answer_refund(case_id: uuid.UUID) -> Response:
    """Agree to what a buyer asks, saying where goods are to be sent; or refuse it and say why."""
    if request.form.get("decision") != "agree":
        entered = forms.load(RefusalSchema(), request.form)
        if entered.errors:
            layout.tell(Text("拒绝须写明理由", "A refusal must say why"), "bad")
            return redirect(
                (request.form.get("back") == "list" and HOME) or f"{HOME}/{case_id}", 303
            )
        return _step(case_id, entered, service.refuse_refund, Text("已拒绝", "Refused"))
    entered = forms.load(AgreementSchema(), {"answer": request.form.get("answer", "")})
    address = {name: request.form.get(name, "") for name in ("name", "phone", "address")}
    if any(address.values()):
        consignee = forms.load(ConsigneeSchema(), address)
        entered.errors |= consignee.errors
        if not consignee.errors:
            entered.values["return_to"] = Consignee(**consignee.values)
    if entered.errors:
        return _case(case_id, request.form.to_dict(), entered.errors)
    return _step(case_id, entered, service.agree_to_refund, Text("已同意", "Agreed"))


@blueprint.post(f"{HOME}/<uuid:case_id>/receive")
@requires(Permission.AFTER_SALES_ANSWER)
def take_goods_in(case_id: uuid.UUID) -> Response:
    """Confirm that goods came back."""
    quantity = forms.whole_of(request.form.get("put_back_quantity", ""))
    values = {"put_back_quantity": "" if quantity is None else quantity}
    entered = forms.load(GoodsReceivedSchema(), values)
    return _step(case_id, entered, service.receive_goods, Text("已确认收到", "Receipt confirmed"))


@blueprint.post(f"{HOME}/<uuid:case_id>/refuse-goods")
@requires(Permission.AFTER_SALES_ANSWER)
def refuse_returned_goods(case_id: uuid.UUID) -> Response:
    """Refuse what came back."""
    return _post(case_id, RefusalSchema(), service.refuse_goods, Text("已拒收", "Refused"))


@blueprint.post(f"{HOME}/<uuid:case_id>/send-replacement")
@requires(Permission.AFTER_SALES_ANSWER)
def ship_replacement(case_id: uuid.UUID) -> Response:
    """Ship the replacement of an exchange."""
    told = Text("换货已登记", "The replacement is recorded")
    return _post(case_id, SentBackSchema(), service.send_replacement, told)


@blueprint.post(f"{HOME}/<uuid:case_id>/refund-instead")
@requires(Permission.AFTER_SALES_ANSWER)
def give_money_instead(case_id: uuid.UUID) -> Response:
    """Give the money back instead of a replacement."""
    told = Text("已改为退款", "The money goes back instead")
    return _step(case_id, forms.Entered({}), service.refund_instead, told)


def _post(case_id: uuid.UUID, schema: Schema, step: Callable[..., Any], told: Text) -> Response:
    return _step(case_id, forms.load(schema, request.form), step, told)


def _step(
    case_id: uuid.UUID, entered: forms.Entered, step: Callable[..., Any], told: Text
) -> Response:
    if entered.errors:
        return _case(case_id, entered.raw, entered.errors)
    try:
        with transaction():
            step(current_actor(), case_id, **entered.values)
    except Unprocessable as problem:
        return _case(case_id, request.form.to_dict(), forms.refused(problem), problem)
    except Conflict as problem:
        layout.tell(problem.detail or problem.title, "bad")
    else:
        layout.tell(told)
    return redirect(HOME if request.form.get("back") == "list" else f"{HOME}/{case_id}", 303)


def _case(
    case_id: uuid.UUID,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    actor = current_actor()
    case = queries.get_case(actor, case_id)
    if queries.party_of(actor, case) is not By.COOPERATIVE:
        raise NotFound
    shown = show_cases(actor, [case], By.COOPERATIVE)[0]
    order = get_order(actor, case.order_id)
    line = next(each for each in order.lines if each.id == case.order_line_id)
    known = find_return_address(case.cooperative_id)
    usual = {} if known is None else {
        "name": known.name, "phone": known.phone, "address": known.address,
    }  # fmt: skip
    return render(
        "aftersales/desk_case.html",
        422 if errors or problem else 200,
        case=case_page(shown, line, order.order_no, f"/desk/orders/{order.id}"),
        here=f"{HOME}/{case.id}",
        lacks_address=known is None,
        asks_address=case.asks_for_goods and case.return_way is ReturnWay.SENT,
        can_add=is_unsettled(case),
        couriers=list(COURIERS.items()),
        form={**usual, **raw},
        errors=errors,
        problem_here=problem,
    )


def _card(shown: ShownOrder, case_id: uuid.UUID) -> dict[str, Any]:
    names = {line.line.id: line.line.product_name for line in shown.lines}
    case = next(case for case in shown.cases if case.case.id == case_id)
    return {
        **wording.case_view(case, names),
        "href": f"{HOME}/{case_id}",
        "order_no": shown.order.order_no,
        "order_href": f"/desk/orders/{shown.order.id}",
    }


@blueprint.get(f"{HOME}/return-address")
@requires(Permission.AFTER_SALES_ANSWER)
def show_return_addresses() -> Response:
    """Show where each of the reader's cooperatives has goods sent back to."""
    return _return_addresses(None, {}, {})


@blueprint.post(f"{HOME}/return-address/<uuid:cooperative_id>")
@requires(Permission.AFTER_SALES_ANSWER)
def save_return_address(cooperative_id: uuid.UUID) -> Response:
    """Say where a cooperative has goods sent back to from now on."""
    actor = current_actor()
    require_answering(actor, cooperative_id)
    entered = forms.load(ConsigneeSchema(), request.form)
    if entered.errors:
        return _return_addresses(cooperative_id, entered.raw, entered.errors)
    with transaction():
        set_return_address(actor, cooperative_id, Consignee(**entered.values))
    layout.tell(Text("退货地址已保存", "Saved"))
    return redirect(HOME, 303)


def _return_addresses(
    typed_for: uuid.UUID | None, raw: dict[str, str], errors: dict[str, str]
) -> Response:
    ids = current_actor().scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE)
    names = name_scopes(ScopeKind.COOPERATIVE, ids)
    return render(
        "aftersales/return_address.html",
        422 if errors else 200,
        cooperatives=[
            {"id": one, "name": name,
             "form": raw if one == typed_for else asdict(known) if known else {},
             "errors": errors if one == typed_for else {}}
            for one, name in sorted(names.items(), key=lambda each: each[1])
            for known in [find_return_address(one)]
        ],
    )  # fmt: skip
