"""The platform's pages of cases brought before it: the list, one case with both sides, the decision."""

from __future__ import annotations

import uuid

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import Keys, paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.aftersales import queries
from orders.aftersales.models import AftersalesCase, CaseKind
from orders.aftersales.rules import KIND_TITLES
from orders.aftersales.wording import case_page
from orders.arbitration import service
from orders.arbitration.service import Outcome
from orders.arbitration.views import DecisionSchema
from orders.orderbook.showing import show_cases
from orders.orderbook.wording import CASE_TONES
from orders.trades.queries import list_orders, list_orders_with_lines
from orders.trades.states import AFTERSALES_TITLES, AftersalesState, By

blueprint = PageBlueprint("arbitration_pages", __name__)

HOME = "/desk/arbitration"
PAGE = 20
DECIDED = "decided"
_KEYS: Keys = [(AftersalesCase.id, "asc")]
_OUTCOMES = [
    (Outcome.REFUND, Text("退款给买家", "Refund the buyer"),
     Text("不用退货，或货已退回", "Nothing comes back, or it has come back")),
    (Outcome.RETURN, Text("退货后退款", "Return, then refund"),
     Text("买家寄回后退款", "The money goes back once the goods are back")),
    (Outcome.DISMISS, Text("维持合作社的答复", "Uphold the cooperative"),
     Text("不退款", "No refund")),
]  # fmt: skip

layout.add_workplace(
    60, Text("售后裁定", "Arbitration"), HOME, "shield", Permission.AFTER_SALES_ARBITRATE
)
add_queue(
    HOME,
    Text("待裁定", "to decide"),
    lambda actor: queries.arbitrated_cases(actor).where(
        AftersalesCase.state == AftersalesState.IN_ARBITRATION
    ),
)


@blueprint.get(HOME)
@requires(Permission.AFTER_SALES_ARBITRATE)
def show_arbitrations() -> Response:
    """List the cases that wait for the platform, the longest waiting first, or the decided ones."""
    actor = current_actor()
    is_decided = request.args.get("tab") == DECIDED
    found = queries.arbitrated_cases(actor)
    waiting = AftersalesCase.state == AftersalesState.IN_ARBITRATION
    page = paginate(
        found.where(~waiting if is_decided else waiting), _KEYS, PAGE, request.args.get("after")
    )
    orders = {order.id: order for order in list_orders({case.order_id for case in page.items})}
    tab = f"tab={DECIDED}&" if is_decided else ""
    return render(
        "arbitration/list.html",
        tabs=[
            {"href": HOME, "label": Text("待裁定", "To decide"), "is_chosen": not is_decided},
            {"href": f"{HOME}?tab={DECIDED}", "label": Text("已裁定", "Decided"),
             "is_chosen": is_decided},
        ],
        cases=[
            {"href": f"{HOME}/{case.id}", "case_no": case.case_no,
             "kind_label": KIND_TITLES[case.kind],
             "amount_fen": None if case.kind is CaseKind.EXCHANGE else case.goods_fen,
             "reason": case.reason, "cooperative_name": orders[case.order_id].cooperative_name,
             "state_label": AFTERSALES_TITLES[case.state], "tone": CASE_TONES[case.state],
             "applied_at": case.applied_at}
            for case in page.items
        ],
        next_url=f"{HOME}?{tab}after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.get(f"{HOME}/<uuid:escalated_case_id>")
@requires(Permission.AFTER_SALES_ARBITRATE)
def view_arbitration(escalated_case_id: uuid.UUID) -> Response:
    """Show a case with what both sides say and show."""
    return _page(escalated_case_id, {}, {})


@blueprint.post(f"{HOME}/<uuid:escalated_case_id>")
@requires(Permission.AFTER_SALES_DECIDE)
def decide_arbitration(escalated_case_id: uuid.UUID) -> Response:
    """Decide a case; it binds both sides."""
    raw = request.form.to_dict()
    amount = raw.get("amount_yuan", "").strip()
    entered = forms.load(
        DecisionSchema(), {**raw, "amount_fen": forms.fen_of(amount) if amount else ""}
    )
    if amount and not forms.fen_of(amount):
        entered.errors["amount_fen"] = str(forms.AMOUNT_UNREADABLE)
    if entered.errors:
        return _page(escalated_case_id, raw, entered.errors)
    try:
        with transaction():
            service.decide_case(current_actor(), escalated_case_id, **entered.values)
    except (Conflict, Unprocessable) as problem:
        return _page(escalated_case_id, raw, forms.refused(problem), problem)
    layout.tell(Text("已裁定，双方都会看到", "Decided; both sides will read it"))
    return redirect(HOME, 303)


def _page(
    case_id: uuid.UUID,
    raw: dict[str, str],
    errors: dict[str, str],
    problem: Problem | None = None,
) -> Response:
    actor = current_actor()
    case = queries.get_arbitrated_case(actor, case_id)
    shown = show_cases(actor, [case], By.PLATFORM)[0]
    [order] = list_orders_with_lines(order_ids=[case.order_id])
    line = next(each for each in order.lines if each.id == case.order_line_id)
    return render(
        "arbitration/case.html",
        422 if errors or problem else 200,
        case=case_page(shown, line, order.order_no, None),
        here=f"{HOME}/{case.id}",
        cooperative_name=order.cooperative_name,
        can_decide=case.state is AftersalesState.IN_ARBITRATION,
        outcomes=_OUTCOMES,
        form=raw,
        errors=errors,
        problem_here=problem,
    )
