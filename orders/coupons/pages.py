"""Coupons in pages: claim and hold them; issue and follow them, for cooperatives and for the platform."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import clock, forms, layout
from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.coupons import queries, service
from orders.coupons.models import Coupon, Party
from orders.coupons.queries import IssuedCoupon
from orders.coupons.schemas import IssueCouponSchema, IssuePlatformCouponSchema
from orders.coupons.wording import say_cost, say_scope, say_worth
from partners.cooperatives.queries import find_names

blueprint = PageBlueprint("coupons_pages", __name__)

MINE = "/coupons"
DESK = "/desk/coupons"
PLATFORM = "/desk/platform-coupons"
PAGE = 20

layout.add_workplace(7, Text("优惠券", "Coupons"), DESK, "coupon", Permission.COUPON_ISSUE)
for _reader in (Permission.PLATFORM_COUPON_ISSUE, Permission.JOURNAL_READ):
    layout.add_workplace(71, Text("平台优惠券", "Platform coupons"), PLATFORM, "coupon", _reader)


@blueprint.get(MINE)
@requires(Permission.COUPON_HOLD)
def show_coupons() -> Response:
    """Show the reader's coupons, and those to be claimed."""
    actor = current_actor()
    mine = paginate(
        queries.holdings_visible_to(actor),
        queries.HOLDING_ORDER,
        PAGE,
        request.args.get("after"),
    )
    claimable = paginate(
        queries.select_claimable(product_id=_id(request.args.get("product_id", ""))),
        queries.LIST_ORDER,
        PAGE,
        request.args.get("more"),
    )
    counts = queries.count_held(actor.account_id, [one.id for one in claimable.items])
    seen = queries.with_coupons(mine.items)
    names = _names([*claimable.items, *(one.coupon for one in seen)])
    return render(
        "coupons/mine.html",
        claimable=[
            _card(one, names) | {"is_claimed": counts.get(one.id, 0) >= one.per_account_limit}
            for one in claimable.items
        ],
        more_url=f"{MINE}?more={claimable.next}" if claimable.next else None,
        mine=[_card(one.coupon, names) | {"standing": one.standing} for one in seen],
        next_url=f"{MINE}?after={mine.next}" if mine.next else None,
    )


