"""A trade becomes paid once, with everything that follows from it, or not at all."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.journal.models import AccountKind, Posting
from orders.trades.errors import TradeNotFound
from orders.trades.models import Order
from orders.trades.queries import get_order
from orders.trades.service import PaidOutcome, close_trade, mark_trade_paid, move_order
from orders.trades.states import (
    CANCEL_TRADE,
    EXPIRE_TRADE,
    ORDER_MOVES,
    OrderState,
    TradeState,
)
from orders.trades.told import Told, told_of_lines
from partners.credits import evidence
from partners.credits.facts import BUYER_IS_SELLER, UNIT_CLERK_IS_SELLER
from partners.credits.models import Sale
from partners.credits.queries import get_sale, list_outcomes
from partners.credits.reviews import release_sale
from products.stock.models import Reservation
from tests.factories.identity import actor_of, give_role, make_account, make_actor
from tests.factories.orders import (
    Market,
    buy,
    lines_of,
    make_market,
    orders_of,
    pay,
    place,
    start_attempt,
    succeed,
    trade_of,
)
from tests.factories.partners import make_buying_unit, office_of
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


class TestMarkTradePaid:
    def test_makes_trade_and_orders_paid_on_the_shanghai_day(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        late_evening = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
        outcome = mark_trade_paid(whole.trade.id, attempt_id=new_id(), paid_at=late_evening)
        assert outcome is PaidOutcome.ACCEPTED
        assert trade_of(whole.trade.id).state is TradeState.PAID
        for order in orders_of(whole.trade.id):
            assert order.state is OrderState.PAID
            assert order.paid_at == late_evening
            assert str(order.sale_on) == "2026-11-22"

    def test_credits_every_line_as_the_buyer_was_told(self, market: Market) -> None:
        orders = buy(market.buyer, [(market.mutton, 1), (market.rawap, 2)])
        lines = {line.product_name: line for order in orders for line in lines_of(order)}
        outcomes = {
            outcome.line_id: outcome
            for outcome in list_outcomes([line.id for line in lines.values()])
            if outcome.scheme == "pairing"
        }
        assert not outcomes[lines["南江黄羊肉"].id].counts
        assert outcomes[lines["热瓦普"].id].net_fen == 176_000
        for line in lines.values():
            before = {told["scheme"]: told["reason"] for told in line.told}
            assert before["pairing"]["zh"] == outcomes[line.id].reason.zh

    @pytest.mark.parametrize("is_for_a_unit", [False, True])
    def test_holds_the_credit_where_one_person_stands_on_both_sides(
        self, market: Market, is_for_a_unit: bool
    ) -> None:
        manager = market.xinhe.manager
        buyer, flag, place_name = actor_of(manager), BUYER_IS_SELLER, "莲都区"
        if is_for_a_unit:
            unit = make_buying_unit(region_code="331100")
            give_role(manager, Role.BUYING_UNIT_CLERK, unit.id)
            buyer = actor_of(make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
            flag, place_name = UNIT_CLERK_IS_SELLER, "丽水市"
        orders = buy(buyer, [(market.mutton, 1), (market.rawap, 2)])
        lines = {line.product_name: line for order in orders for line in lines_of(order)}
        held = lines["热瓦普"]
        found = {
            o.scheme: o
            for o in list_outcomes([line.id for line in lines.values()])
            if o.line_id == held.id
        }
        assert (found["pairing"].stage, found["pairing"].net_fen) == ("held", 176_000)
        flags = {sale.id: sale.flags for sale in db.session.scalars(select(Sale))}
        assert flags == {held.id: [flag], lines["南江黄羊肉"].id: []}
        told = {told["scheme"]: told["is_held"] for told in held.told}
        assert told["pairing"] is not is_for_a_unit
        office = make_actor(Role.OFFICE_APPROVER, office_of("331100").id)
        assert any(
            evidence.FLAGS[flag].zh in fact for _, fact in evidence.facts(get_sale(office, held.id))
        )
        release_sale(office, held.id, note="自购自用，价格公允")
        (pairing,) = [o for o in list_outcomes([held.id]) if o.scheme == "pairing"]
        assert pairing.stage == "pending"
        assert pairing.reason.zh == f"经对口办核实，计入{place_name}结对任务"

    def test_owes_each_cooperative_its_orders_total(self, market: Market) -> None:
        orders = buy(market.buyer, [(market.mutton, 1), (market.rawap, 2)])
        owed = db.session.execute(
            select(Posting.owner_id, Posting.amount_fen).where(
                Posting.account_kind == AccountKind.COOPERATIVE_PENDING
            )
        )
        assert {row.owner_id: row.amount_fen for row in owed} == {
            market.nanjiang.id: -5800,
            market.xinhe.id: -176_000,
        }
        assert {order.total_fen for order in orders} == {5800, 176_000}
        assert broken() == []

    def test_changes_nothing_when_told_again(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        attempt_id, at = new_id(), clock.now()
        mark_trade_paid(whole.trade.id, attempt_id=attempt_id, paid_at=at)
        again = mark_trade_paid(
            whole.trade.id, attempt_id=attempt_id, paid_at=at + timedelta(days=3)
        )
        assert again is PaidOutcome.REPEATED
        assert trade_of(whole.trade.id).paid_at == at

    def test_tells_a_second_success_from_the_first(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        mark_trade_paid(whole.trade.id, attempt_id=new_id(), paid_at=clock.now())
        second = mark_trade_paid(whole.trade.id, attempt_id=new_id(), paid_at=clock.now())
        assert second is PaidOutcome.SECOND_SUCCESS

    @pytest.mark.parametrize(
        ("move", "outcome"),
        [
            (CANCEL_TRADE, PaidOutcome.TRADE_CANCELLED),
            (EXPIRE_TRADE, PaidOutcome.TRADE_EXPIRED),
        ],
    )
    def test_keeps_no_money_for_a_trade_that_is_over(
        self, market: Market, move: object, outcome: PaidOutcome
    ) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        assert close_trade(whole.trade.id, move)  # type: ignore[arg-type]
        paid = mark_trade_paid(whole.trade.id, attempt_id=new_id(), paid_at=clock.now())
        assert paid is outcome
        assert {order.state for order in orders_of(whole.trade.id)} == {OrderState.CANCELLED}

    def test_sends_late_money_back_whole(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        attempt = start_attempt(market.buyer, whole.trade.id)
        close_trade(whole.trade.id, CANCEL_TRADE)
        assert succeed(attempt) == "trade_cancelled"
        assert broken() == []

    def test_refuses_a_trade_that_does_not_exist(self) -> None:
        with pytest.raises(TradeNotFound):
            mark_trade_paid(new_id(), attempt_id=new_id(), paid_at=clock.now())


class TestCloseTrade:
    def test_frees_the_stock_of_every_order(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 3), (market.rawap, 1)])
        assert close_trade(whole.trade.id, EXPIRE_TRADE)
        assert trade_of(whole.trade.id).state is TradeState.EXPIRED
        assert set(db.session.scalars(select(Reservation.held))) == {0}
        assert broken() == []

    def test_leaves_a_paid_trade_alone(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 3)])
        pay(market.buyer, whole.trade.id)
        assert not close_trade(whole.trade.id, CANCEL_TRADE)
        assert {order.state for order in orders_of(whole.trade.id)} == {OrderState.PAID}


class TestMoveOrder:
    @pytest.mark.parametrize("move", ORDER_MOVES, ids=lambda move: move.name)
    def test_starts_only_where_the_table_says(self, market: Market, move: object) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        order = orders_of(whole.trade.id)[0]
        for state in OrderState:
            db.session.execute(
                Order.__table__.update().where(Order.id == order.id).values(state=state)
            )
            db.session.expire(order)
            moved = move_order(order, move, actor=SYSTEM)  # type: ignore[arg-type]
            assert moved is (state in move.sources)  # type: ignore[attr-defined]
            assert order.state == (move.target if moved else state)  # type: ignore[attr-defined]


class TestTold:
    def test_is_what_was_said_before_paying_and_the_live_credit_after(self, market: Market) -> None:
        whole = place(market.buyer, [(market.rawap, 1)])
        order_id = orders_of(whole.trade.id)[0].id
        before = self._told(market, order_id)
        pay(market.buyer, whole.trade.id)
        after = self._told(market, order_id)
        assert before["pairing"].reason == after["pairing"].reason
        assert (before["pairing"].stage, after["pairing"].stage) == ("pending", "pending")
        assert after["pairing"].region_name == "浙江省丽水市莲都区"

    def _told(self, market: Market, order_id: UUID) -> dict[str, Told]:
        db.session.expire_all()
        order = get_order(market.buyer, order_id)
        [told] = told_of_lines([order]).values()
        return {each.scheme: each for each in told}
