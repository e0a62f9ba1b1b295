"""Idempotency keys: a creating request that is sent twice has one effect and one answer.

Same key and body: the first answer again. Same key, different body or route: 422.
First request still running: 409. Keys belong to an account and live for three days.
"""

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

from flask import Response, make_response, request
from sqlalchemy import Index, delete
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, jobs
from marketplace.database import Instant, Model, db, last_step_left_open, transaction
from marketplace.errors import BadRequest, Conflict, Unprocessable
from marketplace.identity.actor import current_actor
from marketplace.language import Text
from marketplace.statements import execute, fetch_first, fetch_one

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
    a provider in between): the first thing they do is a transaction, which commits the key as
    well; the answer is committed last, with the view's ``transaction(is_last=True)`` if it has one.
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


class _Earlier(NamedTuple):
    """What a key was used for before, and what it was answered (no status while in flight)."""

    fingerprint: bytes
    status: int | None
    body: str | None
    content_type: str | None
    location: str | None


# These run on every purchase, so they are written out: building them anew costs more than running.
_LOCK = """
select free.is_free, k.fingerprint, k.status, k.body, k.content_type, k.location
from (select pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0)) as is_free) as free
left join idempotency_keys as k on k.account_id = %(account_id)s and k.key = %(key)s
"""
_KEEP = """
insert into idempotency_keys
  (account_id, key, fingerprint, created_at, status, body, content_type, location)
values (%(account_id)s, %(key)s, %(fingerprint)s, %(created_at)s,
        %(status)s, %(body)s, %(content_type)s, %(location)s)
on conflict do nothing returning key
"""
_CLAIM = """
with free as materialized (
  select pg_try_advisory_xact_lock(hashtextextended(%(name)s, 0)) as is_free
), claimed as (
  insert into idempotency_keys as k (account_id, key, fingerprint, created_at)
  select %(account_id)s::uuid, %(key)s, %(fingerprint)s::bytea, %(created_at)s::timestamptz
  from free where is_free
  on conflict (account_id, key) do update set created_at = excluded.created_at
  where k.status is null and k.fingerprint = excluded.fingerprint
    and k.created_at < %(abandoned_before)s
  returning key
)
select exists (select from claimed) as is_claimed,
       k.fingerprint, k.status, k.body, k.content_type, k.location
from free left join idempotency_keys as k on k.account_id = %(account_id)s and k.key = %(key)s
"""
_FINISH = """
update idempotency_keys
set status = %(status)s, body = %(body)s, content_type = %(content_type)s, location = %(location)s
where account_id = %(account_id)s and key = %(key)s
"""
# Only the claim of this very request: once it is rolled back, the key may be another's.
_FORGET = """
delete from idempotency_keys
where account_id = %(account_id)s and key = %(key)s and created_at = %(created_at)s
  and status is null
"""


def _answer_at_once(account_id: uuid.UUID, key: str, run: Callable[[], Response]) -> Response:
    mine = _mine(account_id, key)
    with transaction():
        # The lock takes the key for this transaction and finds its earlier answer in one round
        # trip. An answer committed between the two is not seen; the row's own key then refuses.
        is_free, *earlier = fetch_one(_LOCK, mine)
        if earlier[0] is not None:
            return _replay(_Earlier(*earlier), mine)
        if not is_free:
            raise RequestInFlight
        response = run()
        if fetch_first(_KEEP, mine | _stored(response)) is None:
            raise RequestInFlight
        return response


def _answer_in_steps(account_id: uuid.UUID, key: str, run: Callable[[], Response]) -> Response:
    """The key is committed by the view's first transaction, the answer with its last."""
    mine = _mine(account_id, key)
    limit = {"abandoned_before": mine["created_at"] - ABANDONED_AFTER}
    is_claimed, *earlier = fetch_one(_CLAIM, mine | limit)
    if not is_claimed:
        if earlier[0] is None:
            raise RequestInFlight
        return _replay(_Earlier(*earlier), mine)
    try:
        with last_step_left_open():
            response = run()
    except BaseException:
        with transaction():
            execute(_FORGET, mine)
        raise
    with transaction():
        execute(_FINISH, mine | _stored(response))
    return response


def _mine(account_id: uuid.UUID, key: str) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "key": key,
        "name": f"{account_id} {key}",
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


def _replay(earlier: _Earlier, mine: dict[str, Any]) -> Response:
    if earlier.fingerprint != mine["fingerprint"]:
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
