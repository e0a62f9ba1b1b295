"""Selects on runs, statements and their lines; each read by id starts from what the actor may see."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, and_, exists, func, select, true

from marketplace import clock, cursors
from marketplace.audit import AuditEntry
from marketplace.audit_trail.queries import EntryFilter, select_entries
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.payout_accounts.models import PayoutAccount
from orders.settlements.errors import (
    CorrectionNotFound,
    DisputeNotFound,
    SettlementRunNotDone,
    SettlementRunNotFound,
    StatementNotFound,
)
from orders.settlements.models import (
    CorrectionState,
    LineKind,
    RunState,
    SettlementLine,
    SettlementRun,
    Statement,
    StatementCorrection,
    StatementDispute,
)
from orders.settlements.states import StatementState
from orders.trades.models import Order, OrderLine
from partners.cooperatives.queries import find_names

STATEMENT_ORDER: cursors.Keys = [(Statement.id, "desc")]
RUN_ORDER: cursors.Keys = [(SettlementRun.end_on, "desc"), (SettlementRun.id, "desc")]
LINE_ORDER: cursors.Keys = [(SettlementLine.id, "asc")]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFilter:
    """What a list of statements is narrowed to; None leaves a facet open."""

    state: StatementState | None = None
    cooperative_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    # A part of the cooperative's name, or of the statement's number.
    text: str | None = None
    # Only those of which a proposed correction waits for its second officer.
    is_correcting: bool = False


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which statements the actor may read: all for finance, issued ones for the seller."""
    if actor.is_platform(Permission.SETTLEMENT_READ):
        return true()
    mine = actor.scopes(Permission.SETTLEMENT_READ, ScopeKind.COOPERATIVE)
    return and_(Statement.cooperative_id.in_(mine), Statement.state != StatementState.DRAFT)


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which statements the actor confirms or disputes: those of the own cooperatives."""
    mine = actor.scopes(Permission.STATEMENT_CONFIRM, ScopeKind.COOPERATIVE)
    return and_(Statement.cooperative_id.in_(mine), Statement.state != StatementState.DRAFT)


def is_managed_by(actor: Actor, statement: Statement) -> bool:
    """Tell whether the actor confirms or disputes this statement."""
    mine = actor.scopes(Permission.STATEMENT_CONFIRM, ScopeKind.COOPERATIVE)
    return statement.cooperative_id in mine


def list_paid_cooperatives(actor: Actor) -> dict[uuid.UUID, str]:
    """Return the cooperatives of which the actor may change the bank account, by id, with names."""
    return find_names(actor.scopes(Permission.PAYOUT_ACCOUNT_WRITE, ScopeKind.COOPERATIVE))


def select_statements(actor: Actor, wanted: StatementFilter) -> Select[Statement]:
    """Select the statements that the actor may read, narrowed to what a list asks for."""
    statement = select(Statement).where(visible_to(actor))
    for column, value in (
        (Statement.state, wanted.state),
        (Statement.cooperative_id, wanted.cooperative_id),
        (Statement.run_id, wanted.run_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.text:
        named = Statement.cooperative_name.icontains(wanted.text, autoescape=True)
        numbered = Statement.statement_no.icontains(wanted.text, autoescape=True)
        statement = statement.where(named | numbered)
    if wanted.is_correcting:
        waiting = exists().where(
            StatementCorrection.cooperative_id == Statement.cooperative_id,
            StatementCorrection.statement_id == Statement.id,
            StatementCorrection.state == CorrectionState.PROPOSED,
        )
        statement = statement.where(waiting)
    return statement


def select_corrections_to_decide(actor: Actor) -> Select[StatementCorrection]:
    """Select the corrections that another officer than the actor proposed, and nobody decided."""
    return select(StatementCorrection).where(
        StatementCorrection.state == CorrectionState.PROPOSED,
        StatementCorrection.proposed_by != actor.account_id,
    )


def find_release_begun(statement_id: uuid.UUID, officer_id: uuid.UUID) -> datetime | None:
    """Return when an officer agreed to a statement's payout as the first; the audit trail has it."""
    begun = select_entries(
        EntryFilter(
            account_id=officer_id,
            action="statement.release_begun",
            subject_kind="statement",
            subject_ids=[str(statement_id)],
        )
    )
    newest = begun.with_only_columns(AuditEntry.at).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalar(newest)


def get_statement(statement_id: uuid.UUID, seen: ColumnElement[bool]) -> Statement:
    """Return a statement among those in a row filter; raises StatementNotFound."""
    statement = select(Statement).where(seen, Statement.id == statement_id)
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise StatementNotFound
    return found


