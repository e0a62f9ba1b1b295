"""A cooperative's orders in pages: what is to ship, and the parcel."""

import pytest
from flask.testing import FlaskClient

from orders.trades.models import Order
from orders.trades.states import OrderState
from tests.factories import identity
from tests.factories.orders import Market, buy, lines_of, make_market, orders_of


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])[0]


@pytest.fixture
def token(client: FlaskClient, market: Market) -> str:
    return identity.sign_in_page(client, market.nanjiang.manager)


def parcel(token: str, order: Order, *quantities: int, **values: str) -> dict[str, str]:
    lines = lines_of(order)
    given = {f"quantity-{line.id}": str(n) for line, n in zip(lines, quantities, strict=True)}
    form = {"csrf_token": token, "courier_code": "sf", "waybill_no": "SF1234567890"}
    return {**form, **given, **values}


class TestShowOrdersToShip:
    def test_lists_what_is_paid_and_not_sent(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        page = client.get("/desk/orders").text
        assert order.order_no in page
        assert "去发货" in page

    def test_another_cooperative_sees_nothing_of_it(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, market.xinhe.manager)
        assert order.order_no not in client.get("/desk/orders").text
        assert client.get(f"/desk/orders/{order.id}").status_code == 404

    def test_lists_first_what_was_paid_first(
        self, client: FlaskClient, token: str, market: Market, order: Order
    ) -> None:
        [later] = buy(market.buyer, [(market.tea, 1)])
        page = client.get("/desk/orders").text
        assert page.index(order.order_no) < page.index(later.order_no)


class TestViewOrderToShip:
    def test_a_fresh_form_complains_of_nothing(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        page = client.get(f"/desk/orders/{order.id}").text
        assert "请填写本次发出的数量" not in page

    def test_shows_the_telephone_that_the_courier_asks_for(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        assert "13800138000" in client.get(f"/desk/orders/{order.id}").text


class TestSendParcel:
    def test_a_parcel_of_nothing_is_refused(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        refused = client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 0, 0))
        assert refused.status_code == 422
        assert "请填写本次发出的数量" in refused.text

    def test_ships_everything(self, client: FlaskClient, token: str, order: Order) -> None:
        sent = client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 2, 1))
        assert sent.headers["Location"] == "/desk/orders"
        assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED

    def test_ships_a_part_and_keeps_the_rest(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        assert f"{order.id}/pick" in client.get(f"/desk/orders/{order.id}").text
        client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 1, 0))
        assert orders_of(order.trade_id)[0].state is OrderState.PART_SHIPPED
        page = client.get(f"/desk/orders/{order.id}").text
        assert "还应发 1" in page
        assert f"{order.id}/pick" not in page

    def test_an_empty_parcel_ships_nothing(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        refused = client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 0, 0))
        assert refused.status_code == 422
        assert "请填写本次发出的数量" in refused.text
        assert orders_of(order.trade_id)[0].state is OrderState.PAID

    def test_more_than_is_left_is_refused(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        refused = client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 3, 1))
        assert refused.status_code == 422
        assert "发货数量超过待发数量" in refused.text

    def test_a_bad_waybill_is_said_beside_the_field(
        self, client: FlaskClient, token: str, order: Order
    ) -> None:
        refused = client.post(
            f"/desk/orders/{order.id}/ship", data=parcel(token, order, 2, 1, waybill_no="运单")
        )
        assert refused.status_code == 422
        assert 'id="waybill_no-error"' in refused.text

    def test_a_buyer_cannot_ship(self, client: FlaskClient, market: Market, order: Order) -> None:
        token = identity.sign_in_page(client, market.shopper)
        sent = client.post(f"/desk/orders/{order.id}/ship", data=parcel(token, order, 2, 1))
        assert sent.status_code == 403
