"""A dispute holds the money, takes the sale back or lets it go on, in whatever order it is told."""

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from marketplace.money import yuan
from marketplace.notices.models import Notice
from marketplace.outbox import spreading
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.jobs import settle_due_cases
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.opening import apply_for_refund
from orders.aftersales.service import agree_to_refund, give_refund
from orders.card_disputes.errors import PaymentDisputed, ShippingDisputed
from orders.card_disputes.models import DisputeState
from orders.failed_refunds.service import retry_refund
from orders.fulfilment.service import ShipItem
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import calls, refunds
from orders.payments.models import PaymentEvent, Refund, RefundState
from orders.payments.stripe.reading import read_events
from orders.trades.models import Order
from tests.factories.coupons import claim, make_platform_coupon
from tests.factories.orders import complete, lines_of, place, ship
from tests.factories.settlements import payable_lines_of
from tests.orders.card_disputes.conftest import Sales, post
from tests.orders.invariants import broken
from tests.stripe_server import FakeStripe

HOLDER = provider_owner("stripe")


def held_by_provider() -> int:
    return journal.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER)


def payable(order: Order) -> int:
    return -journal.get_balance(AccountKind.COOPERATIVE_PAYABLE, order.cooperative_id)


def refunded(*orders: Order) -> list[int]:
    return [line.refunded_fen for order in orders for line in lines_of(order)]


def read_state(order: Order) -> str:
    db.session.refresh(order)
    return str(order.state)


@pytest.fixture
def later(travel: Callable[[datetime], None]) -> Callable[[], None]:
    return lambda: travel(clock.now() + timedelta(days=8))


class TestBeforeCompletion:
    def test_the_order_waits_for_the_bank(self, sales: Sales, later: Callable[[], None]) -> None:
        orders = sales.sell()
        sales.deliver(*orders)
        name = sales.dispute()
        later()
        assert [complete(order) for order in orders] == [False, False]
        assert held_by_provider() == 0
        assert broken() == []
        dispute = sales.decide(name, "won")
        assert dispute.state is DisputeState.WON
        assert [complete(order) for order in orders] == [True, True]
        assert held_by_provider() == dispute.amount
        assert broken() == []

    def test_a_lost_one_takes_the_sale_back(self, sales: Sales, later: Callable[[], None]) -> None:
        orders = sales.sell()
        sales.deliver(*orders)
        dispute = sales.decide(sales.dispute(), "lost")
        assert sorted(refunded(*orders)) == [3333, 11600, 88000]
        assert held_by_provider() == 0
        assert journal.get_balance(AccountKind.DISPUTED_FUNDS) == 0
        later()
        assert [complete(order) for order in orders] == [True, True]
        assert [payable(order) for order in orders] == [0, 0]
        assert dispute.ended_at is not None
        assert broken() == []

    def test_a_part_falls_on_the_lines_by_what_was_paid(self, sales: Sales) -> None:
        orders = sales.sell()
        sales.decide(sales.dispute(amount=10_001), "lost")
        assert sum(refunded(*orders)) == 10_001
        assert broken() == []

    def test_nothing_is_shipped_while_the_bank_decides(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 1)])
        name = sales.dispute()
        with pytest.raises(ShippingDisputed):
            ship(sales.market.nanjiang, order)
        sales.decide(name, "won")
        assert ship(sales.market.nanjiang, order).state == "shipped"

    def test_what_was_not_shipped_stays_when_it_is_lost(self, sales: Sales) -> None:
        nanjiang, xinhe = sales.sell()
        sku, before = sales.market.mutton, sales.market.mutton.reserved
        sales.decide(sales.dispute(), "lost")
        assert [read_state(each) for each in (nanjiang, xinhe)] == ["cancelled", "cancelled"]
        db.session.refresh(sku)
        assert before - sku.reserved == 2
        assert broken() == []

    def test_the_rest_is_not_awaited_when_it_is_lost(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 2), (sales.market.tea, 1)])
        mutton = next(line for line in lines_of(order) if line.product_name == "南江黄羊肉")
        ship(sales.market.nanjiang, order, items=[ShipItem(mutton.id, 1)])
        sales.decide(sales.dispute(), "lost")
        assert read_state(order) == "shipped"
        assert broken() == []

    def test_a_part_lost_refuses_no_shipment(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 1)])
        sales.decide(sales.dispute(amount=100), "lost")
        assert ship(sales.market.nanjiang, order).state == "shipped"
        assert broken() == []


