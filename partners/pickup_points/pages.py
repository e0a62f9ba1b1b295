"""Pick-up points in pages: those that one keeps or manages, and what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request
from sqlalchemy import or_
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.errors import Conflict, PreconditionFailed, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.identity.memberships import name_scopes
from marketplace.identity.queries import list_accounts
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.pickup_points import queries, service
from partners.pickup_points.models import HolderKind, PickupPoint
from partners.pickup_points.schemas import (
    DescribePickupPointSchema,
    KeeperCommandSchema,
    RegisterPickupPointSchema,
)
from partners.regions.picker import Picker, pick, pick_code
from partners.regions.queries import tree

blueprint = PageBlueprint("pickup_points_pages", __name__)

HOME = "/desk/pickup-points"
PAGE = 20

layout.add_workplace(12, Text("自提点", "Pick-up points"), HOME, "store", Permission.PICKUP_KEEP)
layout.add_workplace(
    12, Text("自提点", "Pick-up points"), HOME, "store", Permission.PICKUP_POINT_WRITE
)


@blueprint.get(HOME)
@requires(Permission.ACCOUNT_SELF)
def show_pickup_points() -> Response:
    """List the points that the reader keeps or manages."""
    actor = current_actor()
    allowed = or_(queries.kept_by(actor), queries.manageable_by(actor))
    page = paginate(
        queries.select_points(allowed), queries.LIST_ORDER, PAGE, request.args.get("after")
    )
    ids = [point.id for point in page.items]
    kept, managed = (
        queries.find_among(rule(actor), ids) for rule in (queries.kept_by, queries.manageable_by)
    )
    return render(
        "pickup_points/points.html",
        points=[
            _card(point) | {"is_kept": point.id in kept, "is_managed": point.id in managed}
            for point in page.items
        ],
        can_register=bool(_holders(actor)),
        next_url=f"{HOME}?after={page.next}" if page.next else None,
    )


@blueprint.get(f"{HOME}/new")
@requires(Permission.PICKUP_POINT_WRITE)
def show_pickup_point_form() -> Response:
    """Show the form by which a point is registered."""
    return _form(None, {}, pick({}), {}, None)


@blueprint.post(f"{HOME}/new")
@requires(Permission.PICKUP_POINT_WRITE)
def send_pickup_point() -> Response:
    """Register a place of one's unit, outlet or office."""
    raw, picker = request.form.to_dict(), pick(request.form)
    if raw.get("step") != "send":
        return _form(None, raw, picker, {}, None)
    kind, _, holder_id = raw.get("holder", "").partition(":")
    given = {**raw, "region_code": picker.code or "", "holder_kind": kind, "holder_id": holder_id}
    entered = forms.load(RegisterPickupPointSchema(), given)
    if entered.errors:
        return _form(None, raw, picker, entered.errors, None)
    try:
        with transaction():
            point_id = service.register_point(current_actor(), **entered.values).id
    except Unprocessable as problem:
        return _form(None, raw, picker, forms.refused(problem), problem)
    layout.tell(Text("自提点已登记，买家下单时可以选", "Registered: buyers can choose it"))
    return redirect(f"{HOME}/{point_id}", 303)


