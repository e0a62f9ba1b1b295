"""From registering a point to handing out an order there, in pages and over the API."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.carts.service import add_to_cart
from orders.checkout.service import Recipient
from orders.pickups.models import Pickup
from orders.pickups.queries import list_on_the_way
from orders.trades.models import Order
from orders.trades.states import OrderState
from partners.pickup_points.models import PickupPoint
from partners.pickup_points.queries import list_keepers
from tests.factories.identity import actor_of, make_account, sign_in, sign_in_page
from tests.factories.orders import DONGYANG, make_market, orders_of, pay, ship
from tests.factories.partners import make_buying_unit
from tests.factories.pickups import buy_to_collect, make_keeper, make_point, pickup_of

DONGYANG_STEPS = {"region-1": "330000", "region-2": "330700", "region-3": DONGYANG}


def poster(client: FlaskClient, account: Account) -> Callable[..., tuple[int, str]]:
    token = sign_in_page(client, account)

    def post(path: str, **values: str) -> tuple[int, str]:
        answer = client.post(path, data={"csrf_token": token, **values})
        return answer.status_code, answer.headers.get("Location", answer.text)

    return post


class TestPickupPointPages:
    def test_a_clerk_registers_the_gate_and_appoints_its_keeper(self, client: FlaskClient) -> None:
        unit = make_buying_unit(name="示例小学 · 东阳", region_code=DONGYANG)
        post = poster(client, make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
        page = client.get("/desk/pickup-points/new").text
        assert f'value="buying_unit:{unit.id}"' in page
        facts = {"name": "示例小学北门", "address": "示例路 1 号", "hours": "工作日 8:00—18:00",
                 "contact": "门卫室 13900139000", "holder": f"buying_unit:{unit.id}"}  # fmt: skip
        status, said = post("/desk/pickup-points/new", step="send", **facts)
        assert (status, "应" in said or "请" in said) == (422, True)
        status, href = post("/desk/pickup-points/new", step="send", **facts, **DONGYANG_STEPS)
        assert status == 303
        point = db.session.scalars(select(PickupPoint)).one()
        assert href == f"/desk/pickup-points/{point.id}"
        assert post(f"{href}/keepers", phone="13900139001")[0] == 303
        [keeper] = list_keepers(point.id)
        assert "139****9001" in client.get(href).text
        post(f"{href}/keepers/{keeper.account_id}/dismiss")
        assert list_keepers(point.id) == []
        post(f"{href}/open", open="no")
        assert "已暂停" in client.get("/desk/pickup-points").text


class TestCheckout:
    def test_needs_a_name_and_a_telephone_only(self, client: FlaskClient) -> None:
        market, point = make_market(), make_point()
        add_to_cart(market.shopper.id, market.mutton.id, 1)
        post = poster(client, market.shopper)
        chosen = {"how": "pickup", "pickup_q": "示例", "pickup_point_id": str(point.id)}
        page = post("/checkout", step="quote", **chosen)[1]
        assert point.name in page
        assert "保管 7 天。到时没有取走的" in page
        found = re.search(r'name="quote_digest" value="([^"]+)"', page)
        assert found is not None
        accepted = {"step": "place", "quote_digest": found[1], **chosen}
        assert post("/checkout", **accepted)[0] == 422
        status, _ = post("/checkout", **accepted, name="示例取货人", phone="13800000000")
        assert status == 303
        order = db.session.scalars(select(Order)).one()
        assert order.pickup_point_id == point.id
        assert Recipient.unseal(order.ship_to).name == "示例取货人"


class TestKeeping:
    def test_shows_little_marks_the_arrival_and_hands_out(self, client: FlaskClient) -> None:
        market, point = make_market(), make_point()
        order = buy_to_collect(market, point, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        href = f"/desk/pickups/{point.id}"
        post = poster(client, make_keeper(point))
        page = client.get(f"{href}?state=awaiting").text
        assert '待到站<span class="count">1</span>' in page
        assert order.order_no in page
        assert "示****" in page
        assert not {"13800138000", "示例收货人", "南江黄羊肉"} & set(re.findall(r"[\w]+", page))
        stay = pickup_of(order)
        assert post(f"{href}/arrive")[0] == 303
        assert "请先勾选" in client.get(f"{href}?state=awaiting").text
        [parcel] = list_on_the_way(stay)
        assert post(f"{href}/arrive", parcel=f"{stay.id}:{parcel.id}")[0] == 303
        assert post(f"{href}/hand-out/{stay.id}", code="12")[0] == 422
        sign_in_page(client, market.shopper)
        told = client.get(f"/orders/{order.id}").text
        assert "已到自提点" in client.get("/orders").text
        code = re.search(r"big-code\">(\d{4} \d{4})<", told)
        assert code is not None
        post = poster(client, make_account(role=Role.PICKUP_KEEPER, scope=point.id))
        assert post(f"{href}/hand-out/{stay.id}", code=code[1])[0] == 303
        assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED


class TestApi:
    def test_takes_a_point_instead_of_an_address(self, client: FlaskClient) -> None:
        market, point = make_market(), make_point()
        sign_in(client, market.shopper)
        body = {
            "lines": [{"sku_id": str(market.mutton.id), "quantity": 1}],
            "pickup_point_id": str(point.id),
        }
        quote = client.post("/api/v1/quotes", json=body).json
        assert quote["pickup_point_id"] == str(point.id)
        placing = body | {"quote_digest": quote["quote_digest"]}
        refused = client.post("/api/v1/trades", json=placing)
        assert refused.json["fields"] == {"collected_by": ["选自提点时须填写取货人，其他方式不填"]}
        collector = {"name": "示例取货人", "phone": "13800000000"}
        trade = client.post("/api/v1/trades", json=placing | {"collected_by": collector}).json
        pay(actor_of(market.shopper), trade["id"])
        [listed] = client.get("/api/v1/orders").json["items"]
        assert listed["pickup"]["point_name"] == point.name
        assert listed["pickup"]["code"] is None
        stay = db.session.scalars(select(Pickup)).one()
        sign_in(client, make_keeper(point))
        kept = client.get(f"/api/v1/pickup-points/{point.id}/pickups?state=awaiting").json
        assert [(one["id"], one["actions"]) for one in kept["items"]] == [(str(stay.id), [])]
        order = db.session.scalars(select(Order)).one()
        ship(market.nanjiang, order)
        [parcel] = list_on_the_way(stay)
        arrive = f"/api/v1/pickups/{stay.id}/arrive"
        one = f"/api/v1/pickups/{stay.id}/parcels"
        kept = client.post(f"{one}/{parcel.id}/arrive").json
        assert (kept["state"], kept["actions"]) == ("arrived", ["collect"])
        assert client.post(arrive).json["parcels"] == kept["parcels"]
        assert client.post(f"{one}/{stay.id}/arrive").status_code == 404
        sign_in(client, market.shopper)
        [listed] = client.get("/api/v1/orders").json["items"]
        assert listed["parcels"][0]["arrived_at"] is not None
        assert listed["replacement_pickups"] == []