def told_to(account_id: uuid.UUID) -> Sequence[Notice]:
    db.session.commit()
    spreading.spread()
    statement = select(Notice).where(
        Notice.account_id == account_id, Notice.kind.startswith("dispute")
    )
    return db.session.scalars(statement.order_by(Notice.made_at, Notice.id)).all()


class TestAfterCompletion:
    def test_holds_what_is_payable_and_lets_it_go(
        self, sales: Sales, later: Callable[[], None]
    ) -> None:
        orders = sales.sell()
        sales.deliver(*orders)
        later()
        assert [complete(order) for order in orders] == [True, True]
        before = [payable(order) for order in orders]
        name = sales.dispute()
        nanjiang = orders[0]
        [opened] = told_to(sales.market.nanjiang.manager.id)
        assert opened.kind == "dispute_opened"
        assert opened.link == f"/desk/orders/{nanjiang.id}"
        assert nanjiang.order_no in opened.text_zh
        assert opened.text_zh.count(yuan(nanjiang.total_fen)) == 2
        assert [payable(order) for order in orders] == [0, 0]
        assert broken() == []
        sales.decide(name, "won")
        assert [payable(order) for order in orders] == before
        told = [one.kind for one in told_to(sales.market.nanjiang.manager.id)]
        assert told == ["dispute_opened", "dispute_won"]
        kinds = [line.kind for line in payable_lines_of(orders[0].cooperative_id)]
        assert kinds.count("dispute") == 2 * kinds.count("sale")
        assert broken() == []

    def test_a_lost_one_gives_back_fee_and_coupon(
        self, sales: Sales, later: Callable[[], None]
    ) -> None:
        coupon = make_platform_coupon()
        holding = claim(sales.market.shopper, coupon)
        orders = sales.sell(coupon_ids=[holding])
        for order in orders:
            for line in lines_of(order):
                line.fee_rate_bp = 200
        db.session.flush()
        sales.deliver(*orders)
        later()
        assert [complete(order) for order in orders] == [True, True]
        assert journal.get_balance(AccountKind.PLATFORM_FEE) < 0
        sales.decide(sales.dispute(), "lost")
        assert [payable(order) for order in orders] == [0, 0]
        assert journal.get_balance(AccountKind.PLATFORM_FEE) == 0
        assert journal.get_balance(AccountKind.COUPON_COST) == 0
        assert journal.get_balance(AccountKind.HELD_FOR_DISPUTES) == 0
        assert broken() == []

    def test_money_that_comes_back_after_all_is_the_platforms(self, sales: Sales) -> None:
        sales.sell()
        name = sales.dispute()
        sales.decide(name, "lost")
        dispute = sales.decide(name, "won")
        assert dispute.state is DisputeState.WON
        assert journal.get_balance(AccountKind.DISPUTE_LOSSES) == -dispute.amount
        assert held_by_provider() == dispute.amount
        assert broken() == []


class TestAfterSales:
    def ask(self, sales: Sales, order: Order, **given: Any) -> AftersalesCase:
        [line] = lines_of(order)
        asked = {"quantity": 1, "reason": "少一件"} | given
        return apply_for_refund(sales.market.buyer, order.id, order_line_id=line.id, **asked)

    @pytest.mark.parametrize("is_before", [True, False])
    def test_what_is_only_asked_for_is_lost_with_its_line(
        self, sales: Sales, is_before: bool
    ) -> None:
        [order] = sales.sell([(sales.market.mutton, 2)])
        case = self.ask(sales, order) if is_before else None
        name = sales.dispute()
        case = case or self.ask(sales, order)
        sales.decide(name, "lost")
        db.session.refresh(case)
        assert case.state == "withdrawn"
        assert refunded(order) == [11600]
        assert journal.get_balance(AccountKind.DISPUTE_LOSSES) == 0
        assert broken() == []

    def test_a_replacement_in_stock_is_free_again(self, sales: Sales) -> None:
        depot = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
        set_return_address(sales.market.nanjiang.actor, sales.market.nanjiang.id, depot)
        [order] = sales.sell([(sales.market.mutton, 2)])
        sales.deliver(order)
        case = self.ask(
            sales, order, kind=CaseKind.EXCHANGE, cause=CaseCause.WRONG_GOODS, reason="发错了"
        )
        agree_to_refund(sales.market.nanjiang.actor, case.id)
        sku = sales.market.mutton
        db.session.refresh(sku)
        assert sku.reserved == 1
        sales.decide(sales.dispute(), "lost")
        db.session.refresh(sku)
        assert sku.reserved == 0
        assert broken() == []

    def test_what_fits_beside_a_part_goes_on(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 2)])
        case = self.ask(sales, order)
        sales.decide(sales.dispute(amount=5800), "lost")
        db.session.refresh(case)
        assert case.state == "applied"
        assert broken() == []

    def test_no_limit_is_over_while_the_bank_decides(
        self, sales: Sales, later: Callable[[], None]
    ) -> None:
        [order] = sales.sell([(sales.market.mutton, 2)])
        case = self.ask(sales, order)
        name = sales.dispute()
        later()
        settle_due_cases()
        db.session.refresh(case)
        assert case.state == "applied"
        sales.decide(name, "won")
        settle_due_cases()
        db.session.refresh(case)
        assert case.state == "awaiting_refund"
        assert broken() == []


