"""Whoever calls over HTTP and does not give up: the same request again until it is answered."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.torture.records import Records
from benchmarks.torture.world import Shopper, World

PATIENCE_SECONDS = 170.0
PAUSE_SECONDS = 0.1


class Stuck(Exception):
    """A step was not answered within all the time a caller has, or was refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    cookie: str

    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Calls as one account."""

    def __init__(self, world: World, shopper: Shopper, records: Records) -> None:
        self.world, self.shopper, self.records = world, shopper, records

    def persist(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer:
        """Send a request until it is answered; raises Stuck when it is refused, or nothing helps."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.call(method, path, body, key=key)
            if answer is not None and answer.status < 400:
                return answer
            # 409: the first request under this key is still running, or died a moment ago.
            if answer is not None and 400 <= answer.status < 500 and answer.status != 409:
                raise Stuck(f"{method} {path}: {answer.status} {answer.body.decode()[:500]}")
            self.pause(deadline, f"{method} {path}: {answer.status if answer else 'no answer'}")

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer | None:
        """Call the API once; None when the connection was lost before an answer came."""
        headers = {} if path.startswith("/sandbox/") else self._credentials()
        if key is not None:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.send(method, path, None if body is None else json.dumps(body).encode(), headers)

    def _credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.shopper.token}"}

    def send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer | None:
        """Send one request; None when the connection was lost before an answer came."""
        if body is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        connection = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            cookie = (response.getheader("Set-Cookie") or "").split(";")[0]
            answer = Answer(response.status, response.read(), cookie)
        except (OSError, http.client.HTTPException):
            self.records.count("gone")
            return None
        finally:
            connection.close()
        if answer.status >= 500:
            self.records.count("5xx")
        return answer

    def pause(self, deadline: float, waiting_for: str) -> None:
        """Wait a moment; raises Stuck when the deadline is over."""
        if time.monotonic() > deadline:
            raise Stuck(f"no progress within {PATIENCE_SECONDS:.0f} s: {waiting_for}")
        time.sleep(PAUSE_SECONDS)
