"""Refunds of lines: before and after shipping, whole and in parts, never above what was paid."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from orders.aftersales.errors import (
    AftersalesCaseNotFound,
    AftersalesStateForbids,
    AftersalesWindowClosed,
    MoreBackThanSent,
    OrderLineNotFound,
    RefundExceedsLine,
    RefundExceedsQuantity,
)
from orders.aftersales.finishing import finish_case
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    give_refund,
    refuse_refund,
    withdraw_application,
)
from orders.fulfilment import jobs as fulfilment_jobs
from orders.fulfilment.service import ShipItem
from orders.payments.models import Refund
from orders.trades.errors import OrderNotFound
from orders.trades.models import Order
from orders.trades.states import AftersalesState, OrderState
from partners.credits.queries import list_outcomes
from products.catalogue.models import Sku
from tests.factories.freight import flat, make_template
from tests.factories.identity import make_actor
from tests.factories.orders import (
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    place,
    refund_of,
    send_back,
    ship,
)
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


def ask(market: Market, order: Order, **facts: object) -> AftersalesCase:
    values = {"order_line_id": lines_of(order)[0].id, "reason": "不想要了"} | facts
    return apply_for_refund(market.buyer, order.id, **values)  # type: ignore[arg-type]


def again(order: Order) -> Order:
    return next(each for each in orders_of(order.trade_id) if each.id == order.id)


def shelf(sku: Sku) -> tuple[int, int]:
    fresh = db.session.get_one(Sku, sku.id, populate_existing=True)
    return fresh.on_hand, fresh.reserved


def credited(order: Order) -> dict[str, tuple[str | None, int]]:
    outcomes = list_outcomes([line.id for line in lines_of(order)])
    return {each.scheme: (each.stage, each.net_fen) for each in outcomes if each.counts}


class TestApplyForRefund:
    def test_claims_its_part_of_the_line(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.tea, 3)])
        case = ask(market, order, quantity=1)
        assert (case.state, case.goods_fen) == (AftersalesState.APPLIED, 3333)
        assert lines_of(order)[0].claimed_fen == 3333
        assert lines_of(order)[0].refunded_fen == 0
        assert broken() == []

    def test_of_open_cases_together_never_exceed_the_line(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.tea, 3)])
        ask(market, order, quantity=2)
        with pytest.raises(RefundExceedsQuantity):
            ask(market, order, quantity=2)
        with pytest.raises(RefundExceedsLine):
            ask(market, order, amount_fen=3334)
        ask(market, order, amount_fen=3333)
        assert lines_of(order)[0].claimed_fen == 9999

    def test_is_closed_before_payment_and_after_the_window(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        with pytest.raises(AftersalesWindowClosed):
            ask(market, orders_of(whole.trade.id)[0], quantity=1)
        [order] = buy(market.buyer, [(market.mutton, 1)])
        deliver(market.buyer, market.nanjiang, order)
        with (
            clock.travel(clock.now() + timedelta(days=7, seconds=5)),
            pytest.raises(AftersalesWindowClosed),
        ):
            ask(market, order, quantity=1)

    def test_refuses_a_line_of_another_order(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        [other] = buy(market.buyer, [(market.mutton, 1)])
        with pytest.raises(OrderLineNotFound):
            ask(market, order, quantity=1, order_line_id=lines_of(other)[0].id)

    def test_does_not_know_another_buyers_order(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        for stranger in (make_actor(), market.nanjiang.actor):
            with pytest.raises(OrderNotFound):
                apply_for_refund(
                    stranger,
                    order.id,
                    order_line_id=lines_of(order)[0].id,
                    quantity=1,
                    reason="不是我的",
                )


class TestBeforeShipping:
    def test_releases_the_stock_and_reverses_the_credit(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 2)])
        case = ask(market, order, quantity=1)
        assert credited(order)["pairing"] == ("pending", 176_000)
        agree_to_refund(market.xinhe.actor, case.id)
        assert credited(order)["pairing"] == ("pending", 88_000)
        assert shelf(market.rawap) == (100, 1)
        assert again(order).state is OrderState.PAID
        assert broken() == []

    def test_of_everything_voids_the_order_and_returns_its_freight(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000))
        [order] = buy(market.buyer, [(market.mutton, 1), (market.tea, 1)])
        cases = [ask(market, order, quantity=1, order_line_id=line.id) for line in lines_of(order)]
        amounts = [agree_to_refund(market.nanjiang.actor, case.id).freight_fen for case in cases]
        assert amounts == [0, 1000]
        assert sum(refund_of(case).amount for case in cases) == order.total_fen
        assert again(order).state is OrderState.CANCELLED
        assert shelf(market.mutton) == (100, 0)
        assert broken() == []

    def test_of_the_rest_makes_a_partly_shipped_order_shipped(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 1)])
        case = ask(market, order, quantity=2)
        agree_to_refund(market.nanjiang.actor, case.id)
        assert again(order).state is OrderState.SHIPPED
        assert again(order).accept_due_at is not None
        assert shelf(market.mutton) == (99, 0)
        assert broken() == []

    def test_of_money_only_leaves_the_goods_to_be_shipped(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        case = ask(market, order, amount_fen=600)
        agree_to_refund(market.nanjiang.actor, case.id)
        ship(market.nanjiang, order)
        assert lines_of(order)[0].shipped_quantity == 2
        assert broken() == []


class TestAfterShipping:
    def test_puts_back_only_what_came_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        deliver(market.buyer, market.nanjiang, order)
        case = ask(market, order, quantity=2)
        agree_to_refund(market.nanjiang.actor, case.id, put_back_quantity=1)
        assert shelf(market.mutton) == (98, 0)
        assert broken() == []

    def test_refuses_more_back_than_the_refund_covers(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        deliver(market.buyer, market.nanjiang, order)
        case = ask(market, order, quantity=1)
        with pytest.raises(MoreBackThanSent):
            agree_to_refund(market.nanjiang.actor, case.id, put_back_quantity=2)

    def test_refuses_to_put_back_what_never_left(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        case = ask(market, order, quantity=1)
        with pytest.raises(MoreBackThanSent):
            agree_to_refund(market.nanjiang.actor, case.id, put_back_quantity=1)

    def test_in_three_parts_comes_to_the_line_and_the_credit_to_zero(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 3)], "331102")
        deliver(market.buyer, market.xinhe, order)
        give_refund(
            market.xinhe.actor,
            order.id,
            order_line_id=lines_of(order)[0].id,
            amount_fen=1,
            reason="补偿一分",
        )
        amounts = []
        for _ in range(3):
            case = ask(market, order, quantity=1)
            agree_to_refund(market.xinhe.actor, case.id)
            amounts.append(case.goods_fen)
        assert amounts == [88_000, 88_000, 87_999]
        assert lines_of(order)[0].refunded_fen == 264_000
        assert credited(order)["pairing"][1] == 0
        assert broken() == []


class TestAnswers:
    def test_refusal_gives_the_claim_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        case = ask(market, order, quantity=1)
        refuse_refund(market.nanjiang.actor, case.id, answer="已经发出")
        assert (case.state, case.answer) == (AftersalesState.REFUSED, "已经发出")
        assert lines_of(order)[0].claimed_fen == 0
        assert ask(market, order, quantity=1).goods_fen == 5800
        assert broken() == []

    def test_withdrawal_gives_the_claim_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        case = ask(market, order, quantity=1)
        withdraw_application(market.buyer, case.id)
        assert case.state is AftersalesState.WITHDRAWN
        assert lines_of(order)[0].claimed_quantity == 0
        assert broken() == []

    def test_is_given_once(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        case = ask(market, order, quantity=1)
        agree_to_refund(market.nanjiang.actor, case.id)
        for answer in (
            lambda: agree_to_refund(market.nanjiang.actor, case.id),
            lambda: refuse_refund(market.nanjiang.actor, case.id, answer="晚了"),
            lambda: withdraw_application(market.buyer, case.id),
        ):
            with pytest.raises(AftersalesStateForbids):
                answer()
        assert db.session.scalar(select(func.count()).select_from(Refund)) == 1
        assert broken() == []

    def test_is_the_sellers_and_withdrawal_the_buyers(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        case = ask(market, order, quantity=1)
        for answer in (
            lambda: agree_to_refund(market.buyer, case.id),
            lambda: agree_to_refund(market.xinhe.actor, case.id),
            lambda: refuse_refund(market.xinhe.actor, case.id, answer="不是我的"),
            lambda: withdraw_application(market.nanjiang.actor, case.id),
            lambda: agree_to_refund(market.nanjiang.actor, new_id()),
        ):
            with pytest.raises(AftersalesCaseNotFound):
                answer()


class TestGiveRefund:
    def test_after_completion_reverses_the_confirmed_credit_today(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        with clock.travel(clock.now() + timedelta(days=60)):
            fulfilment_jobs.complete_due_orders()
            assert credited(order)["pairing"] == ("confirmed", 88_000)
            give_refund(
                market.xinhe.actor,
                order.id,
                order_line_id=lines_of(order)[0].id,
                quantity=1,
                put_back_quantity=1,
                reason="琴面开裂",
            )
            assert credited(order)["pairing"][1] == 0
            assert again(order).state is OrderState.COMPLETED
            assert shelf(market.rawap) == (100, 0)
            assert broken() == []

    def test_is_not_for_an_unpaid_order(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        [order] = orders_of(whole.trade.id)
        with pytest.raises(AftersalesWindowClosed):
            give_refund(
                market.nanjiang.actor,
                order.id,
                order_line_id=lines_of(order)[0].id,
                quantity=1,
                reason="没有付款",
            )


class TestFinishCase:
    def test_follows_the_money(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        case = ask(market, order, quantity=1)
        agree_to_refund(market.nanjiang.actor, case.id)
        assert case.state is AftersalesState.AWAITING_REFUND
        assert send_back(case) == "succeeded"
        assert send_back(case) == "repeated"
        db.session.refresh(case)
        assert case.state is AftersalesState.DONE
        assert not finish_case(case.id)
        assert broken() == []

    def test_does_not_hold_up_completion(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)])
        deliver(market.buyer, market.nanjiang, order)
        case = ask(market, order, quantity=1)
        agree_to_refund(market.nanjiang.actor, case.id)
        with clock.travel(clock.now() + timedelta(days=8)):
            fulfilment_jobs.complete_due_orders()
            assert again(order).state is OrderState.COMPLETED
            send_back(case)
        assert broken() == []
