"""Every move stands in one table; the diagram in the documentation is drawn from it."""

import ast
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import pytest

from orders.trades import states
from orders.trades.states import (
    AFTERSALES_MOVES,
    CANCELLATION_MOVES,
    ORDER_MOVES,
    PICKUP_MOVES,
    TRADE_MOVES,
    AftersalesState,
    CancellationState,
    Move,
    OrderState,
    PickupState,
    TradeState,
    draw_moves,
)

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "orders.md"
MACHINES = [
    pytest.param(TradeState, TRADE_MOVES, TradeState.OPEN, id="trade"),
    pytest.param(OrderState, ORDER_MOVES, OrderState.UNPAID, id="order"),
    pytest.param(AftersalesState, AFTERSALES_MOVES, AftersalesState.APPLIED, id="aftersales"),
    pytest.param(CancellationState, CANCELLATION_MOVES, CancellationState.ASKED, id="cancellation"),
    pytest.param(PickupState, PICKUP_MOVES, PickupState.AWAITING, id="pickup"),
]


@pytest.mark.parametrize(("members", "moves", "start"), MACHINES)
class TestMoves:
    def test_every_state_is_reached_from_the_start(
        self, members: type[StrEnum], moves: Sequence[Move], start: StrEnum
    ) -> None:
        reached = {str(start)}
        for _ in members:
            reached |= {move.target for move in moves if reached & move.sources}
        assert reached == {str(member) for member in members}

    def test_moves_name_only_states_of_their_own_machine(
        self, members: type[StrEnum], moves: Sequence[Move], start: StrEnum
    ) -> None:
        named = {state for move in moves for state in (*move.sources, move.target)}
        assert named <= set(members)

    def test_every_move_has_somebody_who_makes_it(
        self, members: type[StrEnum], moves: Sequence[Move], start: StrEnum
    ) -> None:
        assert all(move.by for move in moves)

    def test_the_document_shows_the_diagram_of_the_code(
        self, members: type[StrEnum], moves: Sequence[Move], start: StrEnum
    ) -> None:
        assert draw_moves(moves, start) in DOCUMENT.read_text(encoding="utf-8")


class TestTitles:
    def test_every_state_is_said_in_chinese_and_english(self) -> None:
        assert set(states.ORDER_TITLES) == set(OrderState)
        assert set(states.TRADE_TITLES) == set(TradeState)
        assert set(states.AFTERSALES_TITLES) == set(AftersalesState)
        assert set(states.CANCELLATION_TITLES) == set(CancellationState)


class TestDeadEnds:
    def test_money_never_moves_an_order_that_is_over(self) -> None:
        over = {OrderState.CANCELLED, OrderState.COMPLETED}
        assert not [move for move in ORDER_MOVES if move.sources & over]


class TestOrderState:
    """The state of an order changes in one module, whose moves are those of the table."""

    def test_is_written_nowhere_but_in_the_service_of_trades(self) -> None:
        root = Path(__file__).resolve().parents[3]
        home = root / "orders" / "trades" / "service.py"
        writers = [
            f"{path.relative_to(root)}:{node.lineno}"
            for folder in ("orders", "products", "partners", "marketplace")
            for path in sorted((root / folder).rglob("*.py"))
            if path != home
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if _writes_order_state(node)
        ]
        assert writers == []

    def test_finds_a_writer(self) -> None:
        for source in (
            "update(Order).where(x).values(state=y)",
            "order.state = OrderState.PAID",
            'text("UPDATE orders SET state = 1")',
        ):
            assert any(_writes_order_state(node) for node in ast.walk(ast.parse(source)))


def _writes_order_state(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return any(ast.unparse(target) == "order.state" for target in node.targets)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.search(r"\bupdate\s+orders\b(?!_)", node.value, re.IGNORECASE) is not None
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "values"
        and any(keyword.arg == "state" for keyword in node.keywords)
        and "update(Order)" in ast.unparse(node.func)
    )
