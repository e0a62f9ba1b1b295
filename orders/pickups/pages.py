"""A pick-up point at work: what has come, what is collected; and where a cooperative sends to."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from flask import redirect, request
from sqlalchemy import true
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, NotFound, TooManyRequests, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import ScopeKind, current_actor
from marketplace.identity.memberships import name_scopes
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.orderbook.couriers import courier_name
from orders.pickups import queries, service
from orders.pickups.models import Pickup, PickupRule
from orders.pickups.schemas import HandOutSchema
from orders.pickups.showing import KeptOrder, show_kept
from orders.trades.states import PickupState
from partners.pickup_points import queries as points
from partners.pickup_points.schemas import PickupPointQuerySchema
from partners.regions.queries import tree

blueprint = PageBlueprint("pickups_pages", __name__)

HOME = "/desk/pickups"
TERMS = "/desk/orders/pickup-terms"
PAGE = 50
MOST_TICKED = 500

add_queue(
    "/desk/pickup-points",
    Text("到站待登记", "arrivals to mark"),
    queries.select_expected,
    permission=Permission.PICKUP_KEEP,
)
_TABS = {
    PickupState.ARRIVED: Text("待取货", "To be collected"),
    PickupState.AWAITING: Text("待到站", "Expected"),
    PickupState.COLLECTED: Text("已取货", "Collected"),
    PickupState.UNCOLLECTED: Text("逾期未取", "Not collected"),
}

_HANDED_OUT = Text("已交货，买家已收货", "Handed out; its buyer has accepted it")
_HANDED_OUT_PART = Text(
    "已交出到站的包裹，其余到站后再取", "Handed out what was here; the rest is yet to come"
)


@blueprint.get(f"{HOME}/<uuid:pickup_point_id>")
@requires(Permission.PICKUP_KEEP)
def show_pickups(pickup_point_id: uuid.UUID) -> Response:
    """Show a point's orders to its keeper: those to hand out first."""
    return _page(pickup_point_id)


def _page(point_id: uuid.UUID, errors: dict[uuid.UUID, str] | None = None) -> Response:
    point = points.get_point(point_id, points.kept_by(current_actor()))
    asked = request.args.get("state", "")
    state = PickupState(asked) if asked in set(_TABS) else PickupState.ARRIVED
    counts = queries.count_kept([point.id]).get(point.id, {}) | {
        PickupState.AWAITING: queries.count_coming(point.id)
    }
    is_coming = state is PickupState.AWAITING
    wanted = queries.select_coming if is_coming else partial(queries.select_kept, state=state)
    page = paginate(wanted(point.id), [(Pickup.id, "asc")], PAGE, request.args.get("after"))
    href = f"{HOME}/{point.id}"
    return render(
        "pickups/kept.html",
        422 if errors else 200,
        point=point,
        state=state,
        tabs=[{"href": f"{href}?state={one}", "label": label, "count": counts.get(one, 0),
               "is_chosen": one is state} for one, label in _TABS.items()],
        orders=[_card(one) for one in show_kept(page.items)],
        errors=errors or {},
        next_url=f"{href}?state={state}&after={page.next}" if page.next else None,
    )  # fmt: skip


def _card(one: KeptOrder) -> dict[str, Any]:
    return {
        "id": one.pickup.id,
        "order_no": one.order_no,
        "cooperative": one.cooperative_name,
        "collector": one.collector,
        "phone_end": one.phone_end,
        "is_replacement": one.is_replacement,
        "parcels": [
            {"value": f"{one.pickup.id}:{each.id}", "courier": courier_name(each.courier_code),
             "waybill_no": each.waybill_no, "arrived_at": each.arrived_at, "left_at": each.left_at}
            for each in one.parcels
        ],
        "is_complete": one.is_complete,
        "arrived_at": one.pickup.arrived_at,
        "due_at": one.pickup.due_at,
        "ended_at": one.pickup.ended_at,
        "actions": one.actions,
    }  # fmt: skip


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>/arrive")
@requires(Permission.PICKUP_KEEP)
def mark_arrivals(pickup_point_id: uuid.UUID) -> Response:
    """Say that the parcels chosen have come; their buyers get their codes."""
    actor = current_actor()
    point = points.get_point(pickup_point_id, points.kept_by(actor))
    count = 0
    chosen = _chosen()
    for pickup_id, parcel_ids in sorted(chosen.items()):
        try:
            with transaction():
                service.mark_arrived(actor, pickup_id, parcel_ids=parcel_ids)
            count += len(parcel_ids)
        except (Conflict, NotFound, Unprocessable) as problem:
            layout.tell(problem.title, "bad")
    if count:
        layout.tell(
            Text(
                "{n} 个包裹已到站，买家会看到取货码", "{n} parcels are here; buyers see codes"
            ).format(n=count)
        )
    elif not chosen:
        layout.tell(
            Text("请先勾选已经到站的包裹，再登记", "Tick the parcels that are here first"), "bad"
        )
    return redirect(f"{HOME}/{point.id}?state={PickupState.AWAITING}", 303)


