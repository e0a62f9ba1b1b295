"""Calls to other services over HTTP: one try, a time limit, no redirects, an answer of bounded size.

Never inside a transaction: nothing is locked while somebody else takes their time.
"""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 8
LONGEST_ANSWER = 512 * 1024


class Unreachable(Exception):
    """The other side did not answer; whether it did what was asked is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes


def call(
    base: str,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = TIMEOUT_SECONDS,
) -> Answer:
    """Send one request to ``base`` (scheme, host, port) and return the answer; raises Unreachable.

    The exception names a kind of failure only: addresses and headers may hold secrets.
    """
    connection = _connect(base, timeout)
    try:
        connection.request(method, target, body or None, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(type(error).__name__) from None
    finally:
        connection.close()


def _connect(base: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(base)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=timeout)
