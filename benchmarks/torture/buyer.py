"""A buyer who does not give up: the same request again, under the same key, until it is answered."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from benchmarks.torture.caller import PATIENCE_SECONDS, Caller
from benchmarks.torture.records import Records
from benchmarks.torture.world import Shopper, World

SHIP_TO = {"name": "示例收货人", "phone": "19900000009", "address": "示例路 1 号"}


class Buyer(Caller):
    """Buys over HTTP, writing down what was acknowledged."""

    def __init__(self, world: World, shopper: Shopper, records: Records) -> None:
        super().__init__(world, shopper, records)
        self._purchases = 0
        # The trade placed last.
        self.bought: UUID

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
        quote = self.persist("POST", "/api/v1/quotes", wanted).json()
        self._command = wanted | {"quote_digest": quote["quote_digest"], "ship_to": SHIP_TO}
        trade = self.persist("POST", "/api/v1/trades", self._command, key=key).json()
        trade_id = UUID(trade["id"])
        self.bought = trade_id
        self.records.acknowledge_placed(trade_id, trade["total_fen"])
        return trade_id, key

    def place_again(self, trade_id: UUID, key: str) -> None:
        """Send the last command again: the answer must be the same trade."""
        again = self.persist("POST", "/api/v1/trades", self._command, key=key).json()
        if UUID(again["id"]) != trade_id:
            self.records.count("doubled")

    def pay(self, trade_id: UUID) -> None:
        """Start the payment and confirm it on the provider's page."""
        body = {"provider": "sandbox"}
        payment = self.persist("POST", f"/api/v1/trades/{trade_id}/payments", body).json()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while payment["redirect_url"] is None and payment["state"] in ("created", "pending"):
            self.pause(deadline, f"payment {payment}")
            payment = self.persist("GET", f"/api/v1/payments/{payment['id']}").json()
        if payment["redirect_url"] is not None:
            self._confirm(urlsplit(payment["redirect_url"]).path)

    def wait_until_paid(self, trade_id: UUID) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (trade := self.persist("GET", f"/api/v1/trades/{trade_id}").json())[
            "state"
        ] != "paid":
            self.pause(deadline, f"trade {trade_id} is {trade['state']}")
        self.records.acknowledge_paid(trade_id)

    def _confirm(self, path: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            page = self.persist("GET", path)
            found = re.search(rb'name="csrf_token" value="([^"]+)"', page.body)
            if found is None:
                return  # decided: the answer to the last try was lost with the worker that gave it
            form = urlencode({"csrf_token": found.group(1).decode(), "decision": "confirm"})
            answer = self.send("POST", path, form.encode(), {"Cookie": page.cookie})
            if answer is not None and answer.status in (302, 303):
                return
            self.pause(deadline, path)
