"""Idempotency keys: a creating request that is sent twice has one effect and one answer.

Same key and body: the first answer again. Same key, different body or route: 422.
First request still running: 409. Keys belong to an account and live for three days.
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import Response, make_response, request
from sqlalchemy import Index, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, jobs
from marketplace.database import Instant, Model, db, transaction
from marketplace.errors import BadRequest, Conflict, Unprocessable
from marketplace.identity.actor import current_actor
from marketplace.language import Text

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=3)
# A request that began this long ago and never finished was killed; its key may be taken over.
ABANDONED_AFTER = timedelta(minutes=2)


class IdempotencyKey(Model):
    """One key of one account, with the answer it got (``status`` is null while in flight)."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "created_at"),)

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    body: Mapped[str | None]
    content_type: Mapped[str | None]
    location: Mapped[str | None]
    created_at: Mapped[Instant]


class IdempotencyKeyMalformed(BadRequest):
    title = Text(
        "Idempotency-Key 请求头须为 1 至 255 个可见 ASCII 字符",
        "Idempotency-Key must be 1 to 255 visible ASCII characters",
    )


class IdempotencyKeyReused(Unprocessable):
    title = Text(
        "这个幂等键已用于另一个内容不同的请求",
        "This idempotency key was already used for a different request",
    )


class RequestInFlight(Conflict):
    title = Text(
        "相同的请求正在处理，请稍候再查询结果", "The same request is still being processed"
    )


def idempotent(view: Callable[..., Any] | None = None, *, steps: bool = False) -> Any:
    """Let a creating view accept ``Idempotency-Key``.

    By default key, effect and answer are written in one transaction, which the view's own
    ``transaction()`` joins. ``steps=True`` is for views that commit several times (they call
    a provider in between): the key is committed first and the answer last.
    """

    def decorate(inner: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(inner)
        def answer(*args: Any, **kwargs: Any) -> Any:
            key = request.headers.get(HEADER)
            actor = current_actor()
            if key is None or actor.is_anonymous:
                return inner(*args, **kwargs)
            if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
                raise IdempotencyKeyMalformed
            run = _answer_in_steps if steps else _answer_at_once
            return run(actor.account_id, key, lambda: make_response(inner(*args, **kwargs)))

        answer._accepts_idempotency_key = True  # type: ignore[attr-defined]
        return answer

    return decorate(view) if view is not None else decorate


def _fingerprint() -> bytes:
    parts = (request.method.encode(), request.full_path.encode(), request.get_data())
    return hashlib.sha256(b"\n".join(parts)).digest()


def _answer_at_once(account_id: uuid.UUID, key: str, run: Callable[[], Response]) -> Response:
    with transaction():
        is_free, earlier = _lock(account_id, key)
        if earlier is not None:
            return _replay(earlier)
        if not is_free:
            raise RequestInFlight
        response = run()
        row = _values(account_id, key) | _stored(response)
        statement = insert(IdempotencyKey).values(row).on_conflict_do_nothing()
        if db.session.scalar(statement.returning(IdempotencyKey.key)) is None:
            raise RequestInFlight
        return response


def _lock(account_id: uuid.UUID, key: str) -> tuple[bool, IdempotencyKey | None]:
    """Take the key for this transaction, and find its earlier answer, in one round trip.

    An answer committed between the two is not seen; the row's own key then refuses the second.
    """
    lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{account_id} {key}", 0))
    is_free = select(lock.label("is_free")).subquery()
    mine = (IdempotencyKey.account_id == account_id) & (IdempotencyKey.key == key)
    statement = select(is_free.c.is_free, IdempotencyKey).outerjoin(IdempotencyKey, mine)
    row = db.session.execute(
        statement.select_from(is_free).execution_options(populate_existing=True)
    ).one()
    return row.is_free, row.IdempotencyKey


def _answer_in_steps(account_id: uuid.UUID, key: str, run: Callable[[], Response]) -> Response:
    mine = (IdempotencyKey.account_id == account_id) & (IdempotencyKey.key == key)
    with transaction():
        statement = insert(IdempotencyKey).values(_values(account_id, key))
        claim = statement.on_conflict_do_update(
            index_elements=["account_id", "key"],
            set_={"created_at": statement.excluded.created_at},
            where=IdempotencyKey.status.is_(None)
            & (IdempotencyKey.fingerprint == statement.excluded.fingerprint)
            & (IdempotencyKey.created_at < clock.now() - ABANDONED_AFTER),
        )
        claimed = db.session.scalar(claim.returning(IdempotencyKey.key)) is not None
        earlier = None if claimed else _find(account_id, key)
    if not claimed:
        if earlier is None:
            raise RequestInFlight
        return _replay(earlier)
    try:
        response = run()
    except BaseException:
        with transaction():
            db.session.execute(delete(IdempotencyKey).where(mine))
        raise
    with transaction():
        db.session.execute(update(IdempotencyKey).where(mine).values(_stored(response)))
    return response


def _find(account_id: uuid.UUID, key: str) -> IdempotencyKey | None:
    return db.session.get(IdempotencyKey, (account_id, key), populate_existing=True)


def _values(account_id: uuid.UUID, key: str) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "key": key,
        "fingerprint": _fingerprint(),
        "created_at": clock.now(),
    }


def _stored(response: Response) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "body": response.get_data(as_text=True),
        "content_type": response.content_type,
        "location": response.headers.get("Location"),
    }


def _replay(earlier: IdempotencyKey) -> Response:
    if earlier.fingerprint != _fingerprint():
        raise IdempotencyKeyReused
    if earlier.status is None:
        raise RequestInFlight
    response = Response(earlier.body, earlier.status, content_type=earlier.content_type)
    if earlier.location:
        response.headers["Location"] = earlier.location
    response.headers["Idempotency-Replayed"] = "true"
    return response


@jobs.periodic("17 * * * *", "marketplace.drop_old_idempotency_keys")
def drop_old_idempotency_keys() -> None:
    """Delete keys older than three days."""
    limit: datetime = clock.now() - KEPT_FOR
    with transaction():
        db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < limit))
