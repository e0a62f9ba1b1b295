"""One order in the eyes of its buyer, its seller, offices and strangers."""

import pytest
from flask.testing import FlaskClient

from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.orderbook.showing import mask
from orders.trades.models import Order
from tests.factories.identity import actor_of, make_account, sign_in
from tests.factories.orders import (
    DONGYANG,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    place,
    ship,
)
from tests.factories.partners import make_buying_unit, office_of


@pytest.fixture
def market() -> Market:
    return make_market()


def seen_by(client: FlaskClient, account: Account, order: Order) -> dict:
    sign_in(client, account)
    answer = client.get(f"/api/v1/orders/{order.id}")
    assert answer.status_code == 200, answer.text
    body: dict = answer.json
    return body


class TestMask:
    @pytest.mark.parametrize(
        ("phone", "masked"),
        [("13800138000", "138****8000"), ("0578-2091234", "057****1234")],
    )
    def test_hides_the_middle(self, phone: str, masked: str) -> None:
        assert mask(phone) == masked


class TestGetOrder:
    def test_shows_the_buyer_everything(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        seen = seen_by(client, market.shopper, order)
        assert seen["standing"] == "buyer"
        assert seen["ship_to"]["phone"] == "13800138000"
        assert seen["state_title"] == "待发货"
        assert seen["actions"] == ["apply_for_refund", "cancel_order", "change_remark"]
        [line] = seen["lines"]
        assert (line["refundable_fen"], line["to_ship_quantity"]) == (11_600, 2)

    def test_shows_the_seller_the_telephone_while_the_goods_are_on_the_way(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        seen = seen_by(client, market.nanjiang.manager, order)
        assert seen["standing"] == "seller"
        assert seen["ship_to"]["phone"] == "13800138000"
        assert seen["actions"] == ["ship", "pick", "give_refund", "cancel_sale"]

    def test_masks_the_telephone_once_the_goods_are_accepted(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        deliver(market.buyer, market.nanjiang, order)
        seen = seen_by(client, market.nanjiang.manager, order)
        assert seen["ship_to"]["phone"] == "138****8000"

    @pytest.mark.parametrize("region", ["331102", "331100", "330000", "511922", "510000"])
    def test_shows_offices_of_either_end_no_personal_data(
        self, client: FlaskClient, market: Market, region: str
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        officer = make_account(role=Role.OFFICE_OFFICER, scope=office_of(region).id)
        seen = seen_by(client, officer, order)
        assert (seen["standing"], seen["ship_to"], seen["actions"]) == ("overseer", None, [])
        assert "示例路" not in str(seen)
        assert "13800138000" not in str(seen)

    def test_shows_an_auditor_no_personal_data(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        assert seen_by(client, make_account(role=Role.AUDITOR), order)["ship_to"] is None

    def test_is_hidden_from_strangers(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        elsewhere = make_account(role=Role.OFFICE_OFFICER, scope=office_of("331122").id)
        for stranger in (make_account(), market.xinhe.manager, elsewhere):
            sign_in(client, stranger)
            assert client.get(f"/api/v1/orders/{order.id}").status_code == 404

    def test_is_shared_by_the_clerks_of_a_unit(self, client: FlaskClient, market: Market) -> None:
        unit = make_buying_unit(region_code=DONGYANG)
        clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        colleague = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        [order] = buy(actor_of(clerk), [(market.mutton, 2)])
        ship(market.nanjiang, order)
        seen = seen_by(client, colleague, order)
        assert (seen["standing"], seen["attribution_code"]) == ("buyer", DONGYANG)
        assert seen["actions"] == ["accept", "apply_for_refund", "intercept"]

    def test_tells_the_live_credit_and_the_parcels(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        seen = seen_by(client, market.shopper, order)
        line_id = seen["lines"][0]["id"]
        told = {each["scheme"]: each for each in seen["lines"][0]["helps"]}
        assert (told["pairing"]["stage"], told["pairing"]["net_fen"]) == ("pending", 88_000)
        [parcel] = seen["parcels"]
        assert parcel["courier_code"] == "sf"
        assert parcel["lines"] == [
            {"order_line_id": line_id, "product_name": "热瓦普", "spec": "手工制作", "unit": "袋",
             "quantity": 1}
        ]  # fmt: skip


class TestListOrders:
    def test_counts_every_state_whatever_is_shown(
        self, client: FlaskClient, market: Market
    ) -> None:
        place(market.buyer, [(market.mutton, 1)])
        [paid] = buy(market.buyer, [(market.mutton, 1)])
        [shipped] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, shipped)
        sign_in(client, market.shopper)
        page = client.get("/api/v1/orders?state=paid").json
        assert [item["id"] for item in page["items"]] == [str(paid.id)]
        assert {state: n for state, n in page["counts"].items() if n} == {
            "unpaid": 1,
            "paid": 1,
            "shipped": 1,
        }

    def test_keeps_capacities_apart(self, client: FlaskClient, market: Market) -> None:
        buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        sign_in(client, market.nanjiang.manager)
        assert client.get("/api/v1/orders").json["items"] == []
        sold = client.get("/api/v1/orders?standing=seller").json["items"]
        assert [item["cooperative_id"] for item in sold] == [str(market.nanjiang.id)]
        assert client.get("/api/v1/orders?standing=overseer").json["items"] == []

    def test_pages_newest_first(self, client: FlaskClient, market: Market) -> None:
        ids = [str(buy(market.buyer, [(market.mutton, 1)])[0].id) for _ in range(3)]
        sign_in(client, market.shopper)
        first = client.get("/api/v1/orders?limit=2").json
        second = client.get(
            "/api/v1/orders", query_string={"limit": 2, "after": first["next"]}
        ).json
        assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]

    def test_refuses_a_misspelt_filter(self, client: FlaskClient, market: Market) -> None:
        sign_in(client, market.shopper)
        assert client.get("/api/v1/orders?states=paid").status_code == 422
        assert client.get("/api/v1/orders?state=lost").status_code == 422


class TestSteps:
    def test_of_a_refund_over_http(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        line_id = str(lines_of(order)[0].id)
        sign_in(client, market.nanjiang.manager)
        parcel = {"courier_code": "sf", "waybill_no": "SF1234567890"}
        key = {"Idempotency-Key": "parcel-1"}
        path = f"/api/v1/orders/{order.id}"
        shipped = client.post(f"{path}/ship", json=parcel, headers=key)
        assert (shipped.status_code, shipped.json["state"]) == (201, "shipped")
        assert client.post(f"{path}/ship", json=parcel, headers=key).json == shipped.json
        sign_in(client, market.shopper)
        assert client.post(f"{path}/accept").json["state"] == "accepted"
        case = client.post(
            f"{path}/aftersales",
            json={"order_line_id": line_id, "quantity": 1, "reason": "一袋破损"},
        ).json
        assert (case["state"], case["total_fen"], case["actions"]) == (
            "applied", 5800, ["withdraw"],
        )  # fmt: skip
        sign_in(client, market.nanjiang.manager)
        assert client.get(f"/api/v1/aftersales/{case['id']}").json["actions"] == [
            "agree", "refuse",
        ]  # fmt: skip
        agreed = client.post(f"/api/v1/aftersales/{case['id']}/agree", json={}).json
        assert agreed["state"] == "awaiting_refund"
        assert client.post(f"/api/v1/aftersales/{case['id']}/agree", json={}).status_code == 409
        given = client.post(
            f"{path}/refunds",
            json={"order_line_id": line_id, "amount_fen": 100, "reason": "另作补偿"},
        )
        assert given.status_code == 201
        listed = client.get(f"/api/v1/aftersales?order_id={order.id}").json["items"]
        assert [item["total_fen"] for item in listed] == [100, 5800]

    def test_refund_says_how_much_is_left(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        sign_in(client, market.shopper)
        answer = client.post(
            f"/api/v1/orders/{order.id}/aftersales",
            json={
                "order_line_id": str(lines_of(order)[0].id),
                "amount_fen": 5801,
                "reason": "多要一分",
            },
        )
        assert (answer.status_code, answer.json["code"]) == (422, "refund_exceeds_line")
        assert answer.json["fields"] == {"amount_fen": ["最多还可退 58.00 元"]}
        assert answer.json["refundable_fen"] == 5800

    def test_one_of_three_pieces_brings_its_own_money_only(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.tea, 3)])
        deliver(market.buyer, market.nanjiang, order)
        sign_in(client, market.shopper)
        path = f"/api/v1/orders/{order.id}/aftersales"
        wish = {"order_line_id": str(lines_of(order)[0].id), "reason": "不想要了",
                "kind": "return", "cause": "no_reason", "quantity": 1}  # fmt: skip
        greedy = client.post(path, json={**wish, "amount_fen": 9999})
        assert (greedy.status_code, greedy.json["code"]) == (422, "refund_exceeds_pieces")
        assert greedy.json["fields"] == {
            "amount_fen": ["退 1 件最多退 33.33 元；金额不填就按数量退"]
        }
        assert greedy.json["refundable_fen"] == 3333
        alone = client.post(path, json={**wish, "kind": "refund_only", "quantity": 0,
                                        "amount_fen": 9999})  # fmt: skip
        assert (alone.status_code, alone.json["code"]) == (422, "goods_must_come_back")
        amounts = [client.post(path, json=wish).json["goods_fen"] for _ in range(3)]
        assert amounts == [3333, 3333, 3333]
        nothing = client.post(path, json=wish)
        assert (nothing.status_code, nothing.json["code"]) == (409, "nothing_left_to_claim")
        assert "apply_for_refund" not in client.get(f"/api/v1/orders/{order.id}").json["actions"]

    def test_an_overseer_reads_no_free_text_of_a_case(
        self, client: FlaskClient, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        sign_in(client, market.shopper)
        client.post(
            f"/api/v1/orders/{order.id}/aftersales",
            json={
                "order_line_id": str(lines_of(order)[0].id),
                "quantity": 1,
                "reason": "请打电话 13800138000",
            },
        )
        sign_in(client, make_account(role=Role.AUDITOR))
        [case] = client.get("/api/v1/aftersales").json["items"]
        assert (case["reason"], case["actions"]) == (None, [])
