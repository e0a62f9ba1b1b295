"""Words about an order, and reminders that cannot become a nuisance."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from orders.remarks.errors import NothingToShip, RemindedRecently
from orders.remarks.service import change_remark, change_seller_note, remind_to_ship
from orders.trades.errors import OrderNotFound, OrderStateForbids
from orders.trades.models import Order
from tests.factories.identity import sign_in
from tests.factories.orders import Market, buy, make_market, ship


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 1)])[0]


class TestRemindToShip:
    def test_waits_a_day_after_paying_and_between_two(self, market: Market, order: Order) -> None:
        with pytest.raises(RemindedRecently):
            remind_to_ship(market.buyer, order.id)
        with clock.travel(clock.now() + timedelta(hours=25)):
            assert remind_to_ship(market.buyer, order.id).reminders == 1
            with pytest.raises(RemindedRecently):
                remind_to_ship(market.buyer, order.id)
        with clock.travel(clock.now() + timedelta(hours=50)):
            assert remind_to_ship(market.buyer, order.id).reminders == 2

    def test_ends_with_shipment_and_is_the_buyers(self, market: Market, order: Order) -> None:
        ship(market.nanjiang, order)
        with pytest.raises(NothingToShip):
            remind_to_ship(market.buyer, order.id)
        with pytest.raises(OrderNotFound):
            remind_to_ship(market.nanjiang.actor, order.id)


class TestRemarks:
    def test_the_note_is_for_the_cooperative_only(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        change_remark(market.buyer, order.id, remark="周末送货")
        change_seller_note(market.nanjiang.actor, order.id, note="多送一袋")
        seen = {}
        for account in (market.shopper, market.nanjiang.manager):
            sign_in(client, account)
            shown = client.get(f"/api/v1/orders/{order.id}").json
            seen[account.id] = (shown["remark"], shown["seller_note"])
        assert seen == {
            market.shopper.id: ("周末送货", None),
            market.nanjiang.manager.id: ("周末送货", "多送一袋"),
        }

    def test_the_remark_stands_once_everything_is_shipped(
        self, market: Market, order: Order
    ) -> None:
        ship(market.nanjiang, order)
        with pytest.raises(OrderStateForbids):
            change_remark(market.buyer, order.id, remark="晚了")


class TestCountOrders:
    def counts(self, client: FlaskClient, market: Market, standing: str) -> dict[str, int]:
        account = market.shopper if standing == "buyer" else market.nanjiang.manager
        sign_in(client, account)
        answer = client.get(f"/api/v1/orders/counts?standing={standing}").json
        return {name: number for name, number in answer.items() if number}

    def test_tells_either_side_what_waits(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        [other, _] = sorted(
            buy(market.buyer, [(market.mutton, 1), (market.rawap, 1)]),
            key=lambda each: each.cooperative_id != market.nanjiang.id,
        )
        ship(market.nanjiang, other)
        with clock.travel(clock.now() + timedelta(hours=49)):
            remind_to_ship(market.buyer, order.id)
            assert self.counts(client, market, "buyer") == {
                "to_ship": 2, "shipped": 1, "overdue": 2, "reminded": 1,
            }  # fmt: skip
            assert self.counts(client, market, "seller") == {
                "to_ship": 1, "shipped": 1, "overdue": 1, "reminded": 1,
            }  # fmt: skip
