"""The states of a statement as the handbook draws them."""

from pathlib import Path

from orders.settlements.states import STATEMENT_TITLES, StatementState, draw_moves

HANDBOOK = Path(__file__).resolve().parents[3] / "docs" / "settlements.md"


class TestDrawMoves:
    def test_stands_in_the_handbook(self) -> None:
        assert "\n".join(draw_moves()) in HANDBOOK.read_text(encoding="utf-8")

    def test_names_every_state(self) -> None:
        assert set(STATEMENT_TITLES) == set(StatementState)
