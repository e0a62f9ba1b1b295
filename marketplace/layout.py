"""What stands around every page: addresses of the main pages, workplaces by role, counters, notices."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request

from marketplace import secrets
from marketplace.identity.actor import current_actor
from marketplace.language import Text, language
from marketplace.pages import language_switch_url, readable_address
from marketplace.permissions import ROLE_PERMISSIONS, Permission, Role


@dataclass(frozen=True, slots=True)
class Workplace:
    """A page in the bar above the shop, for those whose membership gives the permission."""

    position: int
    label: Text
    href: str
    icon: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence shown once, on the page after the one that caused it."""

    text: str
    tone: str


LINKS = {
    "home": "/",
    "products": "/products",
    "cart": "/cart",
    "orders": "/orders",
    "me": "/me",
    "messages": "/messages",
    "sign_in": "/sign-in",
    "reference": "/api/v1/docs",
}
NOTICES_COOKIE = "notices"
_workplaces: list[Workplace] = []
_cart_counters: list[Callable[[], int]] = []
_notice_counters: list[Callable[[], int]] = []


def add_workplace(position: int, label: Text, href: str, icon: str, permission: Permission) -> None:
    """Show a page in the workplace bar; called where the page is defined."""
    place = Workplace(position, label, href, icon, permission)
    if place not in _workplaces:
        _workplaces.append(place)
        _workplaces.sort(key=lambda one: one.position)


def count_cart_with(counter: Callable[[], int]) -> None:
    """Say how many goods lie in the reader's cart; called by the capability that owns carts."""
    _cart_counters[:] = [counter]


def count_notices_with(counter: Callable[[], int]) -> None:
    """Say how much the reader has not read; asked on pages of somebody signed in only."""
    _notice_counters[:] = [counter]


def tell(text: Text, tone: str = "good") -> None:
    """Show a sentence on the page that the answer redirects to; tone: good, waiting, bad or empty."""
    g.setdefault("notices_told", []).append([str(text), tone])


def list_workplaces() -> list[Workplace]:
    """Return the workplaces that a membership of the reader opens; a plain shopper has none."""
    actor = current_actor()
    held: set[Permission] = set()
    for grant in actor.grants:
        held |= ROLE_PERMISSIONS[grant.role]
    # One page may be opened by several permissions; it stands in the bar once.
    opened = {place.href: place for place in _workplaces if place.permission in held}
    return list(opened.values())


def has_role(*roles: Role) -> bool:
    """Tell whether a membership of the reader has one of these roles."""
    return any(grant.role in roles for grant in current_actor().grants)


def _cart_count() -> int:
    return _cart_counters[0]() if _cart_counters else 0


def _notice_count() -> int:
    return _notice_counters[0]() if _notice_counters else 0


def _notices() -> list[Notice]:
    g.notices_taken = True
    told: list[list[str]] = _carried() + g.pop("notices_told", [])
    return [Notice(text, tone) for text, tone in told]


def _carried() -> list[list[str]]:
    """Read what the request before this one said; a cookie that was tampered with says nothing."""
    payload, _, signature = request.cookies.get(NOTICES_COOKIE, "").partition(".")
    if not payload or not secrets.same(signature, secrets.sign("notices", payload.encode())):
        return []
    carried: list[list[str]] = orjson.loads(base64.urlsafe_b64decode(payload))
    return carried


def _carry_notices(response: Response) -> Response:
    """Send what was said with a redirect along, and forget it once it was shown."""
    is_secure = current_app.config["SETTINGS"].secure_cookies
    told: list[list[str]] | None = g.get("notices_told")
    if told:
        payload = base64.urlsafe_b64encode(orjson.dumps(told)).decode()
        value = f"{payload}.{secrets.sign('notices', payload.encode())}"
        response.set_cookie(
            NOTICES_COOKIE, value, max_age=300, httponly=True, samesite="Lax", secure=is_secure
        )
    elif g.get("notices_taken") and NOTICES_COOKIE in request.cookies:
        response.delete_cookie(NOTICES_COOKIE, httponly=True, samesite="Lax", secure=is_secure)
    return response


def _links() -> dict[str, Any]:
    other = "en" if language() == "zh" else "zh"
    path = request.full_path.rstrip("?") if request.method == "GET" else readable_address()
    return {"links": {**LINKS, "language": language_switch_url(other), "here": path}}


def register(app: Flask) -> None:
    """Install what the base layout asks for. Nothing here reads the database before it is asked."""
    app.context_processor(_links)
    app.after_request(_carry_notices)
    app.jinja_env.globals.update(
        is_signed_in=lambda: not current_actor().is_anonymous,
        list_workplaces=list_workplaces,
        count_cart=_cart_count,
        count_notices=_notice_count,
        take_notices=_notices,
    )
