"""Calling a paid order off: at once, with consent, by the cooperative, and by silence."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db
from orders.aftersales.errors import NothingLeftToClaim
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import apply_for_refund, give_refund
from orders.cancellations import jobs
from orders.cancellations.errors import (
    CancellationNotAsked,
    CancellationPending,
    OrderNotCancellable,
    ReasonNotYours,
)
from orders.cancellations.models import Cancellation, CancellationReason
from orders.cancellations.service import (
    agree_to_cancel,
    cancel_order,
    cancel_sale,
    refuse_to_cancel,
    withdraw_cancellation,
)
from orders.fulfilment.picking import pick_order
from orders.fulfilment.service import ShipItem
from orders.payments.models import Refund
from orders.trades.errors import OrderNotFound
from orders.trades.models import Order
from orders.trades.states import AftersalesState, CancellationState, OrderState
from products.catalogue.models import ReturnClass, Sku
from tests.factories.freight import flat, make_template
from tests.factories.orders import (
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    ship,
    stock_up,
)
from tests.orders.invariants import broken

NOT_WANTED = CancellationReason.NOT_WANTED
OUT_OF_STOCK = CancellationReason.OUT_OF_STOCK


@pytest.fixture
def market() -> Market:
    return make_market()


def again(order: Order) -> Order:
    return next(each for each in orders_of(order.trade_id) if each.id == order.id)


def refunded(order: Order) -> int:
    return sum(db.session.scalars(select(Refund.amount).where(Refund.order_id == order.id)))


def latest(order: Order) -> Cancellation:
    statement = select(Cancellation).where(Cancellation.order_id == order.id)
    return db.session.scalars(statement.order_by(Cancellation.id.desc())).first()  # type: ignore[return-value]


def cancel(market: Market, order: Order) -> Order:
    return cancel_order(market.buyer, order.id, reason=NOT_WANTED)


class TestCancelOrder:
    def test_gives_everything_back_at_once_freight_included(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000))
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 3)])
        assert cancel(market, order).state is OrderState.CANCELLED
        assert refunded(order) == order.total_fen
        assert latest(order).state is CancellationState.AGREED
        sku = db.session.get_one(Sku, market.mutton.id, populate_existing=True)
        assert (sku.on_hand, sku.reserved) == (100, 0)
        assert broken() == []

    def test_writes_who_did_it(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        cancel(market, order)
        deeds = select(AuditEntry.action, AuditEntry.account_id).where(
            AuditEntry.subject_id == str(order.id)
        )
        assert {(row.action, row.account_id) for row in db.session.execute(deeds)} == {
            ("order.paid", None),
            ("cancellation.agreed", market.buyer.id),
            ("order.voided", market.buyer.id),
        }

    def test_takes_open_applications_and_earlier_compensation_into_account(
        self, market: Market
    ) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        line = lines_of(order)[0]
        give_refund(
            market.nanjiang.actor, order.id, order_line_id=line.id, amount_fen=100, reason="补差价"
        )
        case = apply_for_refund(
            market.buyer, order.id, order_line_id=line.id, quantity=2, reason="少要两袋"
        )
        cancel(market, order)
        assert db.session.get_one(AftersalesCase, case.id).state is AftersalesState.WITHDRAWN
        assert refunded(order) == order.total_fen
        assert broken() == []

    def test_asks_once_packing_has_begun_and_holds_the_goods_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        pick_order(market.nanjiang.actor, order.id)
        assert cancel(market, order).state is OrderState.PAID
        assert latest(order).state is CancellationState.ASKED
        with pytest.raises(CancellationPending):
            ship(market.nanjiang, order)
        with pytest.raises(CancellationPending):
            cancel(market, order)
        assert broken() == []

    def test_asks_where_goods_are_made_for_this_buyer(self, market: Market) -> None:
        sku = stock_up(market.nanjiang, "定制竹编", return_class=ReturnClass.CUSTOM_MADE)
        [order] = buy(market.buyer, [(sku, 1)])
        assert cancel(market, order).state is OrderState.PAID

    def test_is_not_for_what_is_shipped_or_anothers(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        with pytest.raises(OrderNotFound):
            cancel_order(market.nanjiang.actor, order.id, reason=NOT_WANTED)
        with pytest.raises(ReasonNotYours):
            cancel_order(market.buyer, order.id, reason=OUT_OF_STOCK)
        deliver(market.buyer, market.nanjiang, order)
        with pytest.raises(OrderNotCancellable):
            cancel(market, order)


class TestAnswer:
    @pytest.fixture
    def asked(self, market: Market) -> Order:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        pick_order(market.nanjiang.actor, order.id)
        return cancel(market, order)

    def test_agreement_voids_the_order(self, market: Market, asked: Order) -> None:
        assert agree_to_cancel(market.nanjiang.actor, asked.id).state is OrderState.CANCELLED
        assert refunded(asked) == asked.total_fen
        with pytest.raises(CancellationNotAsked):
            agree_to_cancel(market.nanjiang.actor, asked.id)
        assert broken() == []

    def test_refusal_lets_the_goods_go(self, market: Market, asked: Order) -> None:
        refuse_to_cancel(market.nanjiang.actor, asked.id, answer="已交快递")
        assert ship(market.nanjiang, asked).state is OrderState.SHIPPED
        assert broken() == []

    def test_withdrawal_lets_the_goods_go(self, market: Market, asked: Order) -> None:
        withdraw_cancellation(market.buyer, asked.id)
        assert ship(market.nanjiang, asked).state is OrderState.SHIPPED

    def test_silence_agrees(self, market: Market, asked: Order) -> None:
        jobs.settle_due_cancellations()
        assert again(asked).state is OrderState.PAID
        with clock.travel(clock.now() + timedelta(hours=24, seconds=5)):
            jobs.settle_due_cancellations()
        assert again(asked).state is OrderState.CANCELLED
        assert latest(asked).answered_by is None
        assert broken() == []

    def test_is_the_sellers(self, market: Market, asked: Order) -> None:
        for stranger in (market.xinhe.actor, market.buyer):
            with pytest.raises(OrderNotFound):
                agree_to_cancel(stranger, asked.id)


class TestCancelSale:
    def test_of_a_rest_refunds_the_rest_and_ends_shipping(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3), (market.tea, 1)])
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 1)])
        cancel_sale(market.nanjiang.actor, order.id, reason=OUT_OF_STOCK, note="今年没收成")
        assert again(order).state is OrderState.SHIPPED
        assert refunded(order) == 2 * 5800 + 3333
        with pytest.raises(NothingLeftToClaim):
            apply_for_refund(
                market.buyer,
                order.id,
                order_line_id=lines_of(order)[1].id,
                quantity=1,
                reason="已经退了",
            )
        assert broken() == []

    def test_is_the_sellers_own(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        for stranger in (market.xinhe.actor, market.buyer):
            with pytest.raises(OrderNotFound):
                cancel_sale(stranger, order.id, reason=OUT_OF_STOCK)
        assert cancel_sale(market.nanjiang.actor, order.id, reason=OUT_OF_STOCK).state is (
            OrderState.CANCELLED
        )
