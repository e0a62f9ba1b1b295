"""The sandbox's notices: written in the transaction of what they tell, signed and posted later.

A notice is posted until it is answered with 2xx, with growing pauses, and by its switches more
than once. It is signed when it is sent, over its raw bytes and the moment of sending.
"""

import hashlib
import hmac
import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, text

from marketplace import clock
from marketplace.ids import new_id
from orders.payments.sandbox.database import own_transaction
from orders.payments.sandbox.switches import Switches

SIGNATURE_HEADER = "Sandbox-Signature"
TIMEOUT_SECONDS = 10
# Pauses between tries, in seconds; after the last the provider gives up, as real ones do.
PAUSES = (1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400)


def sign(secret: str, raw: bytes, sent_at: datetime) -> str:
    """Return the signature header of a notice: the moment of sending and an HMAC over both."""
    moment = int(sent_at.timestamp())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + raw, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def write_notice(
    connection: Connection,
    payment: Row[Any],
    *,
    kind: str,
    data: dict[str, Any],
    switches: Switches,
    after: timedelta = timedelta(0),
) -> None:
    """Write a notice to be sent, unless the payment's switches keep it silent."""
    if switches.is_silent:
        return
    event_id = f"evt_{new_id().hex}"
    now = clock.now()
    body = {
        "id": event_id,
        "kind": kind,
        "merchant": payment.merchant,
        "created_at": now.isoformat(),
        "data": data,
    }
    connection.execute(
        text(
            "INSERT INTO sandbox.events (id, notify_url, body, copies_left, due_at) "
            "VALUES (:id, :notify_url, :body, :copies, :due_at)"
        ),
        {
            "id": event_id,
            "notify_url": payment.notify_url,
            "body": json.dumps(body),
            "copies": max(switches.copies, 1),
            "due_at": now + timedelta(milliseconds=switches.delay_ms) + after,
        },
    )


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a round of sending did, and when the next notice within reach is due."""

    sent: int
    next_due_at: datetime | None


def deliver_due(secret: str, *, limit: int = 100) -> Delivered:
    """Send the notices that are due; a sender killed half-way sends them again."""
    claimed = _claim(limit)
    for event in claimed:
        _send(secret, event)
    with own_transaction() as connection:
        next_due_at = connection.scalar(
            text("SELECT min(due_at) FROM sandbox.events WHERE done_at IS NULL")
        )
    return Delivered(len(claimed), next_due_at)


# What an UPDATE returns has no order of its own, and news is sent in the order it fell due.
_CLAIM = text("""
WITH due AS (
    SELECT id, due_at FROM sandbox.events
    WHERE done_at IS NULL AND due_at <= :now
    ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE sandbox.events AS e SET tries = e.tries + 1, due_at = :again_at
    FROM due WHERE e.id = due.id
    RETURNING e.id, e.notify_url, e.body, e.copies_left, e.tries, due.due_at AS was_due_at
)
SELECT id, notify_url, body, copies_left, tries FROM claimed ORDER BY was_due_at, id
""")


def _claim(limit: int) -> Sequence[Row[Any]]:
    now = clock.now()
    asked = {"now": now, "again_at": now + timedelta(seconds=60), "limit": limit}
    with own_transaction() as connection:
        return connection.execute(_CLAIM, asked).all()


def _send(secret: str, event: Row[Any]) -> None:
    raw = event.body.encode()
    answer = _post(event.notify_url, raw, sign(secret, raw, clock.now()))
    now = clock.now()
    if answer.isdecimal() and 200 <= int(answer) < 300:
        done_at = now if event.copies_left <= 1 else None
        changes = {"copies_left": event.copies_left - 1, "done_at": done_at, "due_at": now}
    else:
        gives_up = event.tries > len(PAUSES)
        pause = PAUSES[min(event.tries, len(PAUSES)) - 1]
        changes = {
            "copies_left": event.copies_left,
            "done_at": now if gives_up else None,
            "due_at": now + timedelta(seconds=pause),
        }
    with own_transaction() as connection:
        connection.execute(
            text(
                "UPDATE sandbox.events SET copies_left = :copies_left, done_at = :done_at, "
                "due_at = :due_at, last_answer = :answer WHERE id = :id"
            ),
            {**changes, "answer": answer, "id": event.id},
        )


def _post(url: str, raw: bytes, signature: str) -> str:
    """Post a notice; return the status, or the name of what went wrong. Follows no redirects."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(
            "POST",
            parts.path,
            body=raw,
            headers={"Content-Type": "application/json", SIGNATURE_HEADER: signature},
        )
        response = connection.getresponse()
        response.read()
        return str(response.status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
