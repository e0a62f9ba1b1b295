"""The pages of recoveries: for an applicant, for the holder who stops one, and for the officer."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from marketplace import audit, forms, layout
from marketplace.cursors import paginate
from marketplace.database import transaction
from marketplace.desk.waiting import add_queue
from marketplace.errors import (
    Conflict,
    Forbidden,
    Problem,
    TooManyRequests,
    Unavailable,
    Unprocessable,
)
from marketplace.errors import NotFound as Missing
from marketplace.http import requires
from marketplace.identity import carriers
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission
from orders.recoveries import doors, queries, service
from orders.recoveries.models import Recovery, RecoveryState
from orders.recoveries.schemas import (
    RecoveryCodeSchema,
    RecoveryNumberSchema,
    RecoveryReasonSchema,
    SubmitRecoverySchema,
)

blueprint = PageBlueprint("recoveries_pages", __name__)

DESK = "/desk/recoveries"
PAGE = 20
NUMBERS = 3
TONES = {
    RecoveryState.SUBMITTED: "pending",
    RecoveryState.APPROVED: "information",
    RecoveryState.COMPLETED: "confirmed",
    RecoveryState.REFUSED: "attention",
    RecoveryState.STOPPED: "attention",
}

layout.add_workplace(50, Text("账号找回", "Recoveries"), DESK, "lock", Permission.RECOVERY_READ)
add_queue(
    DESK,
    Text("待核实", "to check"),
    lambda actor: queries.select_recoveries(actor, RecoveryState.SUBMITTED),
)


def _apply_page(step: str, problem: Problem | None = None, **context: Any) -> Response:
    context.setdefault("errors", {})
    context.setdefault("raw", {})
    return render(
        "recoveries/apply.html", 200 if problem is None else problem.status, step=step,
        refusal=problem, days=service.NOTICE_PERIOD.days, numbers=range(1, NUMBERS + 1), **context,
    )  # fmt: skip


@blueprint.get("/recover")
@requires(Permission.PUBLIC)
def show_recover() -> Response:
    """Explain how orders are found again, and ask for the new number."""
    return _apply_page("phone")


@blueprint.post("/recover/code")
@requires(Permission.PUBLIC)
def send_recovery_code() -> Response:
    """Send a code to the new number, and ask for what only the owner knows."""
    entered = forms.load(RecoveryCodeSchema(), request.form)
    if entered.errors:
        return _apply_page("phone", Unprocessable(), errors=entered.errors, raw=entered.raw)
    try:
        doors.send_code(entered.values["new_phone"])
    except (TooManyRequests, Unavailable) as problem:
        return _apply_page("phone", problem, raw=entered.raw)
    return _apply_page("tell", raw=entered.values)


@blueprint.post("/recover")
@requires(Permission.PUBLIC)
def submit_recovery() -> Response:
    """Take an application down."""
    posted: dict[str, Any] = request.form.to_dict()
    numbers = [posted.get(f"order_number_{one}", "").strip() for one in range(1, NUMBERS + 1)]
    amount = posted.get("paid", "").strip()
    given = posted | {"order_numbers": [one for one in numbers if one] or None}
    given["paid_fen"] = forms.fen_of(amount) if amount else None
    entered = forms.load(SubmitRecoverySchema(), given)
    if amount and given["paid_fen"] is None:
        entered.errors["paid"] = str(forms.AMOUNT_UNREADABLE)
    if entered.errors:
        return _apply_page("tell", Unprocessable(), errors=entered.errors, raw=posted)
    try:
        recovery = doors.apply(entered.values.pop("code"), entered.values)
    except (Unprocessable, Conflict, TooManyRequests) as problem:
        return _apply_page("tell", problem, errors=forms.refused(problem), raw=posted)
    return _apply_page("sent", recovery=recovery)


@blueprint.post("/recover/standing")
@requires(Permission.PUBLIC)
def show_recovery_standing() -> Response:
    """Tell where an application stands to whoever knows its number."""
    entered = forms.load(RecoveryNumberSchema(), request.form)
    if entered.errors:
        return _apply_page("phone", Unprocessable(), errors=entered.errors, raw=entered.raw)
    try:
        recovery = queries.get_by_number(entered.values["recovery_no"].upper())
    except Missing as problem:
        return _apply_page("phone", problem, raw=entered.raw)
    return _apply_page("standing", recovery=recovery, tone=TONES[recovery.state])


@blueprint.get("/me/recovery")
@requires(Permission.ACCOUNT_SELF)
def show_own_recovery() -> Response:
    """Show whether somebody asks for one's own account."""
    running = queries.find_running(current_actor().account_id)
    return render("recoveries/mine.html", recovery=running)