def lock_statement(statement_id: uuid.UUID, seen: ColumnElement[bool]) -> Statement:
    """Return a statement among those in a row filter, locked; raises StatementNotFound."""
    statement = select(Statement).where(seen, Statement.id == statement_id).with_for_update()
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise StatementNotFound
    return found


def lock_drafts(run_id: uuid.UUID, limit: int) -> Sequence[uuid.UUID]:
    """Return and lock some drafts of a run."""
    statement = (
        select(Statement.id)
        .where(Statement.run_id == run_id, Statement.state == StatementState.DRAFT)
        .order_by(Statement.id)
        .limit(limit)
        .with_for_update()
    )
    return db.session.scalars(statement).all()


def list_by_ids(statement_ids: Sequence[uuid.UUID]) -> Sequence[Statement]:
    """Return statements by their ids, as they stand in the database."""
    statement = select(Statement).where(Statement.id.in_(statement_ids)).order_by(Statement.id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def is_paid_to_account_in_use() -> ColumnElement[bool]:
    """Return the condition that the account fixed on a statement is still its cooperative's."""
    return exists().where(
        PayoutAccount.cooperative_id == Statement.cooperative_id,
        PayoutAccount.id == Statement.payout_account_id,
        PayoutAccount.replaced_at.is_(None),
    )


def is_account_in_use(statement: Statement) -> bool:
    """Tell whether the account fixed on a statement is still its cooperative's."""
    found = select(Statement.id).where(Statement.id == statement.id, is_paid_to_account_in_use())
    return db.session.scalar(found) is not None


def list_cooperative_names(cooperative_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names that statements are made out to."""
    return find_names(cooperative_ids)


def within(statement: Statement) -> ColumnElement[bool]:
    """Return the condition that a line is in a statement: its window has the line's day."""
    return and_(
        SettlementLine.cooperative_id == statement.cooperative_id,
        SettlementLine.booked_on >= statement.start_on,
        SettlementLine.booked_on < statement.end_on,
    )


def select_lines(
    statement: Statement, kind: LineKind | None = None
) -> Select[SettlementLine, OrderLine, str]:
    """Select a statement's lines, each with what was sold and the number of its order."""
    lines = (
        select(SettlementLine, OrderLine, Order.order_no)
        .join(
            OrderLine,
            and_(
                OrderLine.cooperative_id == SettlementLine.cooperative_id,
                OrderLine.id == SettlementLine.order_line_id,
            ),
        )
        .join(
            Order,
            and_(
                Order.cooperative_id == SettlementLine.cooperative_id,
                Order.id == SettlementLine.order_id,
            ),
        )
        .where(within(statement))
    )
    return lines if kind is None else lines.where(SettlementLine.kind == kind)


def stream_lines(
    statement: Statement, kind: LineKind, limit: int | None
) -> Iterator[Row[SettlementLine, OrderLine, str]]:
    """Return a statement's lines of a kind in order of entry, read in portions."""
    rows: Any = select_lines(statement, kind).order_by(SettlementLine.id).limit(limit)
    yield from db.session.execute(rows.execution_options(yield_per=1000))


def find_line(statement: Statement, line_id: uuid.UUID) -> SettlementLine | None:
    """Return a line of a statement."""
    lines = select(SettlementLine).where(within(statement), SettlementLine.id == line_id)
    return db.session.scalar(lines)


def get_line(cooperative_id: uuid.UUID, line_id: uuid.UUID) -> SettlementLine:
    """Return a payable line that is known to be there."""
    of_cooperative = SettlementLine.cooperative_id == cooperative_id
    lines = select(SettlementLine).where(of_cooperative, SettlementLine.id == line_id)
    return db.session.scalars(lines).one()


def find_open_dispute(statement: Statement, line_id: uuid.UUID) -> StatementDispute | None:
    """Return the dispute of a line that waits for an answer."""
    waiting = select(StatementDispute).where(
        StatementDispute.cooperative_id == statement.cooperative_id,
        StatementDispute.line_id == line_id,
        StatementDispute.answered_at.is_(None),
    )
    return db.session.scalar(waiting)


def lock_overdue(now: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Return and lock issued statements whose time to be confirmed or disputed is over."""
    overdue = select(Statement.id).where(
        Statement.state == StatementState.ISSUED, Statement.confirm_due_at <= now
    )
    return db.session.scalars(overdue.order_by(Statement.id).limit(limit).with_for_update()).all()


def get_correction(correction_id: uuid.UUID) -> StatementCorrection:
    """Return a correction; raises CorrectionNotFound."""
    found = db.session.get(StatementCorrection, correction_id, populate_existing=True)
    if found is None:
        raise CorrectionNotFound
    return found


def list_corrections(statement: Statement) -> Sequence[StatementCorrection]:
    """Return what was proposed to put right of a statement, first proposed first."""
    found = select(StatementCorrection).where(
        StatementCorrection.cooperative_id == statement.cooperative_id,
        StatementCorrection.statement_id == statement.id,
    )
    return db.session.scalars(found.order_by(StatementCorrection.id)).all()


def has_correction_waiting(statement: Statement, dispute_id: uuid.UUID) -> bool:
    """Tell whether a correction that would answer a dispute waits for its second officer."""
    waiting = select(StatementCorrection.id).where(
        StatementCorrection.cooperative_id == statement.cooperative_id,
        StatementCorrection.dispute_id == dispute_id,
        StatementCorrection.state == CorrectionState.PROPOSED,
    )
    return db.session.scalar(waiting) is not None


def list_grounds(statement: Statement) -> dict[uuid.UUID, tuple[str, StatementCorrection]]:
    """Return why a statement has lines of correction: by cause, with the former statement's number."""
    in_it = select(SettlementLine.cause_id).where(
        within(statement), SettlementLine.kind == LineKind.CORRECTION
    )
    found = (
        select(Statement.statement_no, StatementCorrection)
        .join(
            Statement,
            and_(
                Statement.cooperative_id == StatementCorrection.cooperative_id,
                Statement.id == StatementCorrection.statement_id,
            ),
        )
        .where(
            StatementCorrection.cooperative_id == statement.cooperative_id,
            StatementCorrection.id.in_(in_it),
        )
    )
    return {correction.id: (number, correction) for number, correction in db.session.execute(found)}


def list_disputes(statement: Statement) -> Sequence[StatementDispute]:
    """Return what was disputed of a statement, first raised first."""
    disputes = select(StatementDispute).where(
        StatementDispute.cooperative_id == statement.cooperative_id,
        StatementDispute.statement_id == statement.id,
    )
    return db.session.scalars(disputes.order_by(StatementDispute.id)).all()


def get_dispute(dispute_id: uuid.UUID) -> StatementDispute:
    """Return a dispute; raises DisputeNotFound."""
    found = db.session.get(StatementDispute, dispute_id, populate_existing=True)
    if found is None:
        raise DisputeNotFound
    return found


def count_open_disputes(statement: Statement) -> int:
    """Count the disputes of a statement that wait for an answer."""
    counted = select(func.count()).where(
        StatementDispute.cooperative_id == statement.cooperative_id,
        StatementDispute.statement_id == statement.id,
        StatementDispute.answered_at.is_(None),
    )
    return int(db.session.scalars(counted).one())


def get_today() -> date:
    """Return the Shanghai day by the clock that books and folds days: the database's."""
    now = func.coalesce(clock.travelled_to(), func.clock_timestamp())
    day: date = db.session.scalars(select(func.shanghai_date(now, type_=Date))).one()
    return day


def select_runs(until: date | None = None) -> Select[SettlementRun]:
    """Select the settlement runs, those of a day and before if one is given."""
    runs = select(SettlementRun)
    return runs if until is None else runs.where(SettlementRun.end_on <= until)


def get_run(run_id: uuid.UUID) -> SettlementRun:
    """Return a run; raises SettlementRunNotFound."""
    run = db.session.get(SettlementRun, run_id, populate_existing=True)
    if run is None:
        raise SettlementRunNotFound
    return run


def get_finished_run(run_id: uuid.UUID) -> SettlementRun:
    """Return a run that is done; raises SettlementRunNotFound, SettlementRunNotDone."""
    run = get_run(run_id)
    if run.state is not RunState.DONE:
        raise SettlementRunNotDone
    return run


def find_run_until(end_on: date) -> SettlementRun | None:
    """Return the run that closes windows at the beginning of a day, if there is one."""
    return db.session.scalar(select(SettlementRun).where(SettlementRun.end_on == end_on))


def get_run_until(end_on: date) -> SettlementRun:
    """Return the run that closes windows at the beginning of a day."""
    return db.session.scalars(select(SettlementRun).where(SettlementRun.end_on == end_on)).one()


def lock_run(run_id: uuid.UUID) -> SettlementRun:
    """Return a run, locked until the transaction ends; raises SettlementRunNotFound."""
    run = db.session.get(SettlementRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise SettlementRunNotFound
    return run


def count_states(run_id: uuid.UUID) -> Sequence[Row[StatementState, int]]:
    """Count a run's statements by state."""
    counted = (
        select(Statement.state, func.count())
        .where(Statement.run_id == run_id)
        .group_by(Statement.state)
        .order_by(Statement.state)
    )
    return db.session.execute(counted).all()
