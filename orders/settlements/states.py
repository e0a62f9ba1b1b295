"""The life of a statement: every state and every move, written once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from marketplace.language import Text


class StatementState(StrEnum):
    """Where a statement stands. One that owes nothing ends at ``confirmed``."""

    DRAFT = "draft"
    ISSUED = "issued"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    PAID = "paid"
    FAILED = "failed"


STATEMENT_TITLES: dict[StatementState, Text] = {
    StatementState.DRAFT: Text("草稿", "Draft"),
    StatementState.ISSUED: Text("待合作社核对", "Waiting for the cooperative"),
    StatementState.DISPUTED: Text("有异议", "Disputed"),
    StatementState.CONFIRMED: Text("已核对", "Confirmed"),
    StatementState.RELEASED: Text("已放款，待银行付款", "Released, waiting for the bank"),
    StatementState.PAID: Text("已付款", "Paid"),
    StatementState.FAILED: Text("付款失败", "Payout failed"),
}


@dataclass(frozen=True, slots=True)
class StatementMove:
    """One permitted change of state: its name, where it may start, where it ends, who makes it."""

    name: str
    sources: frozenset[StatementState]
    target: StatementState
    by: str


def _move(
    name: str, sources: Iterable[StatementState], target: StatementState, by: str
) -> StatementMove:
    return StatementMove(name, frozenset(sources), target, by)


S = StatementState

ISSUE = _move("issue", [S.DRAFT], S.ISSUED, "finance")
DISPUTE = _move("dispute", [S.ISSUED, S.DISPUTED], S.DISPUTED, "cooperative")
ANSWER = _move("answer", [S.DISPUTED], S.ISSUED, "finance")
CONFIRM = _move("confirm", [S.ISSUED], S.CONFIRMED, "cooperative")
LAPSE = _move("lapse", [S.ISSUED], S.CONFIRMED, "time")
REISSUE = _move("reissue", [S.ISSUED, S.CONFIRMED, S.FAILED], S.ISSUED, "finance")
RELEASE = _move("release", [S.CONFIRMED, S.FAILED], S.RELEASED, "two finance officers")
PAY = _move("pay", [S.RELEASED], S.PAID, "bank")
FAIL = _move("fail", [S.RELEASED], S.FAILED, "bank")
# A transfer inside the payment provider was reversed: the money is ours again, and owed again.
TAKE_BACK = _move("take_back", [S.PAID], S.FAILED, "provider")

STATEMENT_MOVES = (ISSUE, DISPUTE, ANSWER, CONFIRM, LAPSE, REISSUE, RELEASE, PAY, FAIL, TAKE_BACK)


def draw_moves() -> list[str]:
    """Return the moves as lines of a Mermaid state diagram, as ``docs/settlements.md`` shows it."""
    lines = ["stateDiagram-v2", f"    [*] --> {S.DRAFT}"]
    lines += [
        f"    {source} --> {move.target}: {move.name} ({move.by})"
        for move in STATEMENT_MOVES
        for source in sorted(move.sources, key=list(StatementState).index)
    ]
    return [*lines, f"    {S.PAID} --> [*]"]
