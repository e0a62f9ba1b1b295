"""One try: post a body to an address that was checked, within a time that holds nobody else up."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache

from marketplace import clock
from marketplace.endpoints.addresses import Target, checked_addresses, read_target
from marketplace.endpoints.errors import AddressRefused

CONNECT_SECONDS = 5.0
# For all of it: an endpoint takes what it is told and works on it later.
ALL_SECONDS = 10.0
LONGEST_ANSWER = 1000
LONGEST_PAUSE_SECONDS = 24 * 60 * 60
SUCCEEDED = range(200, 300)
GONE = 410
_ASK_FOR_PATIENCE = (429, 503)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: a status and the beginning of the answer, or the kind of failure."""

    status: int | None
    duration_ms: int
    failure: str | None = None
    answer: str = ""
    retry_after_seconds: int | None = None

    @property
    def is_taken(self) -> bool:
        return self.status in SUCCEEDED

    @property
    def is_gone(self) -> bool:
        return self.status == GONE

    @property
    def asks_for_rest(self) -> bool:
        """Tell whether others for the same endpoint had better wait too."""
        return self.status is None or self.status in _ASK_FOR_PATIENCE


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address; the name is for the certificate and the Host header."""

    def __init__(self, target: Target, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._address = address
        self._context = context

    def connect(self) -> None:
        """Connect to the address; nothing is resolved again."""
        raw = socket.create_connection((self._address, self.port), timeout=CONNECT_SECONDS)
        try:
            raw.settimeout(ALL_SECONDS)
            self.sock = (
                raw
                if self._context is None
                else self._context.wrap_socket(raw, server_hostname=self.host)
            )
        except BaseException:
            raw.close()
            raise

    def cut(self) -> None:
        """End it at once, whatever is being read; called by another thread."""
        sock = self.sock
        if sock is not None:
            try:
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except OSError:
                return


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    loopback: bool = False,
    context: ssl.SSLContext | None = None,
) -> Outcome:
    """Post once; never raises for what the other side does. Follows no redirects.

    Never inside a transaction. ``context`` is for an authority of one's own.
    """
    began = time.monotonic()
    try:
        target = read_target(url, loopback=loopback)
        addresses = checked_addresses(target, loopback=loopback)
        context = context or _trust() if target.is_secure else None
        connection = _connect(target, addresses, context)
        return _ask(connection, target, body, headers, began)
    except AddressRefused as refused:
        return _failed(refused.failure, began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Only what kind of failure: an error's words may hold addresses.
        return _failed(type(error).__name__, began)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _failed(failure: str, began: float) -> Outcome:
    return Outcome(None, _since(began), failure)


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _connect(target: Target, addresses: list[str], context: ssl.SSLContext | None) -> _Pinned:
    """Connect to the first of the checked addresses that answers."""
    for address in addresses[:-1]:
        connection = _Pinned(target, address, context)
        try:
            connection.connect()
        except OSError:
            connection.close()
        else:
            return connection
    connection = _Pinned(target, addresses[-1], context)
    connection.connect()
    return connection


def _ask(
    connection: _Pinned, target: Target, body: bytes, headers: Mapping[str, str], began: float
) -> Outcome:
    # A time limit on each read is none on the whole: whoever sends a byte a second never ends.
    alarm = threading.Timer(max(0.0, ALL_SECONDS - (time.monotonic() - began)), connection.cut)
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(
            "POST", target.path, body, {**headers, "Host": target.authority, "Connection": "close"}
        )
        response = connection.getresponse()
        answer = response.read(LONGEST_ANSWER)
        return Outcome(
            response.status,
            _since(began),
            failure=None if response.status in SUCCEEDED else f"HTTP {response.status}",
            answer=answer.decode(errors="replace").replace("\x00", "�"),
            retry_after_seconds=_retry_after(response.getheader("Retry-After")),
        )
    finally:
        alarm.cancel()
        connection.close()


def _retry_after(header: str | None) -> int | None:
    """Read seconds or a date, bounded; None if there is neither."""
    if header is None:
        return None
    if header.strip().isdecimal() and header.isascii():
        seconds = int(header.strip()[:9])
    else:
        try:
            moment: datetime = parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        seconds = int((moment - clock.now()).total_seconds())
    return min(max(seconds, 0), LONGEST_PAUSE_SECONDS)
