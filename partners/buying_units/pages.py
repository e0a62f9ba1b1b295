"""Registration of buying units in pages: somebody registers one, the office of its region approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import Conflict, Problem, Unprocessable
from marketplace.http import requires
from marketplace.identity.actor import Actor, current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from partners.buying_units import queries, service
from partners.buying_units.errors import BuyingUnitApprovedByApplicant
from partners.buying_units.models import BuyingUnit, BuyingUnitKind, BuyingUnitState
from partners.buying_units.schemas import BuyingUnitNoteSchema, RegisterBuyingUnitSchema
from partners.regions.picker import Picker, pick, pick_code, pick_place
from partners.regions.queries import tree

blueprint = PageBlueprint("buying_units_pages", __name__)

APPLY = "/apply/buying-unit"
HOME = "/office/buying-units"
PAGE = 20
TONES = {BuyingUnitState.ACTIVE: "confirmed", BuyingUnitState.RETURNED: "attention"}

layout.add_workplace(
    46, Text("采购单位", "Buying units"), HOME, "bank", Permission.BUYING_UNIT_APPROVE
)
add_queue(
    HOME,
    Text("待登记", "to register"),
    lambda actor: queries.select_buying_units(
        queries.approvable_by(actor), state=BuyingUnitState.APPLIED
    ),
)


@blueprint.get(APPLY)
@requires(Permission.BUYING_UNIT_APPLY)
def show_buying_unit_form() -> Response:
    """Show the form by which a unit is registered, and what one has registered."""
    return _form(None, {}, pick({}), {}, None)


@blueprint.post(APPLY)
@requires(Permission.BUYING_UNIT_APPLY)
def register_unit() -> Response:
    """Register a unit that buys."""

    def register(actor: Actor, values: dict[str, Any]) -> BuyingUnit:
        return service.register_buying_unit(actor, **values)

    return _send(None, register)


@blueprint.get(f"{APPLY}/<uuid:unit_id>")
@requires(Permission.BUYING_UNIT_APPLY)
def show_registration(unit_id: UUID) -> Response:
    """Show where one's own registration stands; one that was returned can be corrected."""
    unit = _own(unit_id)
    raw = {"name": unit.name, "kind": str(unit.kind), "credit_code": unit.credit_code,
           "is_budget_unit": "true" if unit.is_budget_unit else ""}  # fmt: skip
    return _form(unit, raw, pick_code(unit.region_code), {}, None)


@blueprint.post(f"{APPLY}/<uuid:unit_id>")
@requires(Permission.BUYING_UNIT_APPLY)
def send_registration_again(unit_id: UUID) -> Response:
    """Register again with corrected facts."""

    def register(actor: Actor, values: dict[str, Any]) -> BuyingUnit:
        return service.resubmit_buying_unit(actor, unit_id, **values)

    return _send(_own(unit_id), register)


def _own(unit_id: UUID) -> BuyingUnit:
    return queries.get_buying_unit(unit_id, queries.applied_for_by(current_actor()))


def _send(
    unit: BuyingUnit | None, register: Callable[[Actor, dict[str, Any]], BuyingUnit]
) -> Response:
    raw, picker = request.form.to_dict(), pick(request.form)
    if raw.get("step") != "send":
        return _form(unit, raw, picker, {}, None)
    # A city's or a province's own unit belongs to the city or province, not to one of its counties.
    code = pick_place(request.form) if "is_above" in raw else picker.code
    entered = forms.load(RegisterBuyingUnitSchema(), {**raw, "region_code": code or ""})
    if entered.errors:
        return _form(unit, raw, picker, entered.errors, None)
    try:
        with transaction():
            sent = register(current_actor(), entered.values).id
    except (Conflict, Unprocessable) as problem:
        return _form(unit, raw, picker, forms.refused(problem), problem)
    layout.tell(
        Text("登记已提交，等所在地对口办审核", "Sent; the office of its region looks at it")
    )
    return redirect(f"{APPLY}/{sent}", 303)


def _form(
    unit: BuyingUnit | None,
    raw: Mapping[str, str],
    picker: Picker,
    errors: dict[str, str],
    problem: Problem | None,
) -> Response:
    own = queries.select_buying_units(queries.applied_for_by(current_actor()))
    mine = paginate(own, queries.LIST_ORDER, PAGE, None)
    return render(
        "buying_units/apply.html",
        problem.status if problem else 422 if errors else 200,
        unit=unit and _card(unit),
        can_send=unit is None or unit.state is BuyingUnitState.RETURNED,
        form=raw,
        picker=picker,
        errors=errors,
        problem_here=problem,
        kinds=[(kind, kind.label) for kind in BuyingUnitKind],
        mine=[_card(one) for one in mine.items],
    )


