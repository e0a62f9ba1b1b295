"""The pages of identity: signing in and out, oneself, the authenticator, stepping up."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from marshmallow import ValidationError
from werkzeug.wrappers import Response

from marketplace import layout, messages
from marketplace.database import transaction
from marketplace.errors import (
    Conflict,
    Problem,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from marketplace.http import Schema, requires
from marketplace.identity import (
    carriers,
    doors,
    kept,
    overview,
    proofs,
    qr_codes,
    sessions,
    totp,
)
from marketplace.identity.actor import current_actor
from marketplace.identity.devices import device_name
from marketplace.identity.errors import CodeRequestedTooOften, SecondQuestion
from marketplace.identity.memberships import find_scope_names
from marketplace.identity.models import SessionKind
from marketplace.identity.returning import safe_target, with_target
from marketplace.identity.role_names import ROLE_NAMES, SCOPE_NAMES
from marketplace.identity.schemas import (
    AnswerQuestionSchema,
    ChangePhoneSchema,
    ProvePhoneSchema,
    RequestCodeSchema,
    SignInByPasswordSchema,
    StartAfreshSchema,
    TotpCodeSchema,
)
from marketplace.identity.sessions import OpenedSession
from marketplace.language import Text
from marketplace.pages import PageBlueprint, render
from marketplace.permissions import Permission

blueprint = PageBlueprint("identity_pages", __name__)

DESK = "/desk"


class _Entered:
    """What a form said: clean values, or what is wrong with which field."""

    def __init__(self, schema: Schema) -> None:
        self.raw = {name: request.form[name] for name in schema.fields if request.form.get(name)}
        self.values: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        try:
            self.values = schema.load(self.raw)
        except ValidationError as error:
            flat: dict[str, list[Any]] = {}
            messages.flatten(error.messages, "", flat)
            self.errors = {name: str(messages.translate(said[0])) for name, said in flat.items()}


def _target(default: str = "/") -> str:
    return safe_target(request.values.get("next"), default)


def _sign_in_page(step: str, problem: Problem | None = None, **context: Any) -> Response:
    context.setdefault("errors", {})
    context.setdefault("raw", {})
    return render(
        "identity/sign_in.html",
        200 if problem is None else problem.status,
        step=step,
        refusal=problem,
        target=_target(),
        **context,
    )


@blueprint.get("/sign-in")
@requires(Permission.PUBLIC)
def sign_in_form() -> Response:
    """Show the sign-in page: by phone first, by password for staff."""
    if not current_actor().is_anonymous and "again" not in request.args:
        return redirect(_target(), 303)
    # Who came in by password before finds that door open; the other is a tab away.
    step = request.args.get("by") or carriers.usual_door()
    return _sign_in_page("password" if step == carriers.BY_PASSWORD else "phone")


@blueprint.post("/sign-in/code")
@requires(Permission.PUBLIC)
def send_sign_in_code() -> Response:
    """Send a code to the phone and ask for it."""
    entered = _Entered(RequestCodeSchema())
    if entered.errors:
        return _sign_in_page("phone", Unprocessable(), errors=entered.errors, raw=entered.raw)
    try:
        doors.send_code(**entered.values)
    except CodeRequestedTooOften as problem:
        # The code that came a moment ago may still be typed in.
        return _sign_in_page("code", problem, raw=entered.values)
    except (TooManyRequests, Unavailable) as problem:
        return _sign_in_page("phone", problem, raw=entered.raw)
    return _sign_in_page("code", raw=entered.values)


@blueprint.post("/sign-in/phone")
@requires(Permission.PUBLIC)
def sign_in_with_code() -> Response:
    """Sign in with the code that came to the phone."""
    entered = _Entered(ProvePhoneSchema())
    if entered.errors:
        step = "phone" if "phone" in entered.errors else "code"
        return _sign_in_page(step, Unprocessable(), errors=entered.errors, raw=entered.raw)
    return _admit_or_explain(
        "code", entered, lambda: doors.enter_by_phone(**entered.values, kind=SessionKind.PAGE)
    )


@blueprint.post("/sign-in/answer")
@requires(Permission.PUBLIC)
def answer_second_question() -> Response:
    """Sign in to an account that was silent for long, by what its owner knows."""
    entered = _Entered(AnswerQuestionSchema())
    if entered.errors:
        return _sign_in_page("question", Unprocessable(), errors=entered.errors, raw=entered.raw)
    return _admit_or_explain(
        "question",
        entered,
        lambda: doors.answer_question(**entered.values, kind=SessionKind.PAGE),
    )


@blueprint.post("/sign-in/afresh")
@requires(Permission.PUBLIC)
def start_afresh() -> Response:
    """Begin a new account under the number; the silent one keeps what it has."""
    entered = _Entered(StartAfreshSchema())
    if entered.errors:
        return redirect("/sign-in", 303)
    return _admit_or_explain(
        "phone", entered, lambda: doors.start_afresh(**entered.values, kind=SessionKind.PAGE)
    )


@blueprint.post("/sign-in/password")
@requires(Permission.PUBLIC)
def sign_in_with_password() -> Response:
    """Sign in with a staff password, and the authenticator where there is one."""
    entered = _Entered(SignInByPasswordSchema())
    if entered.errors:
        return _sign_in_page("password", Unprocessable(), errors=entered.errors, raw=entered.raw)
    return _admit_or_explain(
        "password",
        entered,
        lambda: doors.enter_by_password(**entered.values, kind=SessionKind.PAGE),
    )


def _admit_or_explain(step: str, entered: _Entered, enter: Callable[[], OpenedSession]) -> Response:
    try:
        opened = enter()
    except SecondQuestion as asked:
        return _sign_in_page("question", asked, raw={"question": asked.extra["question"]})
    except (Unauthenticated, TooManyRequests) as problem:
        return _sign_in_page(step, problem, raw=entered.raw)
    # Who works here begins with what waits.
    target = DESK if step == "password" and _target() == "/" else _target()
    door = carriers.BY_PASSWORD if step == "password" else carriers.BY_PHONE
    return carriers.remember_door(carriers.carry(redirect(target, 303), opened), door)


@blueprint.post("/sign-out")
@requires(Permission.PUBLIC)
def sign_out_of_pages() -> Response:
    """End the session and forget its cookie; signing out twice is no error."""
    actor = current_actor()
    if not actor.is_anonymous:
        with transaction():
            sessions.sign_out(actor)
    return carriers.drop(redirect("/", 303))


@blueprint.get("/me")
@requires(Permission.ACCOUNT_SELF)
def show_me() -> Response:
    """Show oneself: phone, roles, sessions, second factor."""
    actor = current_actor()
    me = overview.get_me(actor)
    return render(
        "identity/me.html",
        me=me,
        names=find_scope_names(me.memberships),
        sessions=overview.list_my_sessions(actor),
        role_names=ROLE_NAMES,
        scope_names=SCOPE_NAMES,
        device_name=device_name,
    )


def _phone_page(step: str, problem: Problem | None = None, **context: Any) -> Response:
    context.setdefault("errors", {})
    context.setdefault("raw", {})
    status = 200 if problem is None else problem.status
    old_phone = overview.get_me(current_actor()).account.phone_masked
    return render(
        "identity/phone.html", status, step=step, refusal=problem, old_phone=old_phone, **context
    )


@blueprint.get("/me/phone")
@requires(Permission.ACCOUNT_SELF)
def show_phone_change() -> Response:
    """Ask for the number that is to become one's own."""
    sessions.require_fresh(current_actor())
    return _phone_page("phone")


