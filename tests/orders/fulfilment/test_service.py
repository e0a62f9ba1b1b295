"""From shipping to completion, by people and by the clock."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from orders.aftersales.service import apply_for_refund, refuse_refund
from orders.fulfilment import jobs, service
from orders.fulfilment.errors import (
    LineNotInOrder,
    OrderNotShipped,
    RefundToAnswerFirst,
    ShipsMoreThanLeft,
    WaybillAlreadyUsed,
)
from orders.fulfilment.models import Parcel, ParcelLine
from orders.fulfilment.service import ShipItem, accept_order, complete_order
from orders.journal.models import AccountKind, Posting
from orders.trades.errors import OrderNotFound, OrderStateForbids
from orders.trades.states import OrderState
from partners.credits.queries import list_outcomes
from products.catalogue.models import Sku
from tests.factories.identity import make_actor
from tests.factories.orders import (
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    ship,
)
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


def stages(order: object) -> dict[str, str | None]:
    lines = lines_of(order)  # type: ignore[arg-type]
    return {
        outcome.scheme: outcome.stage
        for outcome in list_outcomes([line.id for line in lines])
        if outcome.counts
    }


class TestShipOrder:
    def test_ships_everything_and_takes_it_off_the_shelf(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3), (market.tea, 2)])
        ship(market.nanjiang, order)
        assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED
        sku = db.session.get_one(Sku, market.mutton.id, populate_existing=True)
        assert (sku.on_hand, sku.reserved) == (97, 0)
        assert broken() == []

    def test_ships_in_parcels_until_nothing_is_left(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        [line] = lines_of(order)
        ship(market.nanjiang, order, items=[ShipItem(line.id, 2)])
        assert orders_of(order.trade_id)[0].state is OrderState.PART_SHIPPED
        assert broken() == []
        ship(market.nanjiang, order)
        assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED
        assert sorted(db.session.scalars(select(ParcelLine.quantity))) == [1, 2]
        assert broken() == []

    def test_says_when_it_will_be_accepted_by_itself(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        shipped = ship(market.nanjiang, order)
        assert shipped.accept_due_at is not None
        assert shipped.shipped_at is not None
        assert shipped.accept_due_at - shipped.shipped_at == timedelta(days=10)

    def test_sums_two_items_of_one_line(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        [line] = lines_of(order)
        with pytest.raises(ShipsMoreThanLeft):
            ship(market.nanjiang, order, items=[ShipItem(line.id, 2), ShipItem(line.id, 2)])

    def test_refuses_a_line_of_another_order(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        [other] = buy(market.buyer, [(market.mutton, 1)])
        with pytest.raises(LineNotInOrder):
            ship(market.nanjiang, order, items=[ShipItem(lines_of(other)[0].id, 1)])

    def test_refuses_the_same_waybill_twice(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        [line] = lines_of(order)
        facts = {"waybill_no": "SF100", "items": [ShipItem(line.id, 1)]}
        ship(market.nanjiang, order, **facts)
        with pytest.raises(WaybillAlreadyUsed):
            ship(market.nanjiang, order, **facts)
        assert len(db.session.scalars(select(Parcel)).all()) == 1

    def test_refuses_an_order_that_is_not_paid(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        with pytest.raises(OrderStateForbids):
            ship(market.nanjiang, orders_of(whole.trade.id)[0])

    def test_refuses_a_shipped_order(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        with pytest.raises(OrderStateForbids):
            ship(market.nanjiang, order)

    def test_does_not_know_another_cooperatives_order(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        with pytest.raises(OrderNotFound):
            ship(market.xinhe, order)

    def test_waits_for_the_answer_to_a_refund(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        [line] = lines_of(order)
        case = apply_for_refund(
            market.buyer, order.id, order_line_id=line.id, quantity=1, reason="买多了"
        )
        with pytest.raises(RefundToAnswerFirst):
            ship(market.nanjiang, order)
        refuse_refund(market.nanjiang.actor, case.id, answer="已在打包")
        ship(market.nanjiang, order)
        assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED


class TestAcceptOrder:
    def test_opens_the_after_sales_window(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        accepted = deliver(market.buyer, market.nanjiang, order)
        assert accepted.state is OrderState.ACCEPTED
        assert accepted.accepted_at is not None
        assert accepted.window_closes_at == accepted.accepted_at + timedelta(days=7)
        assert broken() == []

    def test_refuses_what_is_not_wholly_shipped(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        with pytest.raises(OrderNotShipped):
            accept_order(market.buyer, order.id)
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 1)])
        with pytest.raises(OrderNotShipped):
            accept_order(market.buyer, order.id)

    def test_refuses_a_second_acceptance(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        deliver(market.buyer, market.nanjiang, order)
        with pytest.raises(OrderNotShipped):
            accept_order(market.buyer, order.id)

    def test_is_the_buyers_alone(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        for stranger in (make_actor(), market.nanjiang.actor):
            with pytest.raises(OrderNotFound):
                accept_order(stranger, order.id)

    def test_does_not_know_an_order_that_does_not_exist(self, market: Market) -> None:
        with pytest.raises(OrderNotFound):
            accept_order(market.buyer, new_id())


class TestAcceptDueOrders:
    def test_accepts_after_the_days_are_over_and_not_before(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        with clock.travel(clock.now() + timedelta(days=9, hours=23)):
            jobs.accept_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED
        with clock.travel(clock.now() + timedelta(days=10, seconds=5)):
            jobs.accept_due_orders()
            jobs.accept_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
        assert broken() == []

    def test_waits_while_a_refund_is_being_discussed(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        apply_for_refund(
            market.buyer,
            order.id,
            order_line_id=lines_of(order)[0].id,
            quantity=1,
            reason="没有收到",
        )
        with clock.travel(clock.now() + timedelta(days=11)):
            jobs.accept_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.SHIPPED


class TestCompleteDueOrders:
    def test_confirms_the_credits_when_the_window_has_closed(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        assert set(stages(order).values()) == {"pending"}
        with clock.travel(clock.now() + timedelta(days=6, hours=23)):
            jobs.complete_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
        with clock.travel(clock.now() + timedelta(days=7, seconds=5)):
            jobs.complete_due_orders()
            jobs.complete_due_orders()
        assert orders_of(order.trade_id)[0].state is OrderState.COMPLETED
        assert set(stages(order).values()) == {"confirmed"}
        assert broken() == []

    def test_makes_the_orders_net_payable_to_the_cooperative(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        with clock.travel(clock.now() + timedelta(days=8)):
            jobs.complete_due_orders()
        postings = db.session.execute(
            select(Posting.account_kind, Posting.amount_fen).where(
                Posting.owner_id == market.xinhe.id
            )
        ).all()
        sums: dict[str, int] = {}
        for kind, amount in postings:
            sums[kind] = sums.get(kind, 0) + amount
        assert sums == {
            AccountKind.COOPERATIVE_PENDING: 0,
            AccountKind.COOPERATIVE_PAYABLE: -88_000,
        }

    def test_waits_for_the_answer_to_a_refund(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        deliver(market.buyer, market.nanjiang, order)
        case = apply_for_refund(
            market.buyer,
            order.id,
            order_line_id=lines_of(order)[0].id,
            quantity=1,
            reason="一袋破损",
        )
        with clock.travel(clock.now() + timedelta(days=8)):
            jobs.complete_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
            refuse_refund(market.nanjiang.actor, case.id, answer="照片看不出破损")
            jobs.complete_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
        # A refusal can be brought before the platform for three days.
        with clock.travel(clock.now() + timedelta(days=11, seconds=5)):
            jobs.complete_due_orders()
            assert orders_of(order.trade_id)[0].state is OrderState.COMPLETED
        assert broken() == []

    def test_goes_on_when_one_order_fails(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = [buy(market.buyer, [(market.mutton, 1)])[0] for _ in range(2)]
        for order in orders:
            deliver(market.buyer, market.nanjiang, order)
        ids = sorted(order.id for order in orders)
        real = service.complete_order

        def failing(order_id: object) -> bool:
            if order_id == ids[0]:
                raise RuntimeError("a row that cannot be completed")
            return real(order_id)  # type: ignore[arg-type]

        monkeypatch.setattr(service, "complete_order", failing)
        with clock.travel(clock.now() + timedelta(days=8)):
            jobs.complete_due_orders()
        states = {order.id: orders_of(order.trade_id)[0].state for order in orders}
        assert states == {ids[0]: OrderState.ACCEPTED, ids[1]: OrderState.COMPLETED}

    def test_completes_nothing_before_its_time(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        assert not complete_order(order.id)
        deliver(market.buyer, market.nanjiang, order)
        assert not complete_order(order.id)
        assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
