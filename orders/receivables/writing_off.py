"""Writing off what a unit will not pay: one officer proposes it, another one agrees.

The books give the debt up; the unit does not stop owing it. It buys nothing on terms until it has
repaid, and what it repays is income (decision 0106).
"""

import uuid

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.money import prorate
from orders.journal import entries
from orders.journal import service as journal
from orders.receivables import queries
from orders.receivables.errors import (
    DebtChanged,
    DebtNotLongOverdue,
    WriteOffBySameOfficer,
    WriteOffDecided,
    WriteOffPending,
)
from orders.receivables.models import ChangeState, DebtWriteOff, Receivable
from orders.trades.models import Order, OrderLine
from orders.trades.queries import list_lines
from orders.trades.service import forget
from partners.credits import service as credit_service


def propose_write_off(actor: Actor, receivable_id: uuid.UUID, *, reason: str) -> DebtWriteOff:
    """Propose to give a debt up that is overdue beyond its days of grace.

    Raises ReceivableNotFound, DebtNotLongOverdue, WriteOffPending.
    """
    receivable = queries.lock_receivable(receivable_id)
    if not queries.may_be_written_off(receivable):
        raise DebtNotLongOverdue
    made = insert(DebtWriteOff).values(
        id=new_id(),
        buying_unit_id=receivable.buying_unit_id,
        receivable_id=receivable.id,
        amount_fen=receivable.owed_fen,
        reason=reason,
        state=ChangeState.PROPOSED,
        proposed_by=actor.account_id,
        proposed_at=clock.now(),
    )
    write_off = db.session.scalars(made.on_conflict_do_nothing().returning(DebtWriteOff)).first()
    if write_off is None:
        raise WriteOffPending
    _audit(actor, "proposed", write_off)
    return write_off


def confirm_write_off(actor: Actor, write_off_id: uuid.UUID) -> DebtWriteOff:
    """Give a debt up as another officer proposed: books, credit and the order follow.

    Raises WriteOffNotFound, WriteOffBySameOfficer, WriteOffDecided, DebtChanged.
    """
    proposed = queries.get_write_off(write_off_id)
    if proposed.proposed_by == actor.account_id and proposed.state is ChangeState.PROPOSED:
        raise WriteOffBySameOfficer
    receivable = queries.lock_receivable(proposed.receivable_id)
    write_off = _decide(actor, write_off_id, ChangeState.CONFIRMED)
    if receivable.owed_fen != write_off.amount_fen or not queries.may_be_written_off(receivable):
        raise DebtChanged
    receivable.written_off_fen = write_off.amount_fen
    receivable.written_off_at = clock.now()
    db.session.flush()
    db.session.execute(
        update(Order)
        .where(Order.cooperative_id == receivable.cooperative_id, Order.id == receivable.order_id)
        .values(debt_written_off_at=receivable.written_off_at)
        .execution_options(synchronize_session=False)
    )
    forget(Order)
    _take_credit_back(receivable, write_off)
    unit_id = receivable.buying_unit_id
    journal.post([entries.debt_written_off(write_off.id, unit_id, write_off.amount_fen)])
    return write_off


def _take_credit_back(receivable: Receivable, write_off: DebtWriteOff) -> None:
    """Take back what the order counts for, as far as nobody paid for it. The order is locked."""
    asked = receivable.amount_fen - receivable.reduced_fen
    for line in list_lines([receivable.order_id]):
        kept = line.net_fen - line.refunded_fen
        uncollected = prorate(kept, write_off.amount_fen, asked)
        if uncollected == 0:
            continue
        db.session.execute(
            update(OrderLine)
            .where(OrderLine.cooperative_id == line.cooperative_id, OrderLine.id == line.id)
            .values(uncollected_fen=uncollected)
            .execution_options(synchronize_session=False)
        )
        credit_service.reverse_sale(
            cooperative_id=line.cooperative_id,
            line_id=line.id,
            cause_id=write_off.id,
            returned_fen_total=line.refunded_fen + uncollected,
        )
    forget(OrderLine)


def reject_write_off(actor: Actor, write_off_id: uuid.UUID) -> DebtWriteOff:
    """Refuse, or take back, a proposed write-off. Raises WriteOffNotFound, WriteOffDecided."""
    return _decide(actor, write_off_id, ChangeState.REJECTED)


def _decide(actor: Actor, write_off_id: uuid.UUID, state: ChangeState) -> DebtWriteOff:
    write_off = queries.lock_write_off(write_off_id)
    if write_off.state is not ChangeState.PROPOSED:
        raise WriteOffDecided
    write_off.state = state
    write_off.decided_by = actor.account_id
    write_off.decided_at = clock.now()
    db.session.flush()
    _audit(actor, state, write_off)
    return write_off


def _audit(actor: Actor, what: str, write_off: DebtWriteOff) -> None:
    audit.record(
        f"debt_write_off.{what}", "buying_unit", write_off.buying_unit_id, actor=actor,
        after={"write_off_id": str(write_off.id), "receivable_id": str(write_off.receivable_id),
               "amount_fen": write_off.amount_fen},
    )  # fmt: skip
