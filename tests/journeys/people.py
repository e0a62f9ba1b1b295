"""The people of the journeys: who buys, sells, delivers and watches, each over HTTP."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.payments.sandbox import service as sandbox
from tests.conftest import run_due_jobs
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Seller
from tests.factories.partners import make_buying_unit, office_of
from tests.factories.payments import take_notices

NANJIANG, XINHE = "511922", "652925"
DONGYANG, JINYUN, LIANDU, LISHUI, JINHUA = "330783", "331122", "331102", "331100", "330700"
SCHEME = "pairing"
_waybills = itertools.count(1)


@dataclass
class Story:
    """The people of the story, each with a client of their own."""

    app: Flask
    travel: Callable[[datetime], None]
    nanjiang: Seller
    xinhe: Seller
    officers: dict[str, FlaskClient] = field(default_factory=dict)
    signed_in: list[tuple[FlaskClient, Account]] = field(default_factory=list)

    def client_of(self, account: Account) -> FlaskClient:
        client = self.app.test_client()
        sign_in(client, account)
        self.signed_in.append((client, account))
        return client

    def move_to(self, instant: datetime) -> None:
        """Let time pass; sessions do not outlive days, so everybody signs in again."""
        self.travel(instant)
        for client, account in self.signed_in:
            sign_in(client, account)

    def buyer_for_unit(self, name: str, region_code: str) -> "Buyer":
        unit = make_buying_unit(name=name, region_code=region_code)
        clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        return Buyer(self, self.client_of(clerk), region_code)

    def shopper(self, region_code: str) -> "Buyer":
        return Buyer(self, self.client_of(make_account()), region_code)

    def figures(self, region_code: str, year: int) -> dict[str, dict[str, int]]:
        """Return what a region's office reads of its year, by stage."""
        if region_code not in self.officers:
            officer = make_account(role=Role.OFFICE_OFFICER, scope=office_of(region_code).id)
            self.officers[region_code] = self.client_of(officer)
        answer = self.officers[region_code].get(f"/api/v1/quota-reports/{region_code}?year={year}")
        assert answer.status_code == 200, answer.text
        total = answer.json["total"]
        return {stage: total[stage] for stage in ("pending", "confirmed", "held")}

    def lines_behind(self, region_code: str, year: int) -> list[dict[str, Any]]:
        """Return the credits behind a region's year, every page of them."""
        self.figures(region_code, year)
        client, found, after = self.officers[region_code], [], None
        while True:
            query = {"year": year, "limit": 3} | ({"after": after} if after else {})
            page = client.get(f"/api/v1/quota-reports/{region_code}/lines", query_string=query).json
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def manager(self, order: dict[str, Any]) -> FlaskClient:
        sellers = {str(seller.id): seller for seller in (self.nanjiang, self.xinhe)}
        return self.client_of(sellers[order["cooperative_id"]].manager)


@dataclass
class Buyer:
    """One who buys: by cart, quote, trade and payment."""

    story: Story
    client: FlaskClient
    region_code: str

    def fill_cart(self, **quantities: int) -> None:
        skus = self.story.nanjiang.skus | self.story.xinhe.skus
        for name, quantity in quantities.items():
            body = {"sku_id": str(skus[name].id), "quantity": quantity}
            assert self.client.post("/api/v1/cart/lines", json=body).status_code == 200

    def quote(self) -> dict[str, Any]:
        answer = self.client.post("/api/v1/quotes", json={"ship_to_code": self.region_code})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def place(self, quote: dict[str, Any]) -> dict[str, Any]:
        body = {
            "ship_to_code": self.region_code,
            "quote_digest": quote["quote_digest"],
            "ship_to": {"name": "示例收货人", "phone": "13800138000", "address": "示例路 1 号"},
        }
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.client.post("/api/v1/trades", json=body, headers=key)
        assert answer.status_code == 201, answer.text
        trade: dict[str, Any] = answer.json
        return trade

    def pay(self, trade: dict[str, Any]) -> None:
        """Pay at the provider's; the shop hears of it by notices, each of which comes twice."""
        payment = self.client.post(f"/api/v1/trades/{trade['id']}/payments", json={}).json
        assert payment["amount_fen"] == trade["total_fen"]
        assert sandbox.confirm_payment(payment["redirect_url"].rsplit("/", 1)[-1])
        deliver_notices(self.client)
        paid = self.client.get(f"/api/v1/payments/{payment['id']}").json
        assert (paid["state"], paid["outcome"]) == ("succeeded", "accepted")

    def orders(self, trade: dict[str, Any]) -> list[dict[str, Any]]:
        found = self.client.get(f"/api/v1/orders?trade_id={trade['id']}").json["items"]
        return sorted(found, key=lambda order: order["cooperative_name"])

    def buy(self, **quantities: int) -> list[dict[str, Any]]:
        self.fill_cart(**quantities)
        trade = self.place(self.quote())
        self.pay(trade)
        return self.orders(trade)


def deliver_notices(client: FlaskClient) -> None:
    for notice in take_notices():
        assert notice.post(client) == 204
        assert notice.post(client) == 204


def told(goods: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a quote or order says of each product under the pairing scheme."""
    return {
        line["product_name"]: next(help_ for help_ in line["helps"] if help_["scheme"] == SCHEME)
        for line in goods["lines"]
    }


def told_of_all(orders: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: help_ for order in orders for name, help_ in told(order).items()}


def amounts(direct: int = 0, assisted: int = 0) -> dict[str, int]:
    return {
        "direct_purchase_fen": direct,
        "assisted_sale_fen": assisted,
        "total_fen": direct + assisted,
    }


def ship(story: Story, order: dict[str, Any]) -> None:
    parcel = {"courier_code": "sf", "waybill_no": f"SF{next(_waybills):010d}"}
    answer = story.manager(order).post(f"/api/v1/orders/{order['id']}/ship", json=parcel)
    assert answer.status_code == 201, answer.text


def accept(buyer: Buyer, order: dict[str, Any]) -> None:
    answer = buyer.client.post(f"/api/v1/orders/{order['id']}/accept")
    assert answer.json["state"] == "accepted"


def refund(story: Story, buyer: Buyer, order: dict[str, Any], name: str, quantity: int) -> None:
    """Have pieces of a product refunded: asked for, agreed, sent, and told by the provider."""
    line = next(line for line in order["lines"] if line["product_name"] == name)
    body = {"order_line_id": line["id"], "quantity": quantity, "reason": "包装破损"}
    asked = buyer.client.post(f"/api/v1/orders/{order['id']}/aftersales", json=body)
    assert asked.status_code == 201, asked.text
    manager = story.manager(order)
    agreed = manager.post(f"/api/v1/aftersales/{asked.json['id']}/agree", json={})
    assert agreed.json["state"] == "awaiting_refund"
    run_due_jobs()
    deliver_notices(buyer.client)
    done = buyer.client.get(f"/api/v1/aftersales/{asked.json['id']}").json
    assert done["state"] == "done"


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 4, 0, tzinfo=UTC)