@blueprint.post("/me/recovery/stop")
@requires(Permission.ACCOUNT_SELF)
def stop_own_recovery() -> Response:
    """Stop it: it was somebody else."""
    with transaction():
        service.stop_own_recovery(current_actor())
    layout.tell(Text("已停止，您的账号不变", "Stopped; your account stays as it is"))
    return redirect("/me/recovery", 303)


def _warn(account_id: uuid.UUID, _: Response) -> None:
    """Tell whoever signs in that somebody asks for this account."""
    if queries.find_running(account_id) is not None:
        layout.tell(
            Text(
                "有人申请把本账号转到另一个手机号。如非本人，请到“我的账号—找回申请”停止。",
                "Somebody asks to move this account to another number. If it is not you, stop it"
                " under “My account — Recovery”.",
            ),
            "bad",
        )


carriers.greet_with(_warn)


@blueprint.get("/desk/recoveries")
@requires(Permission.RECOVERY_READ)
def show_recoveries() -> Response:
    """List applications, those to be checked first."""
    asked = request.args.get("state", "submitted")
    state = RecoveryState(asked) if asked in set(RecoveryState) else None
    statement = queries.select_recoveries(current_actor(), state)
    page = paginate(statement, [(Recovery.id, "desc")], PAGE, request.args.get("after"))
    return render(
        "recoveries/recoveries.html",
        tabs=[{"href": f"{DESK}?state={one}", "label": one.label, "is_chosen": one is state}
              for one in RecoveryState],
        rows=page.items,
        tones=TONES,
        next_url=f"{DESK}?state={asked}&after={page.next}" if page.next else None,
    )  # fmt: skip


@blueprint.get("/desk/recoveries/<uuid:recovery_id>")
@requires(Permission.RECOVERY_READ)
def view_recovery(recovery_id: uuid.UUID) -> Response:
    """Show what is said and what of it is true; that it was read is audited."""
    with transaction():
        answer = _read_page(recovery_id)
        audit.record("recovery.read", "recovery", recovery_id, actor=current_actor())
        return answer


def _read_page(
    recovery_id: uuid.UUID, problem: Problem | None = None, errors: dict[str, str] | None = None
) -> Response:
    actor = current_actor()
    seen = doors.read(actor, recovery_id)
    return render(
        "recoveries/recovery.html",
        200 if problem is None else problem.status,
        row=seen.row,
        said=seen.said,
        evidence=seen.evidence,
        tone=TONES[seen.row.state],
        may_decide=actor.is_platform(Permission.RECOVERY_DECIDE),
        problem_here=problem,
        errors=errors or {},
        form=request.form,
        days=service.NOTICE_PERIOD.days,
    )


@blueprint.post("/desk/recoveries/<uuid:recovery_id>/decide")
@requires(Permission.RECOVERY_DECIDE)
def decide_recovery(recovery_id: uuid.UUID) -> Response:
    """Approve, refuse, or stop while the notice runs."""
    actor, decision = current_actor(), request.form.get("decision")
    entered = forms.load(RecoveryReasonSchema(), request.form)
    if decision != "approve" and entered.errors:
        return _read_page(recovery_id, Unprocessable(), entered.errors)
    try:
        with transaction():
            recovery = queries.lock_recovery(recovery_id, queries.visible_to(actor))
            forms.check_version(request.form, recovery.version)
            if decision == "approve":
                service.approve_recovery(actor, recovery)
            elif decision == "stop":
                service.stop_recovery(actor, recovery, **entered.values)
            else:
                service.refuse_recovery(actor, recovery, **entered.values)
    except (Conflict, Forbidden) as problem:
        return _read_page(recovery_id, problem)
    layout.tell(Text("已处理", "Done"))
    return redirect(f"{DESK}/{recovery_id}", 303)
