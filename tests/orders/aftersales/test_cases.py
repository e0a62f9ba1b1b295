"""Cases in which goods come back: returns, exchanges, interceptions, deadlines, the platform."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.aftersales import jobs
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.errors import (
    AftersalesCaseNotFound,
    AftersalesStateForbids,
    AmountNotDecided,
    GoodsMustComeBack,
    NothingToIntercept,
    RefundEmpty,
    RefundExceedsShipped,
    ReturnAddressMissing,
    ReturnClassForbids,
)
from orders.aftersales.models import AftersalesCase, CaseCause, CaseEvent, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    ask_to_intercept,
    confirm_replacement,
    escalate_case,
    receive_goods,
    refund_instead,
    refuse_goods,
    refuse_refund,
    send_goods_back,
    send_replacement,
    withdraw_application,
)
from orders.arbitration.service import Outcome, decide_case
from orders.fulfilment import jobs as fulfilment_jobs
from orders.fulfilment.service import ShipItem
from orders.payments.models import Refund
from orders.trades.models import Order
from orders.trades.states import AftersalesState, OrderState
from products.catalogue.models import ReturnClass, Sku
from products.stock.errors import StockShort
from tests.factories.freight import flat, make_template
from tests.factories.identity import actor_of, make_account
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

DEPOT = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
WAYBILL = {"courier_code": "sf", "waybill_no": "SF1234567890"}


@pytest.fixture
def market() -> Market:
    market = make_market()
    set_return_address(market.nanjiang.actor, market.nanjiang.id, DEPOT)
    return market


@pytest.fixture
def order(market: Market) -> Order:
    [order] = buy(market.buyer, [(market.mutton, 3)])
    return deliver(market.buyer, market.nanjiang, order)


@pytest.fixture
def judge() -> Actor:
    return actor_of(make_account(role=Role.PLATFORM_ADMIN))


def ask(market: Market, order: Order, **facts: object) -> AftersalesCase:
    values = {
        "order_line_id": lines_of(order)[0].id,
        "kind": CaseKind.RETURN,
        "cause": CaseCause.NO_REASON,
        "quantity": 1,
        "reason": "不想要了",
    } | facts
    return apply_for_refund(market.buyer, order.id, **values)  # type: ignore[arg-type]


def shelf(sku: Sku) -> tuple[int, int]:
    fresh = db.session.get_one(Sku, sku.id, populate_existing=True)
    return fresh.on_hand, fresh.reserved


def refunded(order: Order) -> int:
    return sum(db.session.scalars(select(Refund.amount).where(Refund.order_id == order.id)))


def state(case: AftersalesCase) -> AftersalesState:
    return db.session.get_one(AftersalesCase, case.id, populate_existing=True).state


def later(days: float, step: Callable[[], object]) -> None:
    with clock.travel(clock.now() + timedelta(days=days, seconds=5)):
        step()


class TestReturn:
    def test_pays_when_the_goods_are_back_and_shelves_what_is_sellable(
        self, market: Market, order: Order
    ) -> None:
        case = ask(market, order, quantity=2)
        seller = market.nanjiang.actor
        assert agree_to_refund(seller, case.id).state is AftersalesState.AWAITING_GOODS
        assert case.return_to is not None
        assert Consignee.unseal(case.return_to) == DEPOT
        assert refunded(order) == 0
        send_goods_back(market.buyer, case.id, **WAYBILL)
        assert shelf(market.mutton) == (97, 0)
        receive_goods(seller, case.id, put_back_quantity=1)
        assert (state(case), refunded(order)) == (AftersalesState.AWAITING_REFUND, 11_600)
        assert shelf(market.mutton) == (98, 0)
        deeds = select(CaseEvent.deed).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        assert db.session.scalars(deeds).all() == ["applied", "agreed", "sent_back", "received"]
        assert broken() == []

    def test_asks_where_to_send_before_it_is_agreed(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        case = ask(market, order)
        with pytest.raises(ReturnAddressMissing):
            agree_to_refund(market.xinhe.actor, case.id)
        agree_to_refund(market.xinhe.actor, case.id, return_to=DEPOT)
        assert state(case) is AftersalesState.AWAITING_GOODS

    def test_refused_goods_may_be_brought_before_the_platform(
        self, market: Market, order: Order
    ) -> None:
        case = ask(market, order)
        agree_to_refund(market.nanjiang.actor, case.id)
        send_goods_back(market.buyer, case.id, **WAYBILL)
        refuse_goods(market.nanjiang.actor, case.id, answer="空包裹")
        assert lines_of(order)[0].claimed_quantity == 0
        escalate_case(market.buyer, case.id, reason="有寄件视频")
        assert lines_of(order)[0].claimed_quantity == 1
        assert broken() == []

    def test_is_of_shipped_pieces_that_no_other_case_has(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 3)])
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, 2)])
        with pytest.raises(RefundExceedsShipped):
            ask(market, order, quantity=3)
        ask(market, order, quantity=1)
        with pytest.raises(RefundExceedsShipped) as refused:
            ask(market, order, quantity=2)
        assert refused.value.extra == {"returnable_quantity": 1}
        with pytest.raises(RefundEmpty):
            ask(market, order, quantity=0, amount_fen=100)


class TestReturnClass:
    @pytest.mark.parametrize("kind", [CaseKind.RETURN, CaseKind.EXCHANGE])
    @pytest.mark.parametrize("cause", [CaseCause.NO_REASON, CaseCause.OTHER])
    def test_of_fresh_goods_knows_faults_only(
        self, market: Market, kind: CaseKind, cause: CaseCause
    ) -> None:
        sku = stock_up(market.nanjiang, "鲜笋", return_class=ReturnClass.PERISHABLE)
        [order] = buy(market.buyer, [(sku, 1)])
        deliver(market.buyer, market.nanjiang, order)
        with pytest.raises(ReturnClassForbids):
            ask(market, order, kind=kind, cause=cause)
        assert ask(market, order, kind=kind, cause=CaseCause.QUALITY).goods_fen > 0

    def test_money_without_a_fault_takes_the_goods_back(self, market: Market, order: Order) -> None:
        with pytest.raises(GoodsMustComeBack):
            ask(market, order, kind=CaseKind.REFUND_ONLY)

    def test_is_kept_as_it_was_when_bought(self, market: Market, order: Order) -> None:
        assert lines_of(order)[0].return_class == "seven_days"


class TestFreight:
    @pytest.fixture
    def charged(self, market: Market) -> Order:
        make_template(market.nanjiang, flat(1000))
        [order] = buy(market.buyer, [(market.mutton, 1), (market.tea, 1)])
        return deliver(market.buyer, market.nanjiang, order)

    def give_back(self, market: Market, order: Order, cause: CaseCause) -> int:
        for line in lines_of(order):
            case = ask(market, order, order_line_id=line.id, cause=cause)
            agree_to_refund(market.nanjiang.actor, case.id)
            receive_goods(market.nanjiang.actor, case.id, put_back_quantity=0)
        assert broken() == []
        return refunded(order)

    def test_goes_back_with_the_last_line_of_a_faulty_order(
        self, market: Market, charged: Order
    ) -> None:
        assert self.give_back(market, charged, CaseCause.QUALITY) == charged.total_fen

    def test_stays_with_the_buyer_without_a_fault(self, market: Market, charged: Order) -> None:
        assert self.give_back(market, charged, CaseCause.NO_REASON) == charged.total_fen - 1000


class TestExchange:
    def exchange(self, market: Market, order: Order) -> AftersalesCase:
        case = ask(market, order, kind=CaseKind.EXCHANGE, cause=CaseCause.WRONG_GOODS)
        agree_to_refund(market.nanjiang.actor, case.id)
        return case

    def test_holds_ships_and_ends_without_money(self, market: Market, order: Order) -> None:
        case = self.exchange(market, order)
        assert shelf(market.mutton) == (97, 1)
        send_goods_back(market.buyer, case.id, **WAYBILL)
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        assert shelf(market.mutton) == (98, 1)
        send_replacement(
            market.nanjiang.actor, case.id, courier_code="zto", waybill_no="ZT9876543210"
        )
        assert shelf(market.mutton) == (97, 0)
        assert broken() == []
        confirm_replacement(market.buyer, case.id)
        assert (state(case), refunded(order)) == (AftersalesState.EXCHANGED, 0)
        assert lines_of(order)[0].claimed_quantity == 0
        assert broken() == []

    def test_of_everything_can_be_returned_once_more(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        deliver(market.buyer, market.nanjiang, order)
        self.finish(market, self.exchange(market, order))
        case = ask(market, order, cause=CaseCause.QUALITY)
        agree_to_refund(market.nanjiang.actor, case.id)
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        assert refunded(order) == 5800
        assert shelf(market.mutton) == (100, 0)
        assert broken() == []

    def finish(self, market: Market, case: AftersalesCase) -> None:
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        send_replacement(market.nanjiang.actor, case.id, **WAYBILL)
        confirm_replacement(market.buyer, case.id)

    def test_without_stock_is_not_agreed_to(self, market: Market) -> None:
        sku = stock_up(market.nanjiang, "孤品竹雕", on_hand=1)
        [order] = buy(market.buyer, [(sku, 1)])
        deliver(market.buyer, market.nanjiang, order)
        case = ask(market, order, kind=CaseKind.EXCHANGE, cause=CaseCause.DAMAGED)
        with pytest.raises(StockShort), db.session.begin_nested():
            agree_to_refund(market.nanjiang.actor, case.id)
        later(3, jobs.settle_due_cases)
        # Silence agrees all the same, to the money: there is nothing to exchange it for.
        assert state(case) is AftersalesState.AWAITING_GOODS
        assert db.session.get_one(AftersalesCase, case.id).kind is CaseKind.RETURN
        assert broken() == []

    def test_may_end_in_money_after_all(self, market: Market, order: Order) -> None:
        case = self.exchange(market, order)
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        refund_instead(market.nanjiang.actor, case.id)
        assert refunded(order) == 5800
        assert shelf(market.mutton) == (98, 0)
        assert broken() == []

    def test_withdrawn_frees_what_it_held(self, market: Market, order: Order) -> None:
        case = self.exchange(market, order)
        withdraw_application(market.buyer, case.id)
        assert shelf(market.mutton) == (97, 0)
        assert broken() == []


class TestAskToIntercept:
    def test_refunds_what_the_courier_brings_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])
        ship(market.nanjiang, order)
        cases = ask_to_intercept(market.buyer, order.id, reason="地址错了")
        for case in cases:
            agree_to_refund(market.nanjiang.actor, case.id)
            assert state(case) is AftersalesState.RETURNING
            receive_goods(market.nanjiang.actor, case.id, put_back_quantity=case.quantity)
        assert refunded(order) == order.goods_fen
        assert shelf(market.mutton) == (100, 0)
        assert broken() == []

    def test_needs_something_on_its_way(self, market: Market, order: Order) -> None:
        with pytest.raises(NothingToIntercept):
            ask_to_intercept(market.buyer, order.id, reason="地址错了")


class TestSilence:
    """Every limit has an outcome; the one job does them all, and nothing before its time."""

    def test_of_the_cooperative_agrees(self, market: Market, order: Order) -> None:
        money = ask(market, order, kind=CaseKind.REFUND_ONLY, cause=CaseCause.QUALITY)
        goods = ask(market, order)
        later(2.9, jobs.settle_due_cases)
        assert state(money) is AftersalesState.APPLIED
        later(3, jobs.settle_due_cases)
        assert state(money) is AftersalesState.AWAITING_REFUND
        assert state(goods) is AftersalesState.AWAITING_GOODS
        assert broken() == []

    def test_without_an_address_the_money_goes_back(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.rawap, 1)])
        deliver(market.buyer, market.xinhe, order)
        case = ask(market, order)
        later(3, jobs.settle_due_cases)
        assert state(case) is AftersalesState.AWAITING_REFUND
        assert broken() == []

    def test_of_the_buyer_closes_the_case(self, market: Market, order: Order) -> None:
        case = ask(market, order)
        agree_to_refund(market.nanjiang.actor, case.id)
        later(7, jobs.settle_due_cases)
        assert state(case) is AftersalesState.LAPSED
        assert lines_of(order)[0].claimed_quantity == 0
        assert broken() == []

    def test_about_what_came_back_refunds_it_and_shelves_nothing(
        self, market: Market, order: Order
    ) -> None:
        case = ask(market, order)
        agree_to_refund(market.nanjiang.actor, case.id)
        send_goods_back(market.buyer, case.id, **WAYBILL)
        later(7, jobs.settle_due_cases)
        assert (state(case), refunded(order)) == (AftersalesState.AWAITING_REFUND, 5800)
        assert shelf(market.mutton) == (97, 0)
        assert broken() == []

    def test_about_a_replacement_refunds_and_about_its_arrival_ends(
        self, market: Market, order: Order
    ) -> None:
        seller = market.nanjiang.actor
        unsent, unsaid = (
            ask(market, order, kind=CaseKind.EXCHANGE, cause=CaseCause.DAMAGED) for _ in range(2)
        )
        for case in (unsent, unsaid):
            agree_to_refund(seller, case.id)
            receive_goods(seller, case.id, put_back_quantity=0)
        send_replacement(seller, unsaid.id, **WAYBILL)
        later(7, jobs.settle_due_cases)
        assert state(unsent) is AftersalesState.AWAITING_REFUND
        later(10, jobs.settle_due_cases)
        assert state(unsaid) is AftersalesState.EXCHANGED
        assert broken() == []

    def test_after_a_refusal_lets_it_stand_and_the_order_complete(
        self, market: Market, order: Order
    ) -> None:
        with clock.travel(clock.now() + timedelta(days=6)):
            case = ask(market, order)
            refuse_refund(market.nanjiang.actor, case.id, answer="已拆封")
        later(8, fulfilment_jobs.complete_due_orders)
        assert orders_of(order.trade_id)[0].state is OrderState.ACCEPTED
        with clock.travel(clock.now() + timedelta(days=9, seconds=5)):
            jobs.settle_due_cases()
            with pytest.raises(AftersalesStateForbids):
                escalate_case(market.buyer, case.id, reason="晚了")
            fulfilment_jobs.complete_due_orders()
        assert orders_of(order.trade_id)[0].state is OrderState.COMPLETED
        assert broken() == []


class TestDecideCase:
    @pytest.fixture
    def case(self, market: Market, order: Order) -> AftersalesCase:
        case = ask(market, order, quantity=2)
        refuse_refund(market.nanjiang.actor, case.id, answer="已拆封")
        return escalate_case(market.buyer, case.id, reason="没有拆封")

    def test_refunds_as_much_as_it_says(
        self, market: Market, order: Order, case: AftersalesCase, judge: Actor
    ) -> None:
        with pytest.raises(AmountNotDecided):
            decide_case(judge, case.id, outcome=Outcome.REFUND, decision="过高", amount_fen=11_601)
        decide_case(judge, case.id, outcome=Outcome.REFUND, decision="各担一半", amount_fen=5800)
        assert refunded(order) == 5800
        assert lines_of(order)[0].claimed_fen == 5800
        assert broken() == []

    def test_may_have_the_goods_sent_back_first(
        self, market: Market, order: Order, case: AftersalesCase, judge: Actor
    ) -> None:
        decide_case(judge, case.id, outcome=Outcome.RETURN, decision="支持退货")
        with pytest.raises(AftersalesStateForbids):
            refuse_refund(market.nanjiang.actor, case.id, answer="还是不行")
        send_goods_back(market.buyer, case.id, **WAYBILL)
        receive_goods(market.nanjiang.actor, case.id, put_back_quantity=2)
        assert refunded(order) == 11_600
        assert broken() == []

    def test_dismissed_binds_the_buyer(
        self, market: Market, order: Order, case: AftersalesCase, judge: Actor
    ) -> None:
        decide_case(judge, case.id, outcome=Outcome.DISMISS, decision="照片不符")
        for again in (
            lambda: escalate_case(market.buyer, case.id, reason="不服"),
            lambda: decide_case(judge, case.id, outcome=Outcome.REFUND, decision="改了"),
        ):
            with pytest.raises(AftersalesStateForbids):
                again()
        assert (case.decision, case.decided_by) == ("照片不符", judge.id)
        assert lines_of(order)[0].claimed_quantity == 0
        assert broken() == []

    def test_is_the_platforms_and_only_of_what_is_before_it(
        self, market: Market, order: Order, case: AftersalesCase, judge: Actor
    ) -> None:
        auditor = actor_of(make_account(role=Role.AUDITOR))
        for stranger in (market.buyer, market.nanjiang.actor, auditor):
            with pytest.raises(AftersalesCaseNotFound):
                decide_case(stranger, case.id, outcome=Outcome.REFUND, decision="不归我管")
        other = ask(market, order)
        with pytest.raises(AftersalesCaseNotFound):
            decide_case(judge, other.id, outcome=Outcome.REFUND, decision="还没申请介入")
