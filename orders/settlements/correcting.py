"""Putting a line of an issued statement right: one officer proposes it, another one agrees.

Nothing that was issued is changed. What was wrong becomes a line of its own, on the day of the
agreement, which the next window's statement adds up (decision 0104). An order line may stand in
several statements, so its order is locked before what it stands for is looked at.
"""

import uuid
from typing import Any

from sqlalchemy import true, update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.money import yuan
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announce
from orders.settlements import queries
from orders.settlements.errors import (
    CorrectedBySameOfficer,
    CorrectionDecided,
    CorrectionPending,
    FeeCorrectedBelowZero,
    LineCorrectedBelowZero,
    LineNotInStatement,
    StatementStateForbids,
)
from orders.settlements.models import (
    CorrectionPart,
    CorrectionState,
    SettlementLine,
    Statement,
    StatementCorrection,
)
from orders.settlements.recording import charged_fee, record_correction, standing_payable
from orders.settlements.service import close_dispute
from orders.settlements.states import StatementState
from orders.trades.queries import lock_order


def propose_correction(
    actor: Actor,
    statement_id: uuid.UUID,
    *,
    line_id: uuid.UUID,
    part: CorrectionPart,
    amount_fen: int,
    reason: str,
) -> StatementCorrection:
    """Propose that so much more (below zero: less) is payable for a line of an issued statement.

    An open dispute of that line waits for the second officer. Raises StatementNotFound,
    StatementStateForbids, LineNotInStatement, FeeCorrectedBelowZero,
    LineCorrectedBelowZero, CorrectionPending.
    """
    statement = queries.lock_statement(statement_id, queries.visible_to(actor))
    if statement.state is StatementState.DRAFT:
        raise StatementStateForbids
    line = queries.find_line(statement, line_id)
    if line is None:
        raise LineNotInStatement(fields={"line_id": LineNotInStatement.title})
    _check_amount(line, part, amount_fen)
    dispute = queries.find_open_dispute(statement, line_id)
    made = insert(StatementCorrection).values(
        id=new_id(),
        cooperative_id=statement.cooperative_id,
        statement_id=statement.id,
        line_id=line_id,
        dispute_id=dispute.id if dispute else None,
        part=part,
        amount_fen=amount_fen,
        reason=reason,
        state=CorrectionState.PROPOSED,
        proposed_by=actor.account_id,
        proposed_at=clock.now(),
    )
    correction = db.session.scalars(
        made.on_conflict_do_nothing().returning(StatementCorrection)
    ).first()
    if correction is None:
        raise CorrectionPending
    audit.record(
        "statement.correction_proposed", "statement", statement.id, actor=actor,
        after=_told(correction),
    )  # fmt: skip
    return correction


def _check_amount(line: SettlementLine, part: CorrectionPart, amount_fen: int) -> None:
    """Hold a correction against what its order line stands for; the order is locked from now on.

    Late refunds lock it as well, and corrections of the line in another statement.
    """
    lock_order(line.order_id)
    charged = charged_fee(line.cooperative_id, line.order_line_id)
    if part is CorrectionPart.FEE and amount_fen > charged:
        why = FeeCorrectedBelowZero.title.format(charged=yuan(charged))
        raise FeeCorrectedBelowZero(why, fields={"amount_fen": why})
    standing = max(standing_payable(line.cooperative_id, line.order_line_id), 0)
    if amount_fen < -standing:
        why = LineCorrectedBelowZero.title.format(standing=yuan(standing))
        raise LineCorrectedBelowZero(why, fields={"amount_fen": why})


def _told(correction: StatementCorrection) -> dict[str, Any]:
    return {
        "correction_id": str(correction.id),
        "line_id": str(correction.line_id),
        "part": correction.part,
        "amount_fen": correction.amount_fen,
    }


def confirm_correction(actor: Actor, correction_id: uuid.UUID) -> StatementCorrection:
    """Agree to what another officer proposed: it is booked today, and answers the line's dispute.

    Raises CorrectionNotFound, CorrectedBySameOfficer, CorrectionDecided, FeeCorrectedBelowZero,
    LineCorrectedBelowZero.
    """
    correction = queries.get_correction(correction_id)
    if correction.proposed_by == actor.account_id and correction.state is CorrectionState.PROPOSED:
        raise CorrectedBySameOfficer
    statement = _decide(actor, correction, CorrectionState.CONFIRMED)
    line = queries.get_line(correction.cooperative_id, correction.line_id)
    # A refund may have given the fee, or taken the goods' price, back since it was proposed.
    _check_amount(line, correction.part, correction.amount_fen)
    record_correction(correction, line)
    if correction.dispute_id is not None:
        close_dispute(actor, statement, correction.dispute_id, answer=correction.reason)
    return correction


def reject_correction(actor: Actor, correction_id: uuid.UUID) -> StatementCorrection:
    """Refuse, or take back, a proposed correction; a dispute of its line is open again.

    Raises CorrectionNotFound, CorrectionDecided.
    """
    correction = queries.get_correction(correction_id)
    _decide(actor, correction, CorrectionState.REJECTED)
    return correction


def _decide(actor: Actor, correction: StatementCorrection, state: CorrectionState) -> Statement:
    """Decide a proposed correction, its statement locked; the same order of locks as elsewhere."""
    statement = queries.lock_statement(correction.statement_id, true())
    decided = db.session.execute(
        update(StatementCorrection)
        .where(
            StatementCorrection.cooperative_id == correction.cooperative_id,
            StatementCorrection.id == correction.id,
            StatementCorrection.state == CorrectionState.PROPOSED,
        )
        .values(state=state, decided_by=actor.account_id, decided_at=clock.now())
        .returning(StatementCorrection.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(correction)
    if decided is None:
        raise CorrectionDecided
    audit.record(
        f"statement.correction_{state}", "statement", statement.id, actor=actor,
        after=_told(correction),
    )  # fmt: skip
    if state is CorrectionState.CONFIRMED:
        announce(
            EventKind.STATEMENT_CORRECTED,
            subject_id=statement.id,
            cooperative_id=statement.cooperative_id,
            facts=_told(correction),
        )
    return statement
