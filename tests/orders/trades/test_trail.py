"""Every edge of every machine leaves a row in the audit trail, whoever makes the move."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import Model, db
from marketplace.identity.actor import SYSTEM
from orders.aftersales.moving import move_case
from orders.aftersales.service import apply_for_refund
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import (
    agree_to_cancel,
    cancel_order,
    refuse_to_cancel,
    withdraw_cancellation,
)
from orders.fulfilment.picking import pick_order
from orders.pickups.moving import move_pickups
from orders.trades.models import Order
from orders.trades.service import close_trade, move_order, release_unpaid
from orders.trades.states import (
    AFTERSALES_MOVES,
    CANCEL_TRADE,
    CANCELLATION_MOVES,
    EXPIRE_TRADE,
    ORDER_MOVES,
    PAY_TRADE,
    PICKUP_MOVES,
    TRADE_MOVES,
    By,
    Move,
)
from tests.factories.orders import (
    Market,
    buy,
    lines_of,
    make_market,
    orders_of,
    pay,
    place,
    start_attempt,
)
from tests.factories.pickups import buy_to_collect, make_point, pickup_of


@pytest.fixture
def market() -> Market:
    return make_market()


def trail(*subject_ids: UUID) -> list[tuple[str, Any]]:
    """Return what the trail says of some things, without what led to their first state."""
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.after)
        .where(AuditEntry.subject_id.in_([str(one) for one in subject_ids]))
        .order_by(AuditEntry.id)
    )
    return [(row.action, (row.after or {}).get("state")) for row in rows]


def put(row: Any, state: str) -> None:
    """Let a row stand in a state, however it came there."""
    table: type[Model] = type(row)
    db.session.execute(update(table).where(table.id == row.id).values(state=state))  # type: ignore[attr-defined]
    db.session.expire(row)


class TestTradeMoves:
    def test_names_every_move(self) -> None:
        assert set(TRADE_MOVES) == {PAY_TRADE, CANCEL_TRADE, EXPIRE_TRADE}

    @pytest.mark.parametrize("move", [CANCEL_TRADE, EXPIRE_TRADE], ids=lambda move: move.name)
    def test_closing_tells_of_the_trade_and_each_order(self, market: Market, move: Move) -> None:
        whole = place(market.buyer, [(market.mutton, 1), (market.rawap, 1)])
        assert close_trade(whole.trade.id, move, actor=market.buyer)
        assert trail(whole.trade.id)[1:] == [(f"trade.{move.deed}", move.target)]
        told = [one for order in whole.orders for one in trail(order.id)]
        assert told == [("order.cancelled", "cancelled")] * 2

    def test_payment_tells_of_the_trade_and_each_order_once(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1), (market.tea, 1), (market.rawap, 1)])
        pay(market.buyer, whole.trade.id)
        assert trail(whole.trade.id)[1:] == [("trade.paid", "paid")]
        told = [one for order in whole.orders for one in trail(order.id)]
        assert told == [("order.paid", "paid")] * 2

    def test_goods_first_tell_of_it_too(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        attempt = start_attempt(market.buyer, whole.trade.id)
        release_unpaid(whole.trade.id, attempt_id=attempt, actor=market.buyer)
        assert trail(whole.trade.id)[1:] == [("trade.paid", "paid")]
        assert trail(whole.orders[0].id) == [("order.paid", "paid")]


class TestOrderMoves:
    def test_every_edge_leaves_a_row(self, market: Market) -> None:
        whole = place(market.buyer, [(market.mutton, 1)])
        order = orders_of(whole.trade.id)[0]
        expected = []
        for move in ORDER_MOVES:
            for source in sorted(move.sources):
                put(order, source)
                assert move_order(order, move, actor=SYSTEM)
                expected.append((f"order.{move.deed}", move.target))
        assert trail(order.id) == expected


class TestAftersalesMoves:
    def test_every_edge_leaves_a_row(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1)])
        case = apply_for_refund(
            market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1, reason="买错了"
        )
        before, expected = trail(case.id), []
        for move in AFTERSALES_MOVES:
            for source in sorted(move.sources):
                put(case, source)
                move_case(SYSTEM, case, move, By.CLOCK)
                expected.append((f"aftersales.{move.deed}", move.target))
        assert trail(case.id) == before + expected


class TestPickupMoves:
    def test_every_edge_leaves_a_row(self, market: Market) -> None:
        order = buy_to_collect(market, make_point(), [(market.mutton, 1)])
        pickup, expected = pickup_of(order), []
        for move in PICKUP_MOVES:
            for source in sorted(move.sources):
                is_over = {"ended_at": None, "code": b"x", "arrived_at": clock.now()}
                for name, value in {**is_over, "due_at": clock.now(), "state": source}.items():
                    setattr(pickup, name, value)
                db.session.flush()
                assert move_pickups([order.id], move, actor=SYSTEM) == [pickup.id]
                expected.append((f"pickup.{move.deed}", move.target))
        assert trail(pickup.id) == expected


class TestCancellationMoves:
    def test_every_edge_leaves_a_row(self, market: Market) -> None:
        refuse: Callable[[Any, UUID], Order] = lambda actor, order_id: refuse_to_cancel(  # noqa: E731
            actor, order_id, answer="已装箱"
        )
        seller, buyer = market.nanjiang.actor, market.buyer
        told = set()
        for actor, answer in (
            (seller, agree_to_cancel),
            (seller, refuse),
            (buyer, withdraw_cancellation),
        ):
            [order] = buy(buyer, [(market.mutton, 1)])
            pick_order(seller, order.id)
            cancel_order(buyer, order.id, reason=CancellationReason.NOT_WANTED)
            answer(actor, order.id)
            told |= {action for action, _ in trail(order.id)}
        assert {f"cancellation.{move.deed}" for move in CANCELLATION_MOVES} <= told
