"""What of settlement waits for somebody, counted for the first page of the desk."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Select, or_

from marketplace.desk.waiting import add_queue
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.settlements import queries
from orders.settlements.models import Statement
from orders.settlements.queries import StatementFilter
from orders.settlements.states import STATEMENT_TITLES, StatementState

CORRECTING = "correcting"
_LISTED = (
    StatementState.ISSUED,
    StatementState.DISPUTED,
    StatementState.CONFIRMED,
    StatementState.RELEASED,
    StatementState.FAILED,
    StatementState.PAID,
)


def _select(actor: Actor, state: StatementState) -> Select[Statement]:
    return queries.select_statements(actor, StatementFilter(state=state))


def _select_to_release(actor: Actor, state: StatementState) -> Select[Statement]:
    """Select what is owed and still waits for this officer's word."""
    first = Statement.first_released_by
    return _select(actor, state).where(
        Statement.payable_fen > 0, or_(first.is_(None), first != actor.account_id)
    )


def list_tabs(actor: Actor) -> list[tuple[str | None, Text]]:
    """Return what the reader may narrow the list of statements to."""
    tabs: list[tuple[str | None, Text]] = [(None, Text("全部", "All"))]
    tabs += [(each, STATEMENT_TITLES[each]) for each in _LISTED]
    if actor.can(Permission.CORRECTION_CONFIRM):
        tabs.append((CORRECTING, Text("更正待复核", "Corrections to agree to")))
    return tabs


_STATES = (
    (StatementState.CONFIRMED, Text("待放款", "to release"), Permission.STATEMENT_RELEASE,
     _select_to_release),
    (StatementState.DISPUTED, Text("有异议", "disputed"), Permission.SETTLEMENT_RUN, _select),
    (StatementState.FAILED, Text("付款失败", "payouts failed"), Permission.STATEMENT_RELEASE,
     _select_to_release),
)  # fmt: skip


def add_queues(statements: str, finance: str) -> None:
    """Have what waits counted, at the workplaces of these addresses."""
    add_queue(
        statements,
        Text("待核对", "to check"),
        partial(_select, state=StatementState.ISSUED),
        permission=Permission.STATEMENT_CONFIRM,
        href=f"{statements}?state={StatementState.ISSUED}",
    )
    for state, what, permission, select in _STATES:
        href = f"{statements}?state={state}"
        add_queue(finance, what, partial(select, state=state), permission=permission, href=href)
    add_queue(
        finance,
        Text("更正待复核", "corrections to agree to"),
        queries.select_corrections_to_decide,
        permission=Permission.CORRECTION_CONFIRM,
        href=f"{statements}?state={CORRECTING}",
    )
