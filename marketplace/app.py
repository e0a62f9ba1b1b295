"""The application factory; the only module that puts the domains together."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import rjieba
from flask import Flask, Request, Response, redirect, render_template
from flask.json.provider import JSONProvider
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.wrappers import Response as AnyResponse

from config.settings import Settings
from marketplace import (
    capabilities,
    compressing,
    layout,
    limits,
    migrating,
    observing,
    pages,
    problems,
    statements,
)
from marketplace.database import db
from marketplace.http import JsonApi, requires
from marketplace.permissions import Permission

API_PREFIX = "/api/v1"
# Routes of Flask and flask-smorest themselves, public by nature; all others carry ``@requires``.
PUBLIC_ENDPOINTS = frozenset({"static", "api-docs.openapi_json"})
MAX_BODY_BYTES = 12 * 1024 * 1024


class OrjsonProvider(JSONProvider):
    """JSON by orjson: Chinese stays readable, and it is fast."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        option = orjson.OPT_INDENT_2 if kwargs.get("indent") else 0
        return orjson.dumps(obj, default=str, option=option | orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)


class NoFlaskSession(SessionInterface):
    """Flask's own cookie session is not used: page sessions are rows (``identity``)."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


class Marketplace(Flask):
    """Flask, whose views are all plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: asking of each whether it is a coroutine costs every request."""
        return func


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector still: what a start loads stays, and walking it again took a third of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@uncollected()
def create_app(settings: Settings) -> Flask:
    """Make the web application; every capability found on disk is registered."""
    app = Marketplace("marketplace", static_folder="static", template_folder="templates")
    app.json = OrjsonProvider(app)
    app.session_interface = NoFlaskSession()
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        MIGRATION_HEAD=migrating.head(),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=60 * 60 * 24 * 365,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        API_TITLE="结对集市 Jiedui",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=API_PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    db.init_app(app)
    observing.register(app)
    problems.register(app)
    limits.register(app)
    pages.register(app)
    layout.register(app)
    compressing.register(app)
    _register_capabilities(app)
    # The segmenter's dictionary is read now, before the server forks, and shared by all workers.
    rjieba.cut("结对集市")
    return app


def _engine_options(settings: Settings) -> dict[str, Any]:
    timeouts = (
        f"-c statement_timeout={settings.statement_timeout_ms} "
        "-c lock_timeout=8000 -c idle_in_transaction_session_timeout=30000"
    )
    return {
        "pool_size": settings.database_pool_size,
        "max_overflow": 4,
        "pool_timeout": 5,
        "pool_use_lifo": True,
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "pool_events": [(statements.keep_prepared, "connect")],
        "connect_args": {"options": timeouts, "connect_timeout": 3},
    }


def _register_capabilities(app: Flask) -> None:
    """Register what stands in each capability's fixed files."""
    for file_name in ("models", "jobs"):
        capabilities.modules(file_name)
    spec = {
        "info": {"description": "结对集市开放接口：金额以分为单位，时间为带时区的 RFC 3339。"},
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "security": [{"bearer": []}],
    }
    api = JsonApi(app, spec_kwargs=spec)
    for module in capabilities.modules("views"):
        api.register_blueprint(module.blp)
    for response in api.spec.components.responses.values():
        # Failures are problem documents (RFC 9457), whatever type the library assumes.
        response["content"] = {"application/problem+json": response["content"]["application/json"]}
    for file_name, attribute in (("pages", "blueprint"), ("webhooks", "hooks")):
        for module in capabilities.modules(file_name):
            if hasattr(module, attribute):
                app.register_blueprint(getattr(module, attribute))
    for module in capabilities.modules("commands"):
        for command in module.COMMANDS:
            app.cli.add_command(command)

    @app.get(f"{API_PREFIX}/docs")
    @requires(Permission.PUBLIC)
    def api_reference() -> str:
        """The API's reference page."""
        return render_template("api_reference.html")

    @app.get("/favicon.ico")
    @requires(Permission.PUBLIC)
    def favicon() -> AnyResponse:
        """The icon that browsers ask for by themselves."""
        return redirect("/static/icon.svg", 301)

    @app.get("/robots.txt")
    @requires(Permission.PUBLIC)
    def robots() -> Response:
        """What crawlers may read: the public catalogue."""
        body = "User-agent: *\nDisallow: /api/\nDisallow: /sandbox/\n"
        return Response(body, content_type="text/plain")