@blueprint.post(f"{MINE}/<uuid:offered_coupon_id>/claim")
@requires(Permission.COUPON_HOLD)
def take_coupon(offered_coupon_id: uuid.UUID) -> Response:
    """Claim a coupon."""
    try:
        with transaction():
            service.claim_coupon(current_actor().account_id, offered_coupon_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已领取，结算时可以使用", "It is yours; use it at checkout"))
    return redirect(MINE, 303)


@blueprint.get(DESK)
@requires(Permission.COUPON_ISSUE)
def show_issued_coupons() -> Response:
    """Show a cooperative's coupons with their figures, and the form of a new one."""
    return _desk({}, {})


@blueprint.post(DESK)
@requires(Permission.COUPON_ISSUE)
def issue_own_coupon() -> Response:
    """Issue a coupon of the reader's cooperative."""
    raw, issuers = request.form.to_dict(), queries.list_issuers(current_actor())
    entered = forms.load_values(IssueCouponSchema(), _terms(raw), raw)
    owner = _id(raw.get("cooperative_id", ""))
    if owner not in issuers:
        entered.errors["cooperative_id"] = str(Text("请选择合作社", "Choose a cooperative"))
    if entered.errors or owner is None:
        return _desk(raw, entered.errors)
    try:
        with transaction():
            service.issue_for_cooperative(current_actor(), owner, **entered.values)
    except Unprocessable as problem:
        return _desk(raw, forms.refused(problem))
    layout.tell(Text("优惠券已发放", "The coupon is issued"))
    return redirect(DESK, 303)


@blueprint.get(PLATFORM)
@requires(Permission.COUPON_READ)
def show_platform_coupons() -> Response:
    """Show the platform's coupons with their figures."""
    return _platform({}, {})


@blueprint.post(PLATFORM)
@requires(Permission.PLATFORM_COUPON_ISSUE)
def issue_platforms_coupon() -> Response:
    """Issue a coupon of the platform."""
    raw = request.form.to_dict()
    values = _terms(raw) | {
        "bearer": raw.get("bearer", ""),
        "cooperative_id": raw.get("cooperative_id") or None,
        "document": raw.get("document", "").strip() or None,
    }
    entered = forms.load_values(IssuePlatformCouponSchema(), values, raw)
    if entered.errors:
        return _platform(raw, entered.errors)
    try:
        with transaction():
            service.issue_for_platform(current_actor(), **entered.values)
    except Unprocessable as problem:
        return _platform(raw, forms.refused(problem))
    layout.tell(Text("优惠券已发放", "The coupon is issued"))
    return redirect(PLATFORM, 303)


@blueprint.post(f"{DESK}/<uuid:coupon_id>/stop")
@requires(Permission.COUPON_ISSUE)
def stop_issue(coupon_id: uuid.UUID) -> Response:
    """Give out no more of a coupon."""
    actor = current_actor()
    with transaction():
        coupon = queries.lock_coupon(coupon_id, queries.manageable_by(actor))
        home = PLATFORM if coupon.issuer is Party.PLATFORM else DESK
        if coupon.stopped_at is None:
            service.stop_coupon(actor, coupon)
    layout.tell(Text("已停止发放，领到的仍可使用", "No more are given out; those held stay good"))
    return redirect(home, 303)


def _desk(raw: dict[str, str], errors: dict[str, str]) -> Response:
    actor = current_actor()
    issuers = queries.list_issuers(actor)
    own = queries.issued_by_cooperatives(actor, Permission.COUPON_ISSUE)
    page = paginate(
        queries.select_coupons(own), queries.LIST_ORDER, PAGE, request.args.get("after")
    )
    return render(
        "coupons/desk.html",
        422 if errors else 200,
        **_listed(page, DESK),
        form=raw or _proposed(),
        chosen=request.form.getlist("product"),
        errors=errors,
        is_platform=False,
        may_issue=bool(issuers),
        cooperatives=sorted(issuers.items(), key=lambda pair: pair[1]),
        products=queries.list_products_to_choose(issuers),
    )


def _platform(raw: dict[str, str], errors: dict[str, str]) -> Response:
    actor = current_actor()
    issued = queries.select_issued(queries.visible_to(actor), None)
    page = paginate(issued, queries.LIST_ORDER, PAGE, request.args.get("after"))
    return render(
        "coupons/desk.html",
        422 if errors else 200,
        **_listed(page, PLATFORM),
        form=raw or _proposed(),
        chosen=[],
        errors=errors,
        is_platform=True,
        may_issue=actor.can(Permission.PLATFORM_COUPON_ISSUE),
        cooperatives=queries.list_cooperatives_on_sale(),
        products=[],
    )


def _listed(page: Page[Coupon], home: str) -> dict[str, Any]:
    return {
        "home": home,
        "coupons": [_issued(one) for one in queries.with_figures(page.items)],
        "next_url": f"{home}?after={page.next}" if page.next else None,
    }


def _issued(one: IssuedCoupon) -> dict[str, Any]:
    coupon = one.coupon
    names = {coupon.cooperative_id: one.cooperative_name} if one.cooperative_name else {}
    is_over = clock.now() >= coupon.valid_until_at
    return _card(coupon, names) | {
        "cost": say_cost(coupon),
        "used": one.used,
        "discount_fen": one.discount_fen,
        "is_over": is_over,
        "is_stopped": coupon.stopped_at is not None,
        "may_stop": coupon.stopped_at is None and not is_over,
    }


def _card(coupon: Coupon, names: dict[Any, str]) -> dict[str, Any]:
    last = clock.shanghai_date(coupon.valid_until_at - timedelta(seconds=1))
    return {
        "id": coupon.id,
        "no": coupon.coupon_no,
        "name": coupon.name,
        "off_fen": coupon.amount_off_fen,
        "worth": say_worth(coupon.from_fen, coupon.amount_off_fen),
        "scope": say_scope(coupon, names.get(coupon.cooperative_id)),
        "from_on": clock.shanghai_date(coupon.valid_from_at),
        "until_on": last,
        "claimed": coupon.claimed,
        "total": coupon.total_limit,
        "each": coupon.per_account_limit,
    }


def _names(coupons: list[Coupon]) -> dict[uuid.UUID, str]:
    return find_names({one.cooperative_id for one in coupons if one.cooperative_id is not None})


def _proposed() -> dict[str, str]:
    today = clock.today()
    return {
        "per_account_limit": "1",
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=30)).isoformat(),
        "bearer": str(Party.PLATFORM),
    }


def _terms(raw: dict[str, str]) -> dict[str, Any]:
    """Make the command of a form: amounts in yuan, days in Shanghai, the last one included."""
    return {
        "name": raw.get("name", ""),
        "amount_off_fen": forms.fen_typed(raw.get("amount_off_fen", "")),
        "from_fen": forms.fen_typed(raw.get("from_fen", "")),
        "total_limit": forms.whole_typed(raw.get("total_limit", "")),
        "per_account_limit": forms.whole_typed(raw.get("per_account_limit", "")),
        "valid_from_at": _midnight(raw.get("valid_from", ""), 0),
        "valid_until_at": _midnight(raw.get("valid_until", ""), 1),
        "product_ids": request.form.getlist("product"),
    }


def _midnight(written: str, days: int) -> str | None:
    try:
        day = date.fromisoformat(written) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(day, time(), clock.SHANGHAI).isoformat()


def _id(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written)
    except ValueError:
        return None
