"""The fee schedule in a page: what is charged is public; the platform sets it."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.fees import queries, service
from orders.fees.models import MAX_RATE_BP, FeeRate
from orders.fees.schemas import SetFeeRateSchema
from products.catalogue.queries import categories

blueprint = PageBlueprint("fees_pages", __name__)

HOME = "/desk/fees"
PAGE = 50
RATE_UNREADABLE = Text(
    "请填写百分比，最多两位小数，不超过 {most}",
    "Enter per cent, two decimals at most, up to {most}",
)

for _permission in (Permission.SETTLEMENT_READ, Permission.FEE_WRITE):
    layout.add_workplace(36, Text("服务费", "Fees"), HOME, "list", _permission)


@blueprint.get(HOME)
@requires(Permission.PUBLIC)
def show_fee_rates() -> Response:
    """Show what is charged, was charged and will be charged."""
    return _page(None)


@blueprint.post(HOME)
@requires(Permission.FEE_WRITE)
def set_fee_rate() -> Response:
    """Set a rate from a day on."""
    posted = request.form
    rate_bp = forms.fen_of(posted.get("rate", ""))
    given = {
        name: posted[name]
        for name in ("category_code", "valid_from", "valid_to", "document")
        if posted.get(name)
    }
    entered = forms.load_values(
        SetFeeRateSchema(), given if rate_bp is None else {**given, "rate_bp": rate_bp}, posted
    )
    if not entered.errors:
        try:
            with transaction():
                service.set_fee_rate(current_actor(), **entered.values)
        except Unprocessable as problem:
            entered.errors = forms.refused(problem)
        except Conflict as problem:
            entered.errors = {"valid_from": str(problem.title)}
    if entered.errors:
        if "rate_bp" in entered.errors:
            entered.errors["rate"] = str(RATE_UNREADABLE.format(most=f"{MAX_RATE_BP / 100:g}"))
        return _page(entered)
    layout.tell(
        Text("已保存，新下的订单按此计费", "Saved; it holds for orders placed from that day on")
    )
    return redirect(HOME, 303)


def _page(entered: forms.Entered | None) -> Response:
    page = paginate(queries.select_fee_rates(), queries.LIST_ORDER, PAGE, request.args.get("after"))
    tree = categories()
    return render(
        "fees/rates.html",
        200 if entered is None else 422,
        rates=[
            {"it": rate, "category": _category(rate), "standing": _standing(rate)}
            for rate in page.items
        ],
        choices=[
            (node.code, "　" * (len(node.path) - 1) + _name(node.code)) for node in tree.values()
        ],
        may_set=current_actor().can(Permission.FEE_WRITE),
        today=clock.today(),
        most=MAX_RATE_BP // 100,
        raw=entered.raw if entered else {},
        errors=entered.errors if entered else {},
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


def _name(code: str) -> str:
    return str(categories()[code].name)


def _category(rate: FeeRate) -> str:
    if rate.category_code is None:
        return str(Text("全部商品", "All goods"))
    return " / ".join(_name(code) for code in categories()[rate.category_code].path)


def _standing(rate: FeeRate) -> tuple[Text, str]:
    today = clock.today()
    if rate.valid_from > today:
        return Text("尚未执行", "Not yet"), "pending"
    if rate.valid_to is not None and rate.valid_to <= today:
        return Text("已结束", "Over"), ""
    return Text("执行中", "In force"), "confirmed"
