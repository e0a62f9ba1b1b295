"""From the field to the report, over HTTP: listed, certified, found, bought, counted, done.

A cooperative in Nanjiang lists its mutton; the county, the city and the province certify it; the
city of Jinhua hands Dongyang its task; a clerk of a school in Dongyang finds the mutton and buys
it, and the county's office sees its task move.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from marketplace.permissions import Role
from orders.fulfilment import jobs as fulfilment_jobs
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import make_seller
from tests.factories.partners import office_of
from tests.journeys.people import (
    DONGYANG,
    JINHUA,
    NANJIANG,
    Story,
    accept,
    amounts,
    at,
    ship,
    told_of_all,
)
from tests.orders.invariants import broken

API = "/api/v1"
MUTTON = {
    "name": "南江黄羊腿",
    "kind": "agricultural",
    "category_code": "mutton",
    "description": "散养南江黄羊，冷链直发。",
    "origin_code": NANJIANG,
    "return_class": "perishable",
    "quarantine_certificate_no": "川动检 511922-0001",
    "shelf_life_days": 180,
    "storage_conditions": "零下 18℃ 冷冻",
}
SKU = {"spec": "2 公斤", "unit": "箱", "weight_g": 2000, "price_fen": 20_000, "on_hand": 10}
COUNTS = {
    "linked_households": 12,
    "linked_villages": 2,
    "linked_jobs": 5,
    "linked_income_fen": 36_000_000,
}


def member(scene: Story, role: Role, region_code: str) -> FlaskClient:
    """Return a client of an office's member, whose second factor was just shown."""
    return scene.client_of(make_account(role=role, scope=office_of(region_code).id))


def step(client: FlaskClient, read: str, path: str) -> dict[str, Any]:
    """Take a step on the version that was just read."""
    current = client.get(f"{API}{read}")
    answer = client.post(f"{API}{path}", headers={"If-Match": current.headers["ETag"]})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


def list_mutton(scene: Story, manager: FlaskClient) -> dict[str, Any]:
    """Draft, describe, submit; the county office lets it into the window."""
    body = MUTTON | {"cooperative_id": str(scene.nanjiang.id)}
    drafted = manager.post(f"{API}/products", json=body)
    assert drafted.status_code == 201, drafted.text
    product: dict[str, Any] = drafted.json
    added = manager.post(f"{API}/products/{product['id']}/skus", json=SKU)
    assert added.status_code == 201, added.text
    path = f"/managed-products/{product['id']}"
    step(manager, path, f"/products/{product['id']}/submit")
    officer = member(scene, Role.OFFICE_OFFICER, NANJIANG)
    listed = step(officer, path, f"/products/{product['id']}/approve")
    assert listed["state"] == "listed"
    return product


def certify(scene: Story, manager: FlaskClient, product_id: str) -> dict[str, Any]:
    """Apply; county, city and province sign, each a different person."""
    body = COUNTS | {"valid_from": "2026-06-01", "valid_to": "2028-05-31"}
    applied = manager.post(f"{API}/products/{product_id}/certificates", json=body)
    assert applied.status_code == 201, applied.text
    path = f"/certificates/{applied.json['id']}"
    step(member(scene, Role.OFFICE_OFFICER, NANJIANG), path, f"{path}/certify")
    step(member(scene, Role.OFFICE_APPROVER, "511900"), path, f"{path}/approve")
    return step(member(scene, Role.OFFICE_APPROVER, "510000"), path, f"{path}/approve")


def set_task(scene: Story, amount_fen: int) -> None:
    """Have the city of Jinhua set Dongyang's task in the pairing with Nanjiang."""
    approver = member(scene, Role.OFFICE_APPROVER, JINHUA)
    pairings = approver.get(f"{API}/pairings?limit=100").json["items"]
    [pairing] = [p for p in pairings if (p["east_code"], p["west_code"]) == (DONGYANG, NANJIANG)]
    answer = approver.post(
        f"{API}/quotas",
        json={
            "region_code": DONGYANG,
            "year": 2026,
            "pairing_id": pairing["id"],
            "amount_fen": amount_fen,
            "document": "金对口办〔2026〕1号",
        },
    )
    assert answer.status_code == 201, answer.text


