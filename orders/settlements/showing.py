"""Statements, their lines and runs as they are shown."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.cursors import Page, paginate
from orders.settlements import queries
from orders.settlements.models import LineKind, SettlementLine, SettlementRun, Statement
from orders.settlements.states import StatementState
from orders.trades.models import OrderLine


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line with what was sold and the number of its order."""

    line: SettlementLine
    sold: OrderLine
    order_no: str


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
    return Page([ShownLine(*row) for row in page.items], page.next)


def stream_lines(
    statement: Statement, kind: LineKind, limit: int | None = None
) -> Iterator[ShownLine]:
    """Return a statement's lines one after the other; few of them are in memory at a time."""
    for row in queries.stream_lines(statement, kind, limit):
        yield ShownLine(*row)


def show_run(run: SettlementRun) -> ShownRun:
    """Return a run with its statements counted by state."""
    counts = [StateCount(state, counted) for state, counted in queries.count_states(run.id)]
    return ShownRun(run, counts)


def show_run_by_id(run_id: uuid.UUID) -> ShownRun:
    """Return a run by id; raises SettlementRunNotFound."""
    return show_run(queries.get_run(run_id))


def show_whole(statement: Statement) -> dict[str, Any]:
    """Return a statement with its disputes, to be dumped."""
    columns = {column.key: getattr(statement, column.key) for column in Statement.__table__.columns}
    return columns | {"disputes": queries.list_disputes(statement)}
