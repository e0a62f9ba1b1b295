"""What an endpoint receives: the body, and a signature after the Standard Webhooks convention.

``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body`` under the
secret's bytes; with two valid secrets it holds two, a blank between them.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from marketplace.outbox.models import Event

PREFIX = "whsec_"
VERSION = 1
TEST = "webhook.test"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Make a secret in the form in which receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(
    valid_secrets: Sequence[str], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of one try; a repeat has the same id, a fresh time and signature."""
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Jiedui-Webhooks/{VERSION}",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            sign(secret, message_id, timestamp, body) for secret in valid_secrets
        ),
    }


def body_of(event: Event | None, created_at: datetime) -> bytes:
    """Return what is sent: the same bytes at each try. Without an event, a test."""
    if event is None:
        return _dump(TEST, created_at, {})
    owners = {
        name: value
        for name, value in (
            ("cooperative_id", event.cooperative_id),
            ("buying_unit_id", event.buying_unit_id),
        )
        if value is not None
    }
    return _dump(event.kind, event.at, {"id": event.subject_id, **owners, **event.facts})


def _dump(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    told = {"type": kind, "version": VERSION, "timestamp": at.astimezone(UTC), "data": data}
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)
