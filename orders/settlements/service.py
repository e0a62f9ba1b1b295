"""What happens to a statement: guarded updates, each with its line in the audit trail."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, true, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce_all, announcement
from orders.journal import entries
from orders.journal import service as journal
from orders.settlements import queries
from orders.settlements.errors import (
    CorrectionPending,
    DisputeAlreadyAnswered,
    LineAlreadyDisputed,
    LineNotInStatement,
    NothingToPay,
    PayoutAccountChanged,
    PayoutAccountMissing,
    ReleasedBySameOfficer,
    StatementStateForbids,
)
from orders.settlements.freezing import confirm_due, freeze
from orders.settlements.models import Statement, StatementDispute
from orders.settlements.states import (
    ANSWER,
    CONFIRM,
    DISPUTE,
    FAIL,
    LAPSE,
    PAY,
    REISSUE,
    RELEASE,
    TAKE_BACK,
    StatementMove,
)

ISSUE_BATCH = 200


def issue_batch(run_id: uuid.UUID, batch: int = ISSUE_BATCH) -> bool:
    """Issue some drafts of a run; tell whether there may be more. Safe to repeat or kill."""
    ids = queries.lock_drafts(run_id, batch)
    if not ids:
        return False
    freeze(ids)
    audit.record_all(
        [audit.entry("statement.issued", "statement", each, actor=SYSTEM) for each in ids]
    )
    announce_all([_told(EventKind.STATEMENT_ISSUED, each) for each in queries.list_by_ids(ids)])
    return True


def confirm_statement(actor: Actor, statement_id: uuid.UUID) -> Statement:
    """Confirm a statement as its cooperative. Raises StatementNotFound, StatementStateForbids."""
    statement = queries.get_statement(statement_id, queries.manageable_by(actor))
    _move(statement, CONFIRM, confirmed_by=actor.account_id, confirmed_at=clock.now())
    audit.record("statement.confirmed", "statement", statement.id, actor=actor)
    announce_all([_told(EventKind.STATEMENT_CONFIRMED, statement)])
    return statement


def dispute_line(
    actor: Actor, statement_id: uuid.UUID, *, line_id: uuid.UUID, reason: str
) -> Statement:
    """Dispute a line as the statement's cooperative; nothing is paid until it is answered.

    Raises StatementNotFound, StatementStateForbids, LineNotInStatement, LineAlreadyDisputed.
    """
    statement = queries.lock_statement(statement_id, queries.manageable_by(actor))
    if queries.find_line(statement, line_id) is None:
        raise LineNotInStatement(fields={"line_id": LineNotInStatement.title})
    _move(statement, DISPUTE)
    if any(
        each.line_id == line_id and each.answered_at is None
        for each in queries.list_disputes(statement)
    ):
        raise LineAlreadyDisputed
    db.session.add(
        StatementDispute(
            id=new_id(),
            cooperative_id=statement.cooperative_id,
            statement_id=statement.id,
            line_id=line_id,
            reason=reason,
            raised_by=actor.account_id,
            raised_at=clock.now(),
        )
    )
    db.session.flush()
    audit.record(
        "statement.disputed", "statement", statement.id, actor=actor,
        after={"line_id": str(line_id)},
    )  # fmt: skip
    announce_all([_told(EventKind.STATEMENT_DISPUTED, statement)])
    return statement


def answer_dispute(actor: Actor, dispute_id: uuid.UUID, *, answer: str) -> Statement:
    """Uphold a disputed line, and say why; with the last answer the statement is to be confirmed.

    Raises DisputeNotFound, DisputeAlreadyAnswered, CorrectionPending.
    """
    statement_id = queries.get_dispute(dispute_id).statement_id
    statement = queries.lock_statement(statement_id, true())
    if queries.has_correction_waiting(statement, dispute_id):
        raise CorrectionPending
    return close_dispute(actor, statement, dispute_id, answer=answer)


def close_dispute(
    actor: Actor, statement: Statement, dispute_id: uuid.UUID, *, answer: str
) -> Statement:
    """Close a dispute of a locked statement; its cooperative has its days again to confirm."""
    dispute = queries.get_dispute(dispute_id)
    if dispute.answered_at is not None:
        raise DisputeAlreadyAnswered
    dispute.answer = answer
    dispute.answered_by = actor.account_id
    dispute.answered_at = clock.now()
    db.session.flush()
    if queries.count_open_disputes(statement) == 0:
        _move(statement, ANSWER, confirm_due_at=confirm_due(clock.now()))
    audit.record(
        "statement.answered", "statement", statement.id, actor=actor,
        after={"dispute_id": str(dispute_id)},
    )  # fmt: skip
    announce_all([_told(EventKind.STATEMENT_ANSWERED, statement)])
    return statement


def confirm_overdue(batch: int = ISSUE_BATCH) -> bool:
    """Confirm statements that were neither confirmed nor disputed in their time; more may be left.

    Safe to repeat, and beside a cooperative that answers in this moment: only one of them moves it.
    """
    now = clock.now()
    overdue = queries.lock_overdue(now, batch)
    confirmed = db.session.scalars(
        update(Statement)
        .where(
            Statement.id.in_(overdue),
            Statement.state.in_(LAPSE.sources),
            Statement.confirm_due_at <= now,
        )
        .values(state=LAPSE.target, confirmed_at=now, confirmed_by=None)
        .returning(Statement.id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record_all(
        [
            audit.entry("statement.confirmed_by_time", "statement", each, actor=SYSTEM)
            for each in confirmed
        ]
    )
    announce_all(
        [_told(EventKind.STATEMENT_CONFIRMED, each) for each in queries.list_by_ids(confirmed)]
    )
    return len(overdue) == batch


def reissue_statement(actor: Actor, statement_id: uuid.UUID) -> Statement:
    """Issue a statement anew, for the bank account that its cooperative has now.

    The amounts stay; confirmation and release begin again. Raises StatementStateForbids.
    """
    statement = queries.lock_statement(statement_id, queries.visible_to(actor))
    if statement.state not in REISSUE.sources:
        raise StatementStateForbids
    before = statement.payout_account_id
    freeze([statement.id])
    db.session.refresh(statement)
    audit.record(
        "statement.reissued", "statement", statement.id, actor=actor,
        before={"payout_account_id": str(before)},
        after={"payout_account_id": str(statement.payout_account_id)},
    )  # fmt: skip
    announce_all([_told(EventKind.STATEMENT_REISSUED, statement)])
    return statement


def release_statement(actor: Actor, statement_id: uuid.UUID) -> Statement:
    """Release a confirmed statement's payout: the first officer's word, or the second's.

    Raises ReleasedBySameOfficer, StatementStateForbids, NothingToPay, PayoutAccountMissing,
    PayoutAccountChanged.
    """
    statement = queries.get_statement(statement_id, queries.visible_to(actor))
    if _release_first(actor, statement):
        audit.record("statement.release_begun", "statement", statement.id, actor=actor)
    elif _release_second(actor, statement):
        audit.record("statement.released", "statement", statement.id, actor=actor)
        announce_all([_told(EventKind.STATEMENT_RELEASED, statement)])
    else:
        raise _why_not_released(actor, statement)
    return statement


def _release_first(actor: Actor, statement: Statement) -> bool:
    return _update(
        statement,
        Statement.state.in_(RELEASE.sources),
        Statement.payable_fen > 0,
        Statement.first_released_by.is_(None),
        queries.is_paid_to_account_in_use(),
        first_released_by=actor.account_id,
    )


def _release_second(actor: Actor, statement: Statement) -> bool:
    return _update(
        statement,
        Statement.state.in_(RELEASE.sources),
        Statement.first_released_by != actor.account_id,
        queries.is_paid_to_account_in_use(),
        second_released_by=actor.account_id,
        released_at=clock.now(),
        state=RELEASE.target,
    )


def _why_not_released(actor: Actor, statement: Statement) -> Exception:
    if statement.state not in RELEASE.sources:
        return StatementStateForbids()
    if statement.payable_fen == 0:
        return NothingToPay()
    if statement.payout_account_id is None:
        return PayoutAccountMissing()
    if not queries.is_account_in_use(statement):
        return PayoutAccountChanged()
    if statement.first_released_by == actor.account_id:
        return ReleasedBySameOfficer()
    return StatementStateForbids()


def record_paid(
    statement_id: uuid.UUID, *, bank_serial: str, booked: entries.Entry | None = None
) -> Statement:
    """Book that a released statement was paid, by the bank unless ``booked`` says how else.

    Raises StatementStateForbids.
    """
    statement = queries.get_statement(statement_id, true())
    _move(statement, PAY, paid_at=clock.now(), bank_serial=bank_serial)
    paid = entries.statement_paid(statement.id, statement.cooperative_id, statement.payable_fen)
    journal.post([booked or paid])
    audit.record("statement.paid", "statement", statement.id, actor=SYSTEM)
    announce_all([_told(EventKind.STATEMENT_PAID, statement)])
    return statement


def record_failed(statement_id: uuid.UUID, *, failure: str) -> Statement:
    """Write that the bank could not pay a released statement: two officers release it again."""
    statement = queries.get_statement(statement_id, true())
    _move(
        statement,
        FAIL,
        failure=failure,
        first_released_by=None,
        second_released_by=None,
        released_at=None,
    )
    audit.record("statement.failed", "statement", statement.id, actor=SYSTEM)
    announce_all([_told(EventKind.STATEMENT_FAILED, statement)])
    return statement


def record_taken_back(statement_id: uuid.UUID, *, failure: str, booked: entries.Entry) -> Statement:
    """Write that what paid a statement was reversed: it is owed, and two officers release it again.

    Raises StatementStateForbids.
    """
    statement = queries.get_statement(statement_id, true())
    _move(
        statement,
        TAKE_BACK,
        failure=failure,
        paid_at=None,
        bank_serial=None,
        first_released_by=None,
        second_released_by=None,
        released_at=None,
    )
    journal.post([booked])
    audit.record("statement.taken_back", "statement", statement.id, actor=SYSTEM)
    announce_all([_told(EventKind.STATEMENT_FAILED, statement)])
    return statement


def _told(kind: EventKind, statement: Statement) -> dict[str, Any]:
    """Return the announcement of a step; the figures are those it stands at now."""
    return announcement(
        kind,
        subject_id=statement.id,
        cooperative_id=statement.cooperative_id,
        facts={
            "state": statement.state,
            "statement_no": statement.statement_no,
            "payable_fen": statement.payable_fen,
        },
    )


def _move(statement: Statement, move: StatementMove, **values: Any) -> None:
    if not _update(statement, Statement.state.in_(move.sources), state=move.target, **values):
        raise StatementStateForbids


def _update(statement: Statement, *guards: ColumnElement[bool], **values: Any) -> bool:
    """Change a statement where the guards hold in the moment of the change; then read it anew."""
    changed = db.session.execute(
        update(Statement)
        .where(
            Statement.cooperative_id == statement.cooperative_id,
            Statement.id == statement.id,
            *guards,
        )
        .values(**values)
        .returning(Statement.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(statement)
    return changed is not None
