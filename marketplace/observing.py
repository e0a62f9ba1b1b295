"""What operators see: request ids, JSON logs, metrics, liveness and readiness."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, g, has_request_context, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.database import db
from marketplace.http import requires
from marketplace.permissions import Permission

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = logging.getLogger("marketplace.requests")

registry = CollectorRegistry()
REQUESTS = Counter(
    "jiedui_requests_total",
    "Requests answered",
    ["endpoint", "method", "status"],
    registry=registry,
)
SECONDS = Histogram(
    "jiedui_request_seconds", "Seconds to answer", ["endpoint"], registry=registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip

Gauges = Callable[[], Iterable[GaugeMetricFamily]]
_measured: list[Gauges] = []

blueprint = Blueprint("observing", __name__)


def measure_with(gauges: Gauges) -> None:
    """Have figures of the database read whenever the metrics are; called by who owns them."""
    if gauges not in _measured:
        _measured.append(gauges)


class _Measured(Collector):
    """What is true of the database, the same in every process."""

    def collect(self) -> Iterator[Metric]:
        """Read the figures; without a database there are none, and the others are still told."""
        try:
            for gauges in _measured:
                yield from gauges()
        except SQLAlchemyError as error:
            db.session.rollback()
            log.warning("no figures of the database: %s", type(error).__name__)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the request id; personal data never reaches a log."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            entry["request_id"] = g.get("request_id")
        extra = getattr(record, "data", None)
        if extra:
            entry.update(extra)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def configure_logging(level: str) -> None:
    """Send every logger to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("procrastinate").setLevel("WARNING")


def register(app: Flask) -> None:
    """Install request ids, request log and metrics, and the operators' routes."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_blueprint(blueprint)


def _begin() -> None:
    given = request.headers.get("X-Request-Id")
    is_good = given is not None and _REQUEST_ID.fullmatch(given)
    g.request_id = given if is_good else secrets.token_hex(16)
    g.began = time.perf_counter()


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    endpoint = request.endpoint or "none"
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    REQUESTS.labels(endpoint, request.method, response.status_code).inc()
    SECONDS.labels(endpoint).observe(seconds)
    if log.isEnabledFor(logging.INFO):
        log.info(
            "request",
            extra={
                "data": {
                    "method": request.method,
                    "endpoint": endpoint,
                    "status": response.status_code,
                    "ms": round(seconds * 1000, 1),
                }
            },
        )
    return response


@blueprint.route("/healthz")
@requires(Permission.PUBLIC)
def healthz() -> Response:
    """Alive: the process answers."""
    return Response("ok\n", content_type="text/plain")


@blueprint.route("/readyz")
@requires(Permission.PUBLIC)
def readyz() -> Response:
    """Ready: database reachable, schema at the code's revision, job queue present."""
    checks: dict[str, str] = {}
    try:
        revision = db.session.scalar(text("select version_num from alembic_version"))
        expected = current_app.config["MIGRATION_HEAD"]
        checks["database"] = "ok"
        checks["migrations"] = "ok" if revision == expected else f"{revision} ≠ {expected}"
        db.session.execute(text("select 1 from procrastinate_jobs limit 1"))
        checks["queue"] = "ok"
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("not ready: %s", type(error).__name__)
        checks.setdefault("database", "unavailable")
    ready = checks == {"database": "ok", "migrations": "ok", "queue": "ok"}
    body = orjson.dumps({"ready": ready, "checks": checks})
    return Response(body, 200 if ready else 503, content_type="application/json")


@blueprint.route("/metrics")
@requires(Permission.PUBLIC)
def metrics() -> Response:
    """Prometheus metrics of all web processes; outside development only from loopback."""
    if not current_app.config["SETTINGS"].is_development and request.remote_addr != "127.0.0.1":
        return Response(status=404)
    shown = registry
    if current_app.config["SETTINGS"].metrics_dir:
        # Several worker processes: each keeps its figures in a file, and any of them adds up all.
        shown = CollectorRegistry()
        multiprocess.MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
    stored = CollectorRegistry()
    stored.register(_Measured())
    body = generate_latest(shown) + generate_latest(stored)
    return Response(body, content_type="text/plain; version=0.0.4")
