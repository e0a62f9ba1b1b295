"""Orders of which nothing is left: every way into their end, and what becomes of money and stock."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.permissions import Role
from orders.aftersales import jobs
from orders.aftersales.addresses import set_return_address
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    ask_to_intercept,
    escalate_case,
    give_refund,
    receive_goods,
    refund_instead,
    refuse_refund,
    withdraw_application,
)
from orders.arbitration.service import Outcome, decide_case
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import agree_to_cancel, cancel_order, cancel_sale
from orders.fulfilment import jobs as fulfilment_jobs
from orders.fulfilment.models import Parcel
from orders.fulfilment.service import ShipItem
from orders.payments import calls
from orders.payments.models import Refund
from orders.settlements.models import SettlementLine
from orders.trades.models import Order
from orders.trades.states import AftersalesState, OrderState, PickupState
from partners.credits.queries import list_outcomes
from products.catalogue.models import Sku
from tests.factories.bank import make_officers
from tests.factories.debts import buy_on_terms, debts_of, make_clerk_on_terms
from tests.factories.freight import flat, make_template
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import (
    LIANDU,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    orders_of,
    ship,
)
from tests.factories.pickups import buy_to_collect, make_point, pickup_of
from tests.orders.aftersales.test_cases import DEPOT
from tests.orders.invariants import broken

OUT_OF_STOCK = CancellationReason.OUT_OF_STOCK


@pytest.fixture
def market() -> Market:
    market = make_market()
    set_return_address(market.nanjiang.actor, market.nanjiang.id, DEPOT)
    return market


@pytest.fixture
def sent(market: Market) -> Order:
    """Two pieces for Liandu, on their way."""
    [order] = buy(market.buyer, [(market.mutton, 2)], LIANDU)
    return ship(market.nanjiang, order)


def ask(market: Market, order: Order, **facts: object) -> AftersalesCase:
    values = {
        "order_line_id": lines_of(order)[0].id,
        "kind": CaseKind.RETURN,
        "cause": CaseCause.NO_REASON,
        "quantity": 2,
        "reason": "不想要了",
    } | facts
    return apply_for_refund(market.buyer, order.id, **values)  # type: ignore[arg-type]


def come_back(market: Market, order: Order, quantity: int = 2) -> None:
    """Ask for pieces to be returned, and take them in, sellable."""
    case = ask(market, order, quantity=quantity)
    agree_to_refund(market.nanjiang.actor, case.id)
    receive_goods(market.nanjiang.actor, case.id, put_back_quantity=quantity)


def again(order: Order) -> Order:
    return next(each for each in orders_of(order.trade_id) if each.id == order.id)


def deeds(order: Order) -> list[str]:
    mine = select(AuditEntry.action).where(AuditEntry.subject_id == str(order.id))
    return list(db.session.scalars(mine.order_by(AuditEntry.id)))


def refunded(order: Order) -> int:
    return sum(db.session.scalars(select(Refund.amount).where(Refund.order_id == order.id)))


def on_hand(sku: Sku) -> tuple[int, int]:
    fresh = db.session.get_one(Sku, sku.id, populate_existing=True)
    return fresh.on_hand, fresh.reserved


def after_a_month() -> None:
    with clock.travel(clock.now() + timedelta(days=31)):
        fulfilment_jobs.accept_due_orders()
        fulfilment_jobs.complete_due_orders()


def assert_void(order: Order) -> None:
    """It is cancelled, all its money is back, it counts for nothing, and time does nothing to it."""
    after_a_month()
    left = again(order)
    assert left.state is OrderState.CANCELLED
    assert (left.accept_due_at, left.accepted_at) == (None, None)
    assert left.closed_at is not None
    assert deeds(order).count("order.voided") == 1
    assert refunded(order) == left.total_fen
    counted = list_outcomes([line.id for line in lines_of(order)])
    assert sum(each.net_fen for each in counted) == 0
    assert broken() == []


class TestRestCalledOff:
    def test_after_what_was_sent_came_back_never_says_shipped(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)], LIANDU)
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 2)])
        come_back(market, order)
        assert again(order).state is OrderState.PART_SHIPPED
        cancel_sale(market.nanjiang.actor, order.id, reason=OUT_OF_STOCK)
        assert_void(order)
        assert again(order).shipped_at is None
        assert "order.shipped" not in deeds(order)
        assert on_hand(market.mutton) == (100, 0)

    def test_before_what_was_sent_comes_back_keeps_when_it_was_sent(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)], LIANDU)
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 2)])
        sent_at = db.session.scalars(select(Parcel.shipped_at)).one()
        with clock.travel(clock.now() + timedelta(days=3)):
            cancel_order(market.buyer, order.id, reason=CancellationReason.NOT_WANTED)
            agree_to_cancel(market.nanjiang.actor, order.id)
            waiting = again(order)
            assert (waiting.state, waiting.shipped_at) == (OrderState.SHIPPED, sent_at)
            assert waiting.accept_due_at is not None
            assert waiting.accept_due_at > clock.now() + timedelta(days=9)
            come_back(market, order)
        assert_void(order)
        assert again(order).shipped_at == sent_at

    def test_with_pieces_still_with_the_buyer_goes_on(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)], LIANDU)
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 2)])
        come_back(market, order, 1)
        cancel_sale(market.nanjiang.actor, order.id, reason=OUT_OF_STOCK)
        assert again(order).state is OrderState.SHIPPED
        assert broken() == []


def _intercepted(market: Market, order: Order) -> None:
    [case] = ask_to_intercept(market.buyer, order.id, reason="地址错了")
    agree_to_refund(market.nanjiang.actor, case.id)
    with clock.travel(clock.now() + timedelta(days=8)):
        jobs.settle_due_cases()


def _given(market: Market, order: Order) -> None:
    give_refund(market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id,
                reason="全部变质", quantity=2)  # fmt: skip


def _decided(market: Market, order: Order) -> None:
    case = ask(market, order)
    refuse_refund(market.nanjiang.actor, case.id, answer="不是质量问题")
    escalate_case(market.buyer, case.id, reason="有照片")
    judge = actor_of(make_account(role=Role.PLATFORM_ADMIN))
    decide_case(judge, case.id, outcome=Outcome.REFUND, decision="支持买家")


def _no_replacement(market: Market, order: Order) -> None:
    case = ask(market, order, kind=CaseKind.EXCHANGE)
    agree_to_refund(market.nanjiang.actor, case.id)
    receive_goods(market.nanjiang.actor, case.id, put_back_quantity=0)
    refund_instead(market.nanjiang.actor, case.id)


def _in_two_parts(market: Market, order: Order) -> None:
    come_back(market, order, 1)
    assert again(order).state is OrderState.SHIPPED
    never_came = ask(market, order, kind=CaseKind.REFUND_ONLY, cause=CaseCause.MISSING, quantity=1)
    agree_to_refund(market.nanjiang.actor, never_came.id)


class TestAllThatWasShippedCameBack:
    @pytest.mark.parametrize(
        "way", [come_back, _given, _intercepted, _decided, _no_replacement, _in_two_parts]
    )
    def test_ends_the_order(
        self, market: Market, sent: Order, way: Callable[[Market, Order], None]
    ) -> None:
        way(market, sent)
        assert_void(sent)

    def test_for_a_fault_gives_the_freight_back_too(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000))
        [order] = buy(market.buyer, [(market.mutton, 2)], LIANDU)
        ship(market.nanjiang, order)
        lost = ask(market, order, kind=CaseKind.REFUND_ONLY, cause=CaseCause.NOT_RECEIVED)
        agree_to_refund(market.nanjiang.actor, lost.id)
        assert_void(order)

    def test_without_a_fault_settles_the_freight_and_waits_for_nobody(self, market: Market) -> None:
        make_template(market.nanjiang, flat(1000))
        [order] = buy(market.buyer, [(market.mutton, 2)], LIANDU)
        ship(market.nanjiang, order)
        come_back(market, order)
        ended = again(order)
        assert (ended.state, refunded(order)) == (OrderState.ACCEPTED, 11_600)
        assert "order.accepted" in deeds(order)
        assert broken() == []
        after_a_month()
        assert again(order).state is OrderState.COMPLETED
        payable = select(SettlementLine.payable_fen).where(SettlementLine.order_id == order.id)
        assert sum(db.session.scalars(payable)) == 1000
        assert broken() == []

    def test_for_less_than_its_price_settles_the_rest(self, market: Market, sent: Order) -> None:
        worn = ask(market, sent, amount_fen=11_000)
        agree_to_refund(market.nanjiang.actor, worn.id)
        receive_goods(market.nanjiang.actor, worn.id, put_back_quantity=2)
        assert again(sent).state is OrderState.ACCEPTED
        assert broken() == []

    def test_of_an_accepted_order_leaves_it_accepted(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)], LIANDU)
        deliver(market.buyer, market.nanjiang, order)
        come_back(market, order)
        assert again(order).state is OrderState.ACCEPTED
        assert broken() == []

    @pytest.mark.parametrize("freight_fen", [0, 1000])
    def test_of_goods_that_came_first_leaves_nothing_owed_but_freight(
        self, market: Market, freight_fen: int
    ) -> None:
        make_template(market.nanjiang, flat(freight_fen))
        clerk = make_clerk_on_terms(make_officers())
        trade = buy_on_terms(clerk.actor, [(market.mutton, 2)])
        [order] = orders_of(trade.id)
        ship(market.nanjiang, order)
        give_refund(market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id,
                    reason="变质", quantity=2)  # fmt: skip
        for refund in db.session.scalars(select(Refund)).all():
            calls.send_refund(refund.id)
        [debt] = debts_of(trade)
        assert debt.owed_fen == freight_fen
        ended = OrderState.ACCEPTED if freight_fen else OrderState.CANCELLED
        assert again(order).state is ended
        assert broken() == []

    def test_of_a_point_ends_the_wait_there(self, market: Market) -> None:
        order = buy_to_collect(market, make_point(), [(market.mutton, 2)])
        ship(market.nanjiang, order)
        _intercepted(market, order)
        assert pickup_of(order).state is PickupState.CLOSED
        assert_void(order)


class TestCaseThatHoldsItOpen:
    @pytest.mark.parametrize("end", ["refused", "withdrawn", "dismissed"])
    def test_ends_with_it(self, market: Market, sent: Order, end: str) -> None:
        bonus = ask(market, sent, kind=CaseKind.REFUND_ONLY, cause=CaseCause.OTHER, quantity=0,
                    amount_fen=1)  # fmt: skip
        worn = ask(market, sent, amount_fen=11_000)
        agree_to_refund(market.nanjiang.actor, worn.id)
        if end == "dismissed":
            refuse_refund(market.nanjiang.actor, bonus.id, answer="没有约定")
            escalate_case(market.buyer, bonus.id, reason="说好的")
        receive_goods(market.nanjiang.actor, worn.id, put_back_quantity=2)
        assert again(sent).state is OrderState.SHIPPED
        if end == "refused":
            refuse_refund(market.nanjiang.actor, bonus.id, answer="没有约定")
        elif end == "withdrawn":
            withdraw_application(market.buyer, bonus.id)
        else:
            judge = actor_of(make_account(role=Role.PLATFORM_ADMIN))
            decide_case(judge, bonus.id, outcome=Outcome.DISMISS, decision="没有依据")
        assert again(sent).state is OrderState.ACCEPTED
        assert broken() == []


class TestGoodsThatNeverWentOut:
    def test_give_their_whole_line_back_whatever_was_named(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)], LIANDU)
        bonus = ask(market, order, kind=CaseKind.REFUND_ONLY, cause=CaseCause.OTHER, quantity=0,
                    amount_fen=50)  # fmt: skip
        first = ask(market, order, kind=CaseKind.REFUND_ONLY, quantity=1)
        last = ask(market, order, kind=CaseKind.REFUND_ONLY, quantity=1, amount_fen=100)
        agree_to_refund(market.nanjiang.actor, first.id)
        agree_to_refund(market.nanjiang.actor, last.id)
        assert (last.goods_fen, bonus.state) == (5825, AftersalesState.WITHDRAWN)
        assert_void(order)
