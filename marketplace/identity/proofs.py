"""Where a person lacks a proof, the proof is asked for instead of showing a failure."""

from collections.abc import Callable

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from marketplace import layout, problems
from marketplace.errors import Problem, Unauthenticated
from marketplace.identity import endings, kept
from marketplace.identity.actor import current_actor
from marketplace.identity.errors import FreshSignInRequired, StepUpRequired, TotpNotEnrolled
from marketplace.identity.returning import here, with_target
from marketplace.language import Text
from marketplace.pages import CsrfTokenInvalid, render

AUTHENTICATOR = "/me/authenticator"


def step_up_page(
    target: str, refusal: Problem | None = None, kept: str | None = None, *, status: int = 200
) -> Response:
    """Ask for the second factor; ``kept`` is the sealed form that goes on after it."""
    status = status if refusal is None else refusal.status
    return render("identity/step_up.html", status, target=target, refusal=refusal, kept=kept)


def _send_to(path: str) -> Response:
    """Redirect a browser; a page piece asked for by htmx moves the whole page."""
    if request.headers.get("HX-Request"):
        return Response(status=200, headers={"HX-Redirect": path})
    return redirect(path, 303 if request.method != "GET" else 302)


def _prove_again() -> str:
    """Who has no authenticator proves oneself by signing in once more."""
    return (
        with_target("/step-up", here())
        if current_actor().has_totp
        else (with_target("/sign-in", here(), again="yes"))
    )


_PROOFS: dict[type[Problem], tuple[Callable[[], str], Text | None]] = {
    Unauthenticated: (lambda: with_target("/sign-in", here()), None),
    FreshSignInRequired: (
        _prove_again,
        Text("为确认是您本人，请先验证身份", "Please confirm that it is you first"),
    ),
    StepUpRequired: (
        lambda: with_target("/step-up", here()),
        Text(
            "这项操作需要先输入动态口令，确认后请重新提交",
            "This needs your authenticator's code first; then submit again",
        ),
    ),
    TotpNotEnrolled: (
        lambda: with_target(AUTHENTICATOR, here()),
        Text("这项操作须先绑定动态口令", "This needs an authenticator; bind one first"),
    ),
}


def _ask_for_proof(raised: Problem) -> Response:
    if not problems.wants_html():
        return problems.render(raised)
    kind = next(kind for kind in type(raised).__mro__ if kind in _PROOFS)
    if kind in (StepUpRequired, FreshSignInRequired) and current_actor().has_totp:
        sealed = kept.seal_form()
        if sealed is not None:
            return step_up_page(here(), kept=sealed, status=raised.status)
    page, why = _PROOFS[kind]
    if kind is Unauthenticated:
        why = endings.why_signed_out()
    if why is not None:
        layout.tell(why, "waiting")
    return _send_to(page())


def _explain_expired_form(raised: CsrfTokenInvalid) -> Response:
    """Send whoever was signed out meanwhile to the door, saying why; others see what is wrong."""
    why = endings.why_signed_out() if current_actor().is_anonymous else None
    if why is None or not problems.wants_html():
        return problems.render(raised)
    layout.tell(why, "waiting")
    layout.tell(
        Text(
            "刚才的提交没有生效，登录后请再提交一次",
            "What you submitted was not done; submit it again after signing in",
        ),
        "waiting",
    )
    return _send_to(with_target("/sign-in", here()))


def ask_on(blueprint: Blueprint) -> None:
    """Have the application's pages ask for what is lacking."""
    for kind in _PROOFS:
        blueprint.app_errorhandler(kind)(_ask_for_proof)
    blueprint.app_errorhandler(CsrfTokenInvalid)(_explain_expired_form)
