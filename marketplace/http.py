"""The JSON API's grammar: blueprints, schemas, permissions, paging, versions, raw JSON answers."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import wraps
from typing import Any, BinaryIO

import marshmallow
import orjson
from flask import Response, request, send_file
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, fields, validate
from webargs.flaskparser import FlaskParser

from marketplace import audit
from marketplace.cursors import MAX_LIMIT
from marketplace.database import transaction
from marketplace.errors import (
    BadRequest,
    Forbidden,
    PreconditionFailed,
    PreconditionRequired,
    Unauthenticated,
    UnsupportedMediaType,
)
from marketplace.idempotency import idempotent
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.permissions import NEEDS_STEP_UP, Permission
from marketplace.problems import ProblemSchema

__all__ = [
    "FILE",
    "ApiBlueprint",
    "JsonApi",
    "ListQuerySchema",
    "Schema",
    "attached",
    "attached_file",
    "check",
    "check_if_match",
    "etag_of",
    "idempotent",
    "json_response",
    "requires",
]

# How an answer that is a file is described.
FILE = {"type": "string", "format": "binary"}
JSON_TYPES = ("application/json", "application/merge-patch+json")


class Schema(marshmallow.Schema):
    """Base of every schema: unknown fields in a body are refused, whoever sends a price or total."""

    class Meta:
        unknown = RAISE


class ListQuerySchema(Schema):
    """The query of every list: how many, and behind which cursor."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, MAX_LIMIT))
    after = fields.String(load_default=None, validate=validate.Length(max=500))


class _JsonParser(FlaskParser):
    """Reads bodies strictly: another content type is 415, unreadable JSON 400."""

    # Unknown parameters are refused in queries too: a misspelt filter must not answer "everything".
    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - declared so by webargs
        "json": None, "query": RAISE, "form": RAISE, "files": RAISE,
        "headers": marshmallow.EXCLUDE, "cookies": marshmallow.EXCLUDE, "view_args": RAISE,
    }  # fmt: skip

    def load_json(self, req: Any, schema: Any) -> Any:
        if req.mimetype not in JSON_TYPES:
            raise UnsupportedMediaType(
                Text("请以 application/json 提交", "Send the body as application/json")
            )
        try:
            return orjson.loads(req.get_data())
        except orjson.JSONDecodeError:
            raise BadRequest(Text("请求体不是有效的 JSON", "The body is not valid JSON")) from None


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint of the JSON API; every route carries ``@requires``."""

    ARGUMENTS_PARSER = _JsonParser()

    def __init__(self, name: str, import_name: str, *, url_prefix: str, description: str) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix, description=description)

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read arguments by one instance of a schema: a class would be instantiated per request,
        which copies every field of it and of the schemas in it.
        """
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)


class JsonApi(Api):  # type: ignore[misc]
    """flask-smorest with problem documents as its errors (rendered by ``marketplace.problems``)."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Problems are rendered in one place for API and pages; see ``marketplace.problems``."""

    def _openapi_json(self) -> Response:
        return json_response(orjson.dumps(_in_ecma_patterns(self.spec.to_dict())))


def _in_ecma_patterns(value: Any) -> Any:
    """Rewrite Python's anchors in patterns: JSON Schema's dialect (ECMA-262) knows ^ and $ only."""
    if isinstance(value, dict):
        return {
            key: inner.replace(r"\A", "^").replace(r"\Z", "$")
            if key == "pattern" and isinstance(inner, str)
            else _in_ecma_patterns(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_in_ecma_patterns(inner) for inner in value]
    return value


def requires(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare who may call a view: 401 without an account, 403 (audited) without the permission.

    Stands directly under the route, above argument parsing, so that a stranger learns nothing
    about the body's form. Also names the OpenAPI operation after the view.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if permission is not Permission.PUBLIC:
                check(permission)
            return view(*args, **kwargs)

        guarded._permission = permission  # type: ignore[attr-defined]
        apidoc = deepcopy(getattr(view, "_apidoc", {}))
        manual = apidoc.setdefault("manual_doc", {})
        manual.setdefault("operationId", view.__name__)
        if permission is Permission.PUBLIC:
            manual["security"] = []
        if getattr(view, "_accepts_idempotency_key", False):
            parameters = apidoc.setdefault("arguments", {}).setdefault("parameters", [])
            parameters.append(_IDEMPOTENCY_PARAMETER)
        guarded._apidoc = apidoc  # type: ignore[attr-defined]
        return guarded

    return decorate


_IDEMPOTENCY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Repeat the request with the same key: one effect, the same answer.",
}


def check(permission: Permission) -> None:
    """Raise Unauthenticated or Forbidden unless the caller holds the permission; audit a denial."""
    actor = current_actor()
    if actor.is_anonymous:
        raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
    if not actor.can(permission):
        with transaction():
            audit.record(
                "access.denied", "route", request.endpoint or "", actor=actor,
                after={"permission": str(permission), "method": request.method},
            )  # fmt: skip
        raise Forbidden
    if permission in NEEDS_STEP_UP:
        actor.require_step_up()


def etag_of(version: int) -> str:
    """Return the entity tag of a row's version."""
    return f'"v{version}"'


def check_if_match(version: int) -> None:
    """Refuse a change that was made on another version of the row (412), or on none (428)."""
    if not request.if_match:
        raise PreconditionRequired
    if not request.if_match.contains(f"v{version}"):
        raise PreconditionFailed


def json_response(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON bytes that are already encoded (hot routes)."""
    return Response(body, status, headers, content_type="application/json")


def attached(body: bytes, content_type: str, name: str) -> Response:
    """Answer with a file to be kept; ``name`` is ours, plain ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=content_type, headers=headers)


def attached_file(file: BinaryIO, content_type: str, name: str) -> Response:
    """Answer with a file that may be large, read piece by piece and closed at the end."""
    return send_file(file, mimetype=content_type, as_attachment=True, download_name=name)
