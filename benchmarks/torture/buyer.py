"""A buyer who does not give up: the same request again, under the same key, until it is answered."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from benchmarks.torture.records import Records
from benchmarks.torture.world import Shopper, World

PATIENCE_SECONDS = 170.0
PAUSE_SECONDS = 0.1
SHIP_TO = {"name": "示例收货人", "phone": "19900000009", "address": "示例路 1 号"}


class Stuck(Exception):
    """A step was not answered within all the time a buyer has, or was refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    cookie: str

    def json(self) -> Any:
        return json.loads(self.body)


class Buyer:
    """Buys over HTTP, writing down what was acknowledged."""

    def __init__(self, world: World, shopper: Shopper, records: Records) -> None:
        self.world, self.shopper, self.records = world, shopper, records
        self._purchases = 0

    def purchase(self) -> None:
        """Place a trade, pay it, and see it paid."""
        trade_id, _ = self.place()
        self.pay(trade_id)
        self.wait_until_paid(trade_id)

    def place(self) -> tuple[UUID, str]:
        """Place a trade of two orders under a new key; give its id and the key."""
        self._purchases += 1
        key = f"torture-{self.shopper.account_id}-{self._purchases}"
        self.records.use_key(self.shopper.account_id)
        lines = [{"sku_id": str(sku_id), "quantity": 1} for sku_id in self.world.sku_ids]
        wanted: dict[str, Any] = {"lines": lines, "ship_to_code": "330783"}
        quote = self._persist("POST", "/api/v1/quotes", wanted).json()
        self._command = wanted | {"quote_digest": quote["quote_digest"], "ship_to": SHIP_TO}
        trade = self._persist("POST", "/api/v1/trades", self._command, key=key).json()
        trade_id = UUID(trade["id"])
        self.records.acknowledge_placed(trade_id, trade["total_fen"])
        return trade_id, key

    def place_again(self, trade_id: UUID, key: str) -> None:
        """Send the last command again: the answer must be the same trade."""
        again = self._persist("POST", "/api/v1/trades", self._command, key=key).json()
        if UUID(again["id"]) != trade_id:
            self.records.count("other_answer")

    def pay(self, trade_id: UUID) -> None:
        """Start the payment and confirm it on the provider's page."""
        body = {"provider": "sandbox"}
        payment = self._persist("POST", f"/api/v1/trades/{trade_id}/payments", body).json()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while payment["redirect_url"] is None and payment["state"] in ("created", "pending"):
            self._pause(deadline, f"payment {payment}")
            payment = self._persist("GET", f"/api/v1/payments/{payment['id']}").json()
        if payment["redirect_url"] is not None:
            self._confirm(urlsplit(payment["redirect_url"]).path)

    def wait_until_paid(self, trade_id: UUID) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (trade := self._persist("GET", f"/api/v1/trades/{trade_id}").json())[
            "state"
        ] != "paid":
            self._pause(deadline, f"trade {trade_id} is {trade['state']}")
        self.records.acknowledge_paid(trade_id)

    def _confirm(self, path: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            page = self._persist("GET", path)
            found = re.search(rb'name="csrf_token" value="([^"]+)"', page.body)
            if found is None:
                return  # decided: the answer to the last try was lost with the worker that gave it
            form = urlencode({"csrf_token": found.group(1).decode(), "decision": "confirm"})
            answer = self._try("POST", path, form.encode(), {"Cookie": page.cookie})
            if answer is not None and answer.status in (302, 303):
                return
            self._pause(deadline, path)

    def _persist(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.shopper.token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            sent = None if body is None else json.dumps(body).encode()
            kind = {} if body is None else {"Content-Type": "application/json"}
            if path.startswith("/sandbox/"):
                headers = {}
            answer = self._try(method, path, sent, headers | kind)
            if answer is not None and answer.status < 400:
                return answer
            # 409: the first request under this key is still running, or died a moment ago.
            if answer is not None and 400 <= answer.status < 500 and answer.status != 409:
                raise Stuck(f"{method} {path}: {answer.status} {answer.body.decode()[:500]}")
            self._pause(deadline, f"{method} {path}: {answer.status if answer else 'no answer'}")

    def _try(
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

    def _pause(self, deadline: float, waiting_for: str) -> None:
        if time.monotonic() > deadline:
            raise Stuck(f"no progress within {PATIENCE_SECONDS:.0f} s: {waiting_for}")
        time.sleep(PAUSE_SECONDS)