@blueprint.post("/me/phone/codes")
@requires(Permission.ACCOUNT_SELF)
def send_phone_change_codes() -> Response:
    """Send a code to the old number and one to the new."""
    entered = _Entered(RequestCodeSchema())
    if entered.errors:
        return _phone_page("phone", Unprocessable(), errors=entered.errors, raw=entered.raw)
    try:
        doors.send_code_to_new_phone(**entered.values)
        doors.send_code_to_own_phone()
    except (TooManyRequests, Unavailable) as problem:
        return _phone_page("phone", problem, raw=entered.raw)
    return _phone_page("codes", raw=entered.values)


@blueprint.post("/me/phone")
@requires(Permission.ACCOUNT_SELF)
def change_phone() -> Response:
    """Change one's own number, proved by both codes."""
    entered = _Entered(ChangePhoneSchema())
    if entered.errors:
        return _phone_page("codes", Unprocessable(), errors=entered.errors, raw=entered.raw)
    try:
        doors.change_phone(**entered.values)
    except (Unprocessable, Conflict, TooManyRequests) as problem:
        said = {name: str(text) for name, text in problem.fields.items()}
        return _phone_page("codes", problem, errors=said, raw=entered.raw)
    layout.tell(Text("手机号码已更换", "The mobile number is changed"))
    return redirect("/me", 303)


