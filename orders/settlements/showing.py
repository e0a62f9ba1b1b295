"""Statements, their lines and runs as they are shown."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.cursors import Page, paginate
from orders.settlements import queries
from orders.settlements.models import (
    LineKind,
    SettlementLine,
    SettlementRun,
    Statement,
    StatementCorrection,
)
from orders.settlements.states import StatementState
from orders.trades.models import OrderLine

Ground = tuple[str, StatementCorrection]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with what was sold and the number of its order."""

    line: SettlementLine
    sold: OrderLine
    order_no: str
    # For a line that puts another one right: the former statement's number, and why.
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many statements stand in a state."""

    state: StatementState
    statements: int


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run with its statements counted by state."""

    run: SettlementRun
    by_state: Sequence[StateCount]


def page_of_lines(
    statement: Statement, kind: LineKind | None, limit: int, after: str | None
) -> Page[ShownLine]:
    """Return one page of a statement's lines."""
    rows: Any = queries.select_lines(statement, kind)
    page = paginate(
        rows,
        queries.LINE_ORDER,
        limit,
        after,
        key_of=lambda row: [row[0].id],
        scalars=False,
    )
    grounds = _grounds(statement)
    return Page(
        [
            ShownLine(line, sold, order_no, grounds.get(line.cause_id))
            for line, sold, order_no in page.items
        ],
        page.next,
    )


def _grounds(statement: Statement) -> dict[uuid.UUID, Ground]:
    """Return why lines were put right; a statement without such lines is not asked."""
    is_corrected = statement.layout > 1
    return queries.list_grounds(statement) if is_corrected else {}


def stream_lines(
    statement: Statement, kind: LineKind, limit: int | None = None
) -> Iterator[ShownLine]:
    """Return a statement's lines one after the other; few of them are in memory at a time."""
    grounds = _grounds(statement) if kind is LineKind.CORRECTION else {}
    for line, sold, order_no in queries.stream_lines(statement, kind, limit):
        yield ShownLine(line, sold, order_no, grounds.get(line.cause_id))


def show_run(run: SettlementRun) -> ShownRun:
    """Return a run with its statements counted by state."""
    counts = [StateCount(state, counted) for state, counted in queries.count_states(run.id)]
    return ShownRun(run, counts)


def show_run_by_id(run_id: uuid.UUID) -> ShownRun:
    """Return a run by id; raises SettlementRunNotFound."""
    return show_run(queries.get_run(run_id))


def show_whole(statement: Statement) -> dict[str, Any]:
    """Return a statement with its disputes and corrections, to be dumped."""
    columns = {column.key: getattr(statement, column.key) for column in Statement.__table__.columns}
    return columns | {
        "disputes": queries.list_disputes(statement),
        "corrections": queries.list_corrections(statement),
    }