@blueprint.get(f"{HOME}/<uuid:pickup_point_id>")
@requires(Permission.PICKUP_POINT_WRITE)
def show_pickup_point(pickup_point_id: UUID) -> Response:
    """Show a point to those whose place it is: what is said of it, and who keeps it."""
    return _known(pickup_point_id, None, None, {}, None)


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>")
@requires(Permission.PICKUP_POINT_WRITE)
def save_pickup_point(pickup_point_id: UUID) -> Response:
    """Change what is said of a point."""
    actor, raw, picker = current_actor(), request.form.to_dict(), pick(request.form)
    if raw.get("step") != "send":
        return _known(pickup_point_id, raw, picker, {}, None)
    given = {**raw, "region_code": picker.code or ""}
    entered = forms.load(DescribePickupPointSchema(), given)
    if entered.errors:
        return _known(pickup_point_id, raw, picker, entered.errors, None)
    try:
        with transaction():
            point = queries.lock_point(actor, pickup_point_id)
            forms.check_version(raw, point.version)
            service.describe_point(actor, point, **entered.values)
    except (Unprocessable, PreconditionFailed) as problem:
        return _known(pickup_point_id, raw, picker, forms.refused(problem), problem)
    layout.tell(Text("已保存，以后的订单按新的信息", "Saved; later orders go by it"))
    return redirect(f"{HOME}/{pickup_point_id}", 303)


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>/open")
@requires(Permission.PICKUP_POINT_WRITE)
def switch_pickup_point(pickup_point_id: UUID) -> Response:
    """Pause a point, or let it take orders again."""
    is_active = request.form.get("open") == "yes"
    with transaction():
        point = queries.lock_point(current_actor(), pickup_point_id)
        service.set_active(current_actor(), point, is_active=is_active)
    layout.tell(
        Text("已恢复使用", "It takes orders again")
        if is_active
        else Text(
            "已暂停：不接新订单，已下单的照常保管", "Paused: no new orders; the others are kept"
        )
    )
    return redirect(f"{HOME}/{pickup_point_id}", 303)


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>/keepers")
@requires(Permission.PICKUP_POINT_WRITE)
def add_keeper(pickup_point_id: UUID) -> Response:
    """Let somebody take parcels in and hand them out there."""
    actor = current_actor()
    entered = forms.load(KeeperCommandSchema(), request.form)
    if entered.errors:
        return _known(pickup_point_id, None, None, entered.errors, None)
    try:
        with transaction():
            point = queries.lock_point(actor, pickup_point_id)
            service.appoint_keeper(actor, point, **entered.values)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(
            Text("已加为保管员，用这个手机号码登录即可", "Added; they sign in with this number")
        )
    return redirect(f"{HOME}/{pickup_point_id}", 303)


@blueprint.post(f"{HOME}/<uuid:pickup_point_id>/keepers/<uuid:account_id>/dismiss")
@requires(Permission.PICKUP_POINT_WRITE)
def remove_keeper(pickup_point_id: UUID, account_id: UUID) -> Response:
    """End somebody's keeping of the point."""
    actor = current_actor()
    try:
        with transaction():
            point = queries.lock_point(actor, pickup_point_id)
            service.dismiss_keeper(actor, point, account_id=account_id)
    except Conflict as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(Text("已取消保管员", "Removed"))
    return redirect(f"{HOME}/{pickup_point_id}", 303)


def _known(
    point_id: UUID,
    raw: dict[str, str] | None,
    picker: Picker | None,
    errors: dict[str, str],
    problem: Problem | None,
) -> Response:
    point = queries.get_point(point_id, queries.manageable_by(current_actor()))
    if raw is None:
        raw = {"name": point.name, "address": point.address, "hours": point.hours,
               "contact": service.contact_of(point), "version": str(point.version),
               "is_for_unit_only": "true" if point.is_for_unit_only else "",
               "phone": request.form.get("phone", "")}  # fmt: skip
    return _form(point, raw, picker or pick_code(point.region_code), errors, problem)


def _form(
    point: PickupPoint | None,
    raw: Mapping[str, str],
    picker: Picker,
    errors: dict[str, str],
    problem: Problem | None,
) -> Response:
    keepers = queries.list_keepers(point.id) if point else []
    accounts = list_accounts([one.account_id for one in keepers]).values()
    return render(
        "pickup_points/point.html",
        problem.status if problem else 422 if errors else 200,
        point=point and _card(point),
        form=raw,
        picker=picker,
        errors=errors,
        problem_here=problem,
        holders=_holders(current_actor()),
        is_units=point.holder_kind is HolderKind.BUYING_UNIT if point else True,
        keepers=[(one.id, one.phone_masked or "") for one in accounts],
        keep_href=f"/desk/pickups/{point.id}" if point else None,
    )


def _holders(actor: Actor) -> list[tuple[str, str]]:
    """Return whose places the actor may register, by kind and id."""
    found = []
    for kind in HolderKind:
        ids = actor.scopes(Permission.PICKUP_POINT_WRITE, kind.scope_kind)
        names = name_scopes(kind.scope_kind, ids) if ids else {}
        found += [(f"{kind}:{one}", name) for one, name in names.items()]
    return sorted(found, key=lambda one: one[1])


def _card(point: PickupPoint) -> dict[str, Any]:
    return {
        "id": point.id,
        "href": f"{HOME}/{point.id}",
        "keep_href": f"/desk/pickups/{point.id}",
        "name": point.name,
        "place": f"{tree().full_name(point.region_code)} {point.address}",
        "hours": point.hours,
        "holder": point.holder_kind.label,
        "is_for_unit_only": point.is_for_unit_only,
        "is_active": point.is_active,
    }
