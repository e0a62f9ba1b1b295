"""How a request carries its session: a bearer token of a program, or the cookie of a browser."""

import uuid
from collections.abc import Callable

from flask import current_app, g, request
from werkzeug.wrappers import Response

from marketplace import language, pages
from marketplace.database import transaction
from marketplace.identity import sessions
from marketplace.identity.actor import ANONYMOUS, Actor, resolve_with
from marketplace.identity.models import SessionKind
from marketplace.identity.sessions import OpenedSession

LONGEST_TOKEN = 200
NAME = "signed_in"

# Which door somebody used last in this browser, so that it stands open the next time.
DOOR = "door"
BY_PASSWORD, BY_PHONE = "password", "phone"

# What else a browser hands in when somebody signs in with it (a cart filled before).
_greetings: list[Callable[[uuid.UUID, Response], None]] = []


def greet_with(greeting: Callable[[uuid.UUID, Response], None]) -> None:
    """Register what happens beside a browser's new session: told the account and the answer.

    It opens its own transaction and raises nothing: the sign-in is done already.
    """
    if greeting not in _greetings:
        _greetings.append(greeting)


def cookie_name() -> str:
    """Return the session cookie's name; ``__Host-`` binds it to this very host, over https."""
    return f"__Host-{NAME}" if current_app.config["SETTINGS"].secure_cookies else NAME


@resolve_with
def resolve_request() -> Actor | None:
    """Tell who makes this request: one query when a token is carried, none otherwise.

    The API takes bearer tokens only, pages take cookies only (``docs/decisions/0004``): what a
    browser sends by itself opens nothing that no form token guards.
    """
    if request.path.startswith("/api/"):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        is_bearer = scheme.lower() == "bearer"
        return _resolve(token.strip(), SessionKind.TOKEN) if is_bearer else None
    token = request.cookies.get(cookie_name(), "")
    if not token:
        return None
    actor = _resolve(token, SessionKind.PAGE)
    if not actor.is_anonymous:
        g.page_session_token = token
    return actor


def _resolve(token: str, kind: SessionKind) -> Actor:
    if not 1 <= len(token) <= LONGEST_TOKEN or not token.isascii():
        return ANONYMOUS
    resolved = sessions.resolve(token, kind)
    if resolved is None:
        return ANONYMOUS
    if resolved.is_stale and resolved.actor.session_id is not None:
        with transaction():
            sessions.touch_session(resolved.actor.session_id)
    return resolved.actor


def carry(response: Response, opened: OpenedSession) -> Response:
    """Give a browser its new session."""
    settings = current_app.config["SETTINGS"]
    response.set_cookie(
        cookie_name(),
        opened.token,
        expires=opened.session.expires_at,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    if language.COOKIE not in request.cookies:
        pages.set_cookie(response, language.COOKIE, opened.language, pages.LANGUAGE_KEPT_SECONDS)
    for greet in _greetings:
        greet(opened.session.account_id, response)
    return response


def usual_door() -> str:
    """Return the door that was used last in this browser."""
    return BY_PASSWORD if request.cookies.get(DOOR) == BY_PASSWORD else BY_PHONE


def remember_door(response: Response, door: str) -> Response:
    """Note the door that was used; only the staff's has to be remembered."""
    if door == BY_PASSWORD:
        pages.set_cookie(response, DOOR, door, pages.LANGUAGE_KEPT_SECONDS)
    elif DOOR in request.cookies:
        response.delete_cookie(DOOR, path="/")
    return response


def drop(response: Response) -> Response:
    """Take a browser's session away."""
    settings = current_app.config["SETTINGS"]
    response.delete_cookie(
        cookie_name(), path="/", secure=settings.secure_cookies, httponly=True, samesite="Lax"
    )
    return response