def _card(unit: BuyingUnit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "name": unit.name,
        "kind": unit.kind.label,
        "is_budget_unit": unit.is_budget_unit,
        "region": tree().full_name(unit.region_code),
        "credit_code": unit.credit_code,
        "canteen": unit.canteen.label,
        "state": unit.state,
        "state_label": unit.state.label,
        "tone": TONES.get(unit.state, "pending"),
        "note": unit.note,
        "applied_at": unit.applied_at,
    }


@blueprint.get(HOME)
@requires(Permission.BUYING_UNIT_READ)
def show_buying_units() -> Response:
    """List the units that the reader may see, those that wait for approval first."""
    given = request.args.get("state", BuyingUnitState.APPLIED)
    state = BuyingUnitState(given) if given in set(BuyingUnitState) else BuyingUnitState.APPLIED
    seen = queries.visible_to(current_actor())
    statement = queries.select_buying_units(seen, state=state)
    page = paginate(statement, queries.LIST_ORDER, PAGE, request.args.get("after"))
    return render(
        "buying_units/list.html",
        tabs=[
            {"href": f"{HOME}?state={one}", "label": one.label, "is_chosen": one is state}
            for one in BuyingUnitState
        ],
        units=[_card(one) for one in page.items],
        next_url=f"{HOME}?state={state}&after={page.next}" if page.next else None,
    )


@blueprint.get(f"{HOME}/<uuid:unit_id>")
@requires(Permission.BUYING_UNIT_READ)
def show_buying_unit(unit_id: UUID) -> Response:
    """Show a unit and what the reader may decide."""
    return _detail(unit_id, {})


def _detail(unit_id: UUID, errors: dict[str, str]) -> Response:
    actor = current_actor()
    unit = queries.get_buying_unit(unit_id, queries.visible_to(actor))
    return render(
        "buying_units/one.html",
        422 if errors else 200,
        unit=_card(unit),
        may_approve=actor.can(Permission.BUYING_UNIT_APPROVE),
        may_grant=actor.is_platform(Permission.MEMBERSHIP_GRANT),
        errors=errors,
    )


def _decide(
    unit_id: UUID,
    take: Callable[[Actor, dict[str, Any]], BuyingUnit],
    *,
    with_note: bool = True,
) -> Response:
    actor = current_actor()
    queries.get_buying_unit(unit_id, queries.approvable_by(actor))
    values: dict[str, Any] = {}
    if with_note:
        entered = forms.load(BuyingUnitNoteSchema(), request.form)
        if entered.errors:
            return _detail(unit_id, entered.errors)
        values = entered.values
    try:
        with transaction():
            done = take(actor, values).state.label
    except (Conflict, BuyingUnitApprovedByApplicant) as problem:
        layout.tell(problem.detail or problem.title, "bad")
    else:
        layout.tell(Text("已办理：{state}", "Done: {state}").format(state=done))
    return redirect(f"{HOME}/{unit_id}", 303)


@blueprint.post(f"{HOME}/<uuid:unit_id>/approve")
@requires(Permission.BUYING_UNIT_APPROVE)
def approve_registration(unit_id: UUID) -> Response:
    """Approve a registration; its applicant becomes the unit's clerk."""
    return _decide(
        unit_id,
        lambda actor, said: service.approve_buying_unit(actor, unit_id),
        with_note=False,
    )


@blueprint.post(f"{HOME}/<uuid:unit_id>/return")
@requires(Permission.BUYING_UNIT_APPROVE)
def return_registration(unit_id: UUID) -> Response:
    """Send a registration back, saying what is wrong with it."""
    return _decide(unit_id, lambda actor, said: service.return_buying_unit(actor, unit_id, **said))


@blueprint.post(f"{HOME}/<uuid:unit_id>/close")
@requires(Permission.BUYING_UNIT_APPROVE)
def close_unit(unit_id: UUID) -> Response:
    """Close a unit that is gone or merged."""
    return _decide(unit_id, lambda actor, said: service.close_buying_unit(actor, unit_id, **said))