@blueprint.post("/me/sessions/<uuid:session_id>/end")
@requires(Permission.ACCOUNT_SELF)
def end_my_session(session_id: uuid.UUID) -> Response:
    """End one of one's own sessions."""
    with transaction():
        sessions.revoke_session(current_actor(), session_id)
    layout.tell(Text("已退出该设备", "That device is signed out"))
    return redirect("/me", 303)


@blueprint.get("/me/authenticator")
@requires(Permission.ACCOUNT_SELF)
def show_authenticator() -> Response:
    """Explain the second factor and offer to bind one."""
    return _authenticator_page(None)


def _authenticator_page(
    enrolment: totp.Enrolment | None, problem: Problem | None = None, is_pending: bool = False
) -> Response:
    status = 200 if problem is None else problem.status
    return render(
        "identity/authenticator.html", status, enrolment=enrolment, refusal=problem,
        is_pending=is_pending, target=_target("/me"), actor=current_actor(),
        qr_code=None if enrolment is None else qr_codes.draw(enrolment.uri),
    )  # fmt: skip


@blueprint.post("/me/authenticator")
@requires(Permission.ACCOUNT_SELF)
def bind_authenticator() -> Response:
    """Show a new secret, once."""
    with transaction():
        enrolment = totp.begin_enrolment(current_actor())
    return _authenticator_page(enrolment, is_pending=True)


@blueprint.post("/me/authenticator/confirm")
@requires(Permission.ACCOUNT_SELF)
def confirm_authenticator() -> Response:
    """Take the new authenticator into use."""
    entered = _Entered(TotpCodeSchema())
    if entered.errors:
        return _authenticator_page(None, Unprocessable(), is_pending=True)
    try:
        doors.confirm_totp(entered.values["code"])
    except Unprocessable as problem:
        return _authenticator_page(None, problem, is_pending=True)
    layout.tell(Text("动态口令已绑定", "The authenticator is bound"))
    return redirect(safe_target(request.form.get("next"), "/me"), 303)


@blueprint.get("/step-up")
@requires(Permission.ACCOUNT_SELF)
def show_step_up() -> Response:
    """Ask for the second factor before an approval."""
    if not current_actor().has_totp:
        return redirect(with_target(proofs.AUTHENTICATOR, _target()), 303)
    return proofs.step_up_page(_target())


@blueprint.post("/step-up")
@requires(Permission.ACCOUNT_SELF)
def step_up_page() -> Response:
    """Take the second factor, and go on with what needed it."""
    entered = _Entered(TotpCodeSchema())
    sealed = request.form.get(kept.FIELD, "")
    if entered.errors:
        return proofs.step_up_page(_target(), Unprocessable(), sealed)
    try:
        doors.show_second_factor(entered.values["code"])
    except (Unprocessable, TooManyRequests) as refused:
        return proofs.step_up_page(_target(), refused, sealed)
    form = kept.unseal_form(sealed)
    if form is not None:
        return render("identity/go_on.html", kept=form, target=_target())
    layout.tell(
        Text(
            "身份已确认，10 分钟内有效；刚才的操作请再提交一次",
            "Confirmed for ten minutes; submit again what you were doing",
        )
    )
    return redirect(_target(), 303)


proofs.ask_on(blueprint)