def _chosen() -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return the parcels that were ticked, by the pick-up they are of."""
    chosen: dict[uuid.UUID, set[uuid.UUID]] = {}
    for ticked in request.form.getlist("parcel")[:MOST_TICKED]:
        pickup_id, _, parcel_id = ticked.partition(":")
        try:
            chosen.setdefault(uuid.UUID(pickup_id), set()).add(uuid.UUID(parcel_id))
        except ValueError:
            continue
    return chosen


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>/hand-out/<uuid:pickup_id>")
@requires(Permission.PICKUP_KEEP)
def hand_out_order(pickup_point_id: uuid.UUID, pickup_id: uuid.UUID) -> Response:
    """Hand an order out against the code that its buyer shows."""
    actor = current_actor()
    entered = forms.load(HandOutSchema(), request.form)
    if entered.errors:
        queries.get_kept(actor, pickup_id)
        return _page(pickup_point_id, {pickup_id: next(iter(entered.errors.values()))})
    try:
        with transaction():
            service.count_try(actor, pickup_id)
        with transaction():
            pickup = service.hand_out(actor, pickup_id, **entered.values)
            handed = _HANDED_OUT if pickup.state is PickupState.COLLECTED else _HANDED_OUT_PART
    except (Unprocessable, TooManyRequests) as problem:
        said = f"{problem.fields.get('code', problem.title)} {problem.detail or ''}"
        return _page(pickup_point_id, {pickup_id: said})
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(handed)
    return redirect(f"{HOME}/{pickup_point_id}", 303)


@blueprint.get(TERMS)
@requires(Permission.ORDER_SHIP)
def show_pickup_terms() -> Response:
    """Show the points in use, and on which terms a cooperative sends there."""
    actor = current_actor()
    own = name_scopes(
        ScopeKind.COOPERATIVE, actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE)
    )
    word = forms.load(PickupPointQuerySchema(), request.args).values.get("q")
    page = paginate(
        points.select_points(points.in_use(), q=word),
        points.LIST_ORDER,
        PAGE,
        request.args.get("after"),
    )
    more = f"{TERMS}?after={page.next}" + (f"&q={word}" if word else "")
    return render(
        "pickups/terms.html",
        q=word or "",
        cooperatives=[
            {"id": owner, "name": name, "rules": queries.list_terms(owner)}
            for owner, name in sorted(own.items(), key=lambda one: one[1])
        ],
        points=[
            {"id": point.id, "name": point.name,
             "place": f"{tree().full_name(point.region_code)} {point.address}"}
            for point in page.items
        ],
        rules=[(rule, rule.label) for rule in PickupRule],
        usual=PickupRule.BY_TEMPLATE,
        next_url=more if page.next else None,
    )  # fmt: skip


@blueprint.post(f"{TERMS}/<uuid:cooperative_id>/<uuid:pickup_point_id>")
@requires(Permission.ORDER_SHIP)
def save_pickup_terms(cooperative_id: uuid.UUID, pickup_point_id: uuid.UUID) -> Response:
    """Say on which terms a cooperative sends to a point."""
    actor = current_actor()
    said = request.form.get("rule", "")
    if cooperative_id not in actor.scopes(Permission.ORDER_SHIP, ScopeKind.COOPERATIVE):
        raise NotFound
    rule = PickupRule(said) if said in set(PickupRule) else PickupRule.BY_TEMPLATE
    with transaction():
        point = points.get_point(pickup_point_id, true())
        service.set_terms(actor, cooperative_id, point.id, rule)
    layout.tell(Text("已保存", "Saved"))
    return redirect(TERMS, 303)
