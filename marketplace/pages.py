"""Web pages: blueprints, rendering, the language switch, CSRF tokens, security headers."""

from __future__ import annotations

import secrets as system_secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, current_app, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RoutingException
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from marketplace import clock, language, money, secrets
from marketplace.errors import Forbidden
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.permissions import Permission

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VISITOR_COOKIE = "visitor"
LANGUAGE_KEPT_SECONDS = 60 * 60 * 24 * 365
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "script-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


# Paying posts a form of ours that leads on to the provider's page; browsers check where it leads.
_POLICY_WITH_STRIPE = CONTENT_SECURITY_POLICY.replace(
    "form-action 'self'",
    "form-action 'self' https://hooks.stripe.com https://pm-redirects.stripe.com",
)

_POLICY_HEADER = "Content-Security-Policy"
_HARDENING = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
]


class CsrfTokenInvalid(Forbidden):
    title = Text("页面已过期，请重新提交", "The page has expired; submit it again")

    def __init__(self) -> None:
        super().__init__(
            Text(
                "登录可能已过期，或页面打开太久。刚才的操作没有生效，请重新打开页面再提交一次。",
                "Your sign-in may have ended, or the page was open for long. Nothing was done; open"
                " the page again and submit it once more.",
            )
        )


class PageBlueprint(Blueprint):
    """A blueprint of web pages; its templates lie in ``templates/`` beside its module."""

    def __init__(self, name: str, import_name: str, *, url_prefix: str | None = None) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, template_folder="templates")


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page."""
    html = render_template(template, **context)
    return Response(html, status, content_type="text/html; charset=utf-8")


def permission_of(address: str) -> Permission | None:
    """Return what the page at an address asks for; None where there is no page."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(
            address.split("?", maxsplit=1)[0], method="GET"
        )
    except (HTTPException, RoutingException):
        return None
    permission: Permission | None = getattr(
        current_app.view_functions[endpoint], "_permission", None
    )
    return permission


def _csrf_base() -> str:
    """What the token is derived from: the page session, else the visitor's own cookie."""
    session: str | None = g.get("page_session_token")
    if session:
        return session
    visitor: str | None = g.get("visitor") or request.cookies.get(VISITOR_COOKIE)
    if not visitor:
        visitor = g.visitor = system_secrets.token_urlsafe(18)
    return visitor


def csrf_token() -> str:
    """Return the token that forms of this visitor must carry."""
    current_actor()  # resolves the page session
    return secrets.sign("csrf", _csrf_base().encode())


def csrf_field() -> Markup:
    """Return the hidden form field that carries the token."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token())


def _check_csrf() -> None:
    if request.method not in _UNSAFE or request.path.startswith(("/api/", "/webhooks/")):
        return
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise CsrfTokenInvalid
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not secrets.same(given, csrf_token()):
        raise CsrfTokenInvalid


class _Hardened:
    """The application, each of whose answers carries the security headers.

    They are the same on every answer, so they join it as it leaves: as headers of the response
    object they would be checked and copied one by one, three times an answer.
    """

    def __init__(self, inner: WSGIApplication, settings: Settings) -> None:
        self._inner = inner
        self._headers = list(_HARDENING)
        if settings.secure_cookies:
            lasting = "max-age=31536000; includeSubDomains"
            self._headers.append(("Strict-Transport-Security", lasting))
        policy = _POLICY_WITH_STRIPE if settings.stripe_secret_key else CONTENT_SECURITY_POLICY
        self._policy = (_POLICY_HEADER, policy)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            hardened = headers + self._headers
            # A page of its own kind may have a policy of its own.
            if all(name != _POLICY_HEADER for name, _ in headers):
                hardened.append(self._policy)
            return start_response(status, hardened, *error)

        return self._inner(environ, start)


def _add_headers(response: Response) -> Response:
    actor = g.get("actor")
    if actor is not None and not actor.is_anonymous:
        response.headers["Cache-Control"] = "no-store"
    visitor = g.get("visitor")
    if visitor:
        response.headers.setdefault("Cache-Control", "no-store")
        set_cookie(response, VISITOR_COOKIE, visitor, 60 * 60 * 24)
    if not request.path.startswith("/api/"):
        wanted = request.args.get("lang")
        if wanted in ("zh", "en"):
            set_cookie(response, language.COOKIE, wanted, LANGUAGE_KEPT_SECONDS)
    return response


def set_cookie(response: AnyResponse, name: str, value: str, seconds: int) -> None:
    """Set a cookie that no script and no other site can use."""
    settings = g.get("settings")
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="Lax",
        secure=bool(settings and settings.secure_cookies),
    )  # fmt: skip


def static_version(name: str) -> str:
    """Return the address of a static file with its modification time, so that caches may keep it."""
    path = Path(__file__).parent / "static" / name
    version = int(path.stat().st_mtime) if path.exists() else 0
    return url_for("static", filename=name, v=version)


def readable_address() -> str:
    """Return the address that was asked for, or the nearest one above it that answers GET."""
    adapter, path = current_app.create_url_adapter(request), request.path
    while adapter is not None and path:
        try:
            adapter.match(path, method="GET")
        except (HTTPException, RoutingException):
            path = path.rpartition("/")[0]
        else:
            return path
    return "/"


def language_switch_url(to: str) -> str:
    """Return this page's own address in the other language.

    A form that was refused is shown at the address it was sent to, which nobody can open: from
    there the switch leads back to the page that the form stood on.
    """
    arguments: dict[str, Any] = {k: v for k, v in request.args.items(multi=False) if k != "lang"}
    view_args = request.view_args or {}
    if request.endpoint is None:
        return f"/?lang={to}"
    if request.method in _UNSAFE:
        return f"{readable_address()}?lang={to}"
    return url_for(request.endpoint, **(arguments | view_args | {"lang": to}))


def register(app: Flask) -> None:
    """Install template helpers, the CSRF check and the security headers."""
    settings = app.config["SETTINGS"]
    app.wsgi_app = _Hardened(app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies,
            x_host=settings.trusted_proxies,
        )  # fmt: skip

    @app.before_request
    def before() -> None:
        g.settings = settings
        _check_csrf()

    app.after_request(_add_headers)
    app.jinja_env.globals.update(
        t=language.t,
        language=language.language,
        language_switch_url=language_switch_url,
        csrf_field=csrf_field,
        csrf_token=csrf_token,
        current_actor=current_actor,
        static_version=static_version,
    )
    app.jinja_env.filters.update(
        yuan=money.yuan,
        day=lambda value: value.isoformat() if value else "",
        moment=lambda value: clock.wall_time(value) if value else "",
        deadline=lambda value: clock.deadline(value) if value else "",
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