class TestAnotherCurrency:
    def test_ends_what_was_owed_and_books_nothing(self, sales: Sales, stripe: FakeStripe) -> None:
        market = sales.market
        trade = place(market.buyer, [(market.mutton, 1)]).trade
        attempt_id = calls.start_payment(market.buyer, trade.id, "stripe", "alipay")
        intent = list(stripe.intents.values())[-1]
        stripe.complete(intent["id"], currency="usd")
        read_events()
        name = sales.dispute()
        [refund] = db.session.query(Refund).filter_by(attempt_id=attempt_id)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state is RefundState.FAILED
        assert sales.decide(name, "lost").state is DisputeState.LOST
        db.session.refresh(refund)
        assert (refund.state, refund.currency) == (RefundState.SUCCEEDED, "USD")
        assert {each.balance_fen for each in journal.list_balances()} <= {0}
        assert broken() == []


class TestNews:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_ends_the_same_in_any_order_and_number(
        self, sales: Sales, stripe: FakeStripe, client: FlaskClient, seed: int
    ) -> None:
        sales.sell()
        known = len(stripe.events)
        raised = stripe.disputes.raise_one(next(iter(stripe.intents.values())))
        stripe.disputes.decide(raised["id"], "won")
        notices = stripe.events[known:] * 2
        random.Random(seed).shuffle(notices)
        assert {post(client, stripe.notice(event)) for event in notices} == {204}
        assert sales.find(raised["id"]).state is DisputeState.WON
        assert held_by_provider() == raised["amount"]
        assert journal.get_balance(AccountKind.DISPUTED_FUNDS) == 0
        assert broken() == []

    def test_an_inquiry_moves_nothing_and_forbids_nothing(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 1)])
        name = sales.dispute(inquiry=True)
        refund = refunds.request_refund(order, amount_fen=1, cause_id=new_id(), actor=SYSTEM)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED
        assert sales.decide(name, "warning_closed").state is DisputeState.INQUIRY_CLOSED
        assert held_by_provider() == 5799

    def test_one_about_a_strangers_payment_is_kept_and_has_no_effect(
        self, sales: Sales, stripe: FakeStripe
    ) -> None:
        sales.sell()
        intent = next(iter(stripe.intents.values()))
        stripe.disputes.raise_one(intent | {"id": "pi_elsewhere"})
        read_events()
        effects = {event.effect for event in db.session.query(PaymentEvent)}
        assert "unknown" in effects
        assert broken() == []


class TestRefunds:
    def test_are_refused_in_plain_words_while_the_bank_decides(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 1)])
        name = sales.dispute()
        with pytest.raises(PaymentDisputed):
            give_refund(
                sales.market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id,
                quantity=1, reason="缺货",
            )  # fmt: skip
        sales.decide(name, "won")
        refund = refunds.request_refund(order, amount_fen=5800, cause_id=new_id(), actor=SYSTEM)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED

    def test_one_asked_for_before_is_paid_by_the_bank_when_it_is_lost(self, sales: Sales) -> None:
        [order] = sales.sell([(sales.market.mutton, 2)])
        give_refund(
            sales.market.nanjiang.actor, order.id, order_line_id=lines_of(order)[0].id,
            quantity=1, reason="缺货",
        )  # fmt: skip
        name = sales.dispute()
        refund = db.session.query(Refund).one()
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert (refund.state, refund.failure) == ("failed", "charge_disputed: charge_disputed")
        with pytest.raises(PaymentDisputed):
            retry_refund(SYSTEM, refund.id, note="再试")
        sales.decide(name, "lost")
        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED
        assert refunded(order) == [11600]
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == 0
        assert held_by_provider() == 0
        assert broken() == []