def find(client: FlaskClient) -> dict[str, Any]:
    """Find the mutton in the shop window and open it."""
    [card] = client.get(f"{API}/products?q=羊腿&region={NANJIANG}").json["items"]
    detail: dict[str, Any] = client.get(f"{API}/products/{card['id']}").json
    return detail


class TestFromTheFieldToTheReport:
    def test_counts_once_certified_and_is_done_once_received(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(at(2026, 6, 10))
        scene.nanjiang = make_seller("示例合作社 · 南江二社", NANJIANG)
        manager = scene.client_of(scene.nanjiang.manager)
        product = list_mutton(scene, manager)
        set_task(scene, 80_000)

        clerk = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        [sku] = find(clerk.client)["skus"]
        added = clerk.client.post(f"{API}/cart/lines", json={"sku_id": sku["id"], "quantity": 2})
        assert added.json["goods_fen"] == 40_000
        before = told_of_all(clerk.quote()["orders"])["南江黄羊腿"]
        assert (before["counts"], before["reason_code"]) == (False, "not_certified")

        certificate = certify(scene, manager, product["id"])
        assert certificate["state"] == "active"
        quote = clerk.quote()
        assert told_of_all(quote["orders"])["南江黄羊腿"]["counts"]
        assert quote["orders"][0]["lines"][0]["certificate_no"] == certificate["certificate_no"]

        trade = clerk.place(quote)
        clerk.pay(trade)
        [order] = clerk.orders(trade)
        assert scene.figures(DONGYANG, 2026)["pending"] == amounts(40_000)
        ship(scene, order)
        accept(clerk, order)
        scene.move_to(at(2026, 6, 18))
        fulfilment_jobs.complete_due_orders()

        report = scene.officers[DONGYANG].get(f"{API}/quota-reports/{DONGYANG}?year=2026").json
        assert report["total"]["target_fen"] == 80_000
        assert report["total"]["confirmed"] == amounts(40_000)
        assert report["total"]["done_percent"] == 50.0
        [line] = [each for each in scene.lines_behind(DONGYANG, 2026) if each["amount_fen"] > 0][:1]
        assert line["certificate_no"] == certificate["certificate_no"]
        assert line["buying_unit_name"] == "示例小学 · 东阳"
        assert broken() == []

    def test_keeps_what_was_agreed_when_the_certificate_is_revoked_later(
        self, story: Callable[[datetime], Story]
    ) -> None:
        scene = story(at(2026, 6, 10))
        scene.nanjiang = make_seller("示例合作社 · 南江二社", NANJIANG)
        manager = scene.client_of(scene.nanjiang.manager)
        product = list_mutton(scene, manager)
        certificate = certify(scene, manager, product["id"])
        clerk = scene.buyer_for_unit("示例小学 · 东阳", DONGYANG)
        [sku] = find(clerk.client)["skus"]
        clerk.client.post(f"{API}/cart/lines", json={"sku_id": sku["id"], "quantity": 1})
        trade = clerk.place(clerk.quote())
        clerk.pay(trade)

        administrator = self.app_client(scene)
        path = f"{API}/certificates/{certificate['id']}"
        version = administrator.get(path).headers["ETag"]
        revoked = administrator.post(
            f"{path}/revoke", json={"reason": "抽检不合格"}, headers={"If-Match": version}
        )
        assert revoked.json["state"] == "revoked"

        [order] = clerk.orders(trade)
        assert told_of_all([order])["南江黄羊腿"]["counts"]
        assert order["lines"][0]["certificate_no"] == certificate["certificate_no"]
        assert scene.figures(DONGYANG, 2026)["pending"] == amounts(20_000)
        clerk.client.post(f"{API}/cart/lines", json={"sku_id": sku["id"], "quantity": 1})
        assert not told_of_all(clerk.quote()["orders"])["南江黄羊腿"]["counts"]

    @staticmethod
    def app_client(scene: Story) -> FlaskClient:
        client = scene.app.test_client()
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        return client
