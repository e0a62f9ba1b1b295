"""Rendering of failures: problem+json for programs, a page for people; nothing internal leaks."""

import logging
from typing import Any

import marshmallow
import orjson
import psycopg
from flask import Flask, Response, g, redirect, render_template, request
from marshmallow import fields
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, UnprocessableEntity
from werkzeug.wrappers import Response as AnyResponse

from marketplace import errors, messages, pages
from marketplace.database import db
from marketplace.errors import Problem
from marketplace.language import Text, language

log = logging.getLogger(__name__)


class ProblemSchema(marshmallow.Schema):
    """An RFC 9457 problem document."""

    type = fields.String(metadata={"description": "A URI reference that names the kind"})
    title = fields.String(metadata={"description": "What happened, in the caller's language"})
    status = fields.Integer()
    detail = fields.String(metadata={"description": "What happened this time"})
    code = fields.String(metadata={"description": "Stable machine-readable name"})
    fields_ = fields.Dict(
        data_key="fields",
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "The inputs at fault and why"},
    )
    request_id = fields.String()


_BY_STATUS: dict[int, type[Problem]] = {
    400: errors.BadRequest,
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    412: errors.PreconditionFailed,
    413: errors.PayloadTooLarge,
    415: errors.UnsupportedMediaType,
    422: errors.Unprocessable,
    428: errors.PreconditionRequired,
    429: errors.TooManyRequests,
    503: errors.Unavailable,
}


class MethodNotAllowed(Problem):
    status = 405
    title = Text("该地址不支持这种请求方法", "This address does not support the method")


class InternalError(Problem):
    status = 500
    title = Text(
        "系统出了问题，我们已记录，请稍后再试",
        "Something went wrong on our side; it has been recorded",
    )


def wants_html() -> bool:
    """Tell whether the failure is shown to a person: any path outside the API and webhooks."""
    machine = request.path.startswith(("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics"))
    return not machine and request.accept_mimetypes.accept_html


def document(problem: Problem) -> dict[str, Any]:
    """Return the problem document in the language of the request."""
    body: dict[str, Any] = {
        "type": f"urn:jiedui:problem:{problem.code}",
        "title": str(problem.title),
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail is not None:
        body["detail"] = str(problem.detail)
    if problem.fields:
        body["fields"] = {name: [str(text)] for name, text in problem.fields.items()}
    for name, value in problem.extra.items():
        body[name] = str(value) if isinstance(value, Text) else value
    body["request_id"] = g.get("request_id")
    return body


def render(problem: Problem) -> Response:
    """Answer with a problem, as a page or as problem+json."""
    if wants_html():
        html = render_template("problem.html", problem=problem, request_id=g.get("request_id"))
        response = Response(html, problem.status, content_type="text/html; charset=utf-8")
    else:
        response = Response(
            orjson.dumps(document(problem), default=str),
            problem.status,
            content_type="application/problem+json",
        )
        response.headers["Content-Language"] = "zh-CN" if language() == "zh" else "en"
    response.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def _is_reloaded_form() -> bool:
    """Tell whether a browser opens an address that only takes what a form sends."""
    accepted = request.headers.get("Accept", "")
    return request.method in ("GET", "HEAD") and wants_html() and "text/html" in accepted


def _from_http(error: HTTPException) -> AnyResponse | HTTPException:
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, UnprocessableEntity) and hasattr(error, "data"):
        return _from_validation(error.data.get("messages", {}))
    if error.code == 405 and _is_reloaded_form():
        # A form's own address, opened again (a reload after a refusal): back to where it stood.
        query = request.query_string.decode("ascii", "ignore")
        return redirect(f"{pages.readable_address()}{'?' if query else ''}{query}", 303)
    if error.code == 405:
        problem: Problem = MethodNotAllowed()
        problem.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
        return render(problem)
    kind = _BY_STATUS.get(error.code)
    if kind is None:
        kind = errors.BadRequest if error.code < 500 else InternalError
    problem = kind()
    if error.code == 429:
        problem.headers["Retry-After"] = str(getattr(error, "retry_after", None) or 60)
    return render(problem)


def _from_validation(by_location: dict[str, Any]) -> Response:
    flat: dict[str, list[str]] = {}
    for inner in by_location.values():
        messages.flatten(inner, "", flat)
    problem = errors.Unprocessable()
    body = document(problem)
    body["fields"] = {
        name: [str(messages.translate(sentence)) for sentence in sentences]
        for name, sentences in flat.items()
    }
    if wants_html():
        return render(problem)
    return Response(orjson.dumps(body), 422, content_type="application/problem+json")


def _from_database(error: DBAPIError | PoolTimeout) -> Response:
    db.session.rollback()
    original = getattr(error, "orig", None)
    passing = isinstance(error, PoolTimeout) or isinstance(
        original,
        psycopg.OperationalError
        | psycopg.errors.QueryCanceled
        | psycopg.errors.DeadlockDetected
        | psycopg.errors.SerializationFailure,
    )
    if isinstance(original, psycopg.DataError):
        # A value the database cannot hold slipped past the schemas: the caller's input is at fault.
        log.warning("database refused a value", exc_info=error)
        return render(errors.Unprocessable())
    if not passing:
        return _unexpected(error)
    log.warning("database unavailable: %s", type(original or error).__name__)
    return render(errors.Unavailable(headers={"Retry-After": "2"}))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected %s", type(error).__name__, exc_info=error)
    return render(InternalError())


def register(app: Flask) -> None:
    """Install the handlers; in tests an unexpected error is still a 500 page, and is logged."""
    app.register_error_handler(Problem, render)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(DBAPIError, _from_database)
    app.register_error_handler(PoolTimeout, _from_database)
    app.register_error_handler(Exception, _unexpected)
