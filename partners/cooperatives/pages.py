"""Admission in pages: somebody applies, the county recommends, the platform admits and watches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, request
from sqlalchemy import ColumnElement
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
from partners.cooperatives import queries, service
from partners.cooperatives.errors import CooperativeDecidedTwice
from partners.cooperatives.models import Cooperative, CooperativeKind, CooperativeState
from partners.cooperatives.schemas import ApplyForCooperativeSchema, CooperativeNoteSchema
from partners.regions.picker import Picker, pick, pick_code
from partners.regions.queries import tree
from partners.return_addresses.service import find_return_address

blueprint = PageBlueprint("cooperatives_pages", __name__)

APPLY = "/apply/cooperative"
HOME = "/office/cooperatives"
PAGE = 20
TONES = {
    CooperativeState.ACTIVE: "confirmed",
    CooperativeState.RETURNED: "attention",
    CooperativeState.SUSPENDED: "attention",
}

for _permission in (Permission.COOPERATIVE_RECOMMEND, Permission.COOPERATIVE_APPROVE):
    layout.add_workplace(45, Text("合作社", "Cooperatives"), HOME, "store", _permission)
add_queue(
    HOME,
    Text("待推荐", "to recommend"),
    lambda actor: queries.select_cooperatives(
        queries.recommendable_by(actor), state=CooperativeState.APPLIED
    ),
    permission=Permission.COOPERATIVE_RECOMMEND,
)
add_queue(
    HOME,
    Text("待准入", "to admit"),
    lambda actor: queries.select_cooperatives(
        queries.approvable_by(actor), state=CooperativeState.RECOMMENDED
    ),
    permission=Permission.COOPERATIVE_APPROVE,
    href=f"{HOME}?state={CooperativeState.RECOMMENDED}",
)


@blueprint.get(APPLY)
@requires(Permission.COOPERATIVE_APPLY)
def show_cooperative_form() -> Response:
    """Show the form by which one applies, and what one has applied for."""
    return _form(None, {}, pick({}), {}, None)


@blueprint.post(APPLY)
@requires(Permission.COOPERATIVE_APPLY)
def apply_for_cooperative() -> Response:
    """Apply for admission as a seller."""

    def apply(actor: Actor, values: dict[str, Any]) -> Cooperative:
        return service.apply_for_cooperative(actor, **values)

    return _send(None, apply)


@blueprint.get(f"{APPLY}/<uuid:cooperative_id>")
@requires(Permission.COOPERATIVE_APPLY)
def show_cooperative_application(cooperative_id: UUID) -> Response:
    """Show where one's own application stands; one that was returned can be corrected."""
    row = _own(cooperative_id)
    raw = {"name": row.name, "kind": str(row.kind), "credit_code": row.credit_code or "",
           "introduction": row.introduction}  # fmt: skip
    known = find_return_address(row.id)
    if known is not None:
        raw |= {"return_name": known.name, "return_phone": known.phone,
                "return_address": known.address}  # fmt: skip
    return _form(row, raw, pick_code(row.region_code), {}, None)


@blueprint.post(f"{APPLY}/<uuid:cooperative_id>")
@requires(Permission.COOPERATIVE_APPLY)
def send_cooperative_again(cooperative_id: UUID) -> Response:
    """Apply again with corrected facts."""

    def apply(actor: Actor, values: dict[str, Any]) -> Cooperative:
        return service.resubmit_cooperative(actor, cooperative_id, **values)

    return _send(_own(cooperative_id), apply)


def _own(cooperative_id: UUID) -> Cooperative:
    return queries.get_cooperative(cooperative_id, queries.applied_for_by(current_actor()))


def _send(
    row: Cooperative | None, apply: Callable[[Actor, dict[str, Any]], Cooperative]
) -> Response:
    raw, picker = request.form.to_dict(), pick(request.form)
    if raw.get("step") != "send":
        return _form(row, raw, picker, {}, None)
    given = {**raw, "region_code": picker.code or "", "return_address": _returns_to(raw)}
    entered = forms.load(ApplyForCooperativeSchema(), given)
    if entered.errors:
        return _form(row, raw, picker, entered.errors, None)
    try:
        with transaction():
            sent = apply(current_actor(), entered.values).id
    except (Conflict, Unprocessable) as problem:
        return _form(row, raw, picker, forms.refused(problem), problem)
    layout.tell(
        Text("申请已提交，先由所在县对口办推荐", "Sent; the county's office looks at it first")
    )
    return redirect(f"{APPLY}/{sent}", 303)


def _returns_to(raw: Mapping[str, str]) -> dict[str, str] | None:
    """Return where goods go back to as it was typed; None where nothing was."""
    typed = {name: raw.get(f"return_{name}", "").strip() for name in ("name", "phone", "address")}
    return typed if any(typed.values()) else None


def _form(
    row: Cooperative | None,
    raw: Mapping[str, str],
    picker: Picker,
    errors: dict[str, str],
    problem: Problem | None,
) -> Response:
    own = queries.select_cooperatives(queries.applied_for_by(current_actor()))
    mine = paginate(own, queries.LIST_ORDER, PAGE, None)
    return render(
        "cooperatives/apply.html",
        problem.status if problem else 422 if errors else 200,
        row=row and _card(row),
        can_send=row is None or row.state is CooperativeState.RETURNED,
        form=raw,
        picker=picker,
        errors=errors,
        problem_here=problem,
        kinds=[(kind, kind.label) for kind in CooperativeKind],
        mine=[_card(one) for one in mine.items],
    )


def _card(row: Cooperative) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind.label,
        "region": tree().full_name(row.region_code),
        "credit_code": row.credit_code,
        "introduction": row.introduction,
        "state": row.state,
        "state_label": row.state.label,
        "tone": TONES.get(row.state, "pending"),
        "note": row.note,
        "applied_at": row.applied_at,
        "verify_again_on": row.verify_again_on,
    }


@blueprint.get(HOME)
@requires(Permission.COOPERATIVE_READ)
def show_cooperatives() -> Response:
    """List the cooperatives that the reader's office, or the platform, looks after."""
    actor = current_actor()
    first = CooperativeState.RECOMMENDED
    if actor.can(Permission.COOPERATIVE_RECOMMEND):
        first = CooperativeState.APPLIED
    given = request.args.get("state", first)
    state = CooperativeState(given) if given in set(CooperativeState) else first
    seen = queries.application_visible_to(actor)
    statement = queries.select_cooperatives(seen, state=state)
    page = paginate(statement, queries.LIST_ORDER, PAGE, request.args.get("after"))
    return render(
        "cooperatives/list.html",
        tabs=[
            {"href": f"{HOME}?state={one}", "label": one.label, "is_chosen": one is state}
            for one in CooperativeState
        ],
        cooperatives=[_card(one) for one in page.items],
        next_url=f"{HOME}?state={state}&after={page.next}" if page.next else None,
    )


@blueprint.get(f"{HOME}/<uuid:cooperative_id>")
@requires(Permission.COOPERATIVE_READ)
def show_cooperative(cooperative_id: UUID) -> Response:
    """Show a cooperative's papers and what the reader may decide."""
    return _detail(cooperative_id, {})


def _detail(cooperative_id: UUID, errors: dict[str, str]) -> Response:
    actor = current_actor()
    row = queries.get_cooperative(cooperative_id, queries.application_visible_to(actor))
    return render(
        "cooperatives/one.html",
        422 if errors else 200,
        cooperative=_card(row),
        may_recommend=actor.can(Permission.COOPERATIVE_RECOMMEND),
        may_approve=actor.can(Permission.COOPERATIVE_APPROVE),
        errors=errors,
    )


def _decide(
    cooperative_id: UUID,
    seen: ColumnElement[bool],
    take: Callable[[Actor, dict[str, Any]], Cooperative],
    *,
    with_note: bool = True,
) -> Response:
    actor = current_actor()
    queries.get_cooperative(cooperative_id, seen)
    values: dict[str, Any] = {}
    if with_note:
        entered = forms.load(CooperativeNoteSchema(), request.form)
        if entered.errors:
            return _detail(cooperative_id, entered.errors)
        values = entered.values
    try:
        with transaction():
            done = take(actor, values).state.label
    except (Conflict, CooperativeDecidedTwice) as problem:
        layout.tell(problem.detail or problem.title, "bad")
    else:
        layout.tell(Text("已办理：{state}", "Done: {state}").format(state=done))
    return redirect(f"{HOME}/{cooperative_id}", 303)


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/recommend")
@requires(Permission.COOPERATIVE_RECOMMEND)
def recommend_applicant(cooperative_id: UUID) -> Response:
    """Recommend an applicant to the platform."""
    return _decide(
        cooperative_id,
        queries.recommendable_by(current_actor()),
        lambda actor, said: service.recommend_cooperative(actor, cooperative_id, **said),
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/return")
@requires(Permission.COOPERATIVE_RECOMMEND)
def return_applicant(cooperative_id: UUID) -> Response:
    """Send an application back, saying what is wrong with it."""
    return _decide(
        cooperative_id,
        queries.recommendable_by(current_actor()),
        lambda actor, said: service.return_cooperative(actor, cooperative_id, **said),
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/admit")
@requires(Permission.COOPERATIVE_APPROVE)
def admit_cooperative(cooperative_id: UUID) -> Response:
    """Admit a recommended cooperative; its applicant becomes the manager."""
    return _decide(
        cooperative_id,
        queries.approvable_by(current_actor()),
        lambda actor, said: service.approve_cooperative(actor, cooperative_id),
        with_note=False,
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/send-back")
@requires(Permission.COOPERATIVE_APPROVE)
def send_recommendation_back(cooperative_id: UUID) -> Response:
    """Send a recommended application back to the applicant."""
    return _decide(
        cooperative_id,
        queries.approvable_by(current_actor()),
        lambda actor, said: service.return_recommendation(actor, cooperative_id, **said),
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/suspend")
@requires(Permission.COOPERATIVE_APPROVE)
def take_off_the_market(cooperative_id: UUID) -> Response:
    """Suspend a cooperative at once."""
    return _decide(
        cooperative_id,
        queries.approvable_by(current_actor()),
        lambda actor, said: service.suspend_cooperative(actor, cooperative_id, **said),
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/resume")
@requires(Permission.COOPERATIVE_APPROVE)
def let_sell_again(cooperative_id: UUID) -> Response:
    """Let a suspended cooperative sell again."""
    return _decide(
        cooperative_id,
        queries.approvable_by(current_actor()),
        lambda actor, said: service.resume_cooperative(actor, cooperative_id, **said),
    )


@blueprint.post(f"{HOME}/<uuid:cooperative_id>/verify")
@requires(Permission.COOPERATIVE_APPROVE)
def note_verification(cooperative_id: UUID) -> Response:
    """Note that identity and licence were looked at again."""
    return _decide(
        cooperative_id,
        queries.approvable_by(current_actor()),
        lambda actor, said: service.verify_cooperative(actor, cooperative_id),
        with_note=False,
    )
