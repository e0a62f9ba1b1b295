"""How money settles what a unit owes: called by the one path to paid, in its transaction."""

import uuid
from datetime import datetime

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from orders.journal import entries
from orders.journal import service as journal
from orders.receivables import queries
from orders.receivables.models import Receivable, Repayment
from orders.trades.models import Order
from orders.trades.service import forget


def can_take(trade_id: uuid.UUID, amount_fen: int) -> bool:
    """Tell whether so much is owed for a trade, and hold its debts until the transaction ends."""
    return 0 < amount_fen <= sum(each.owed_fen for each in queries.lock_owed_for(trade_id))


def repay(trade_id: uuid.UUID, attempt_id: uuid.UUID, amount_fen: int, paid_at: datetime) -> None:
    """Let captured money settle a trade's debts, the first due first. ``can_take`` held them."""
    left, recovered = amount_fen, 0
    receivables = queries.lock_owed_for(trade_id)
    for receivable in receivables:
        part = min(left, receivable.owed_fen)
        if part == 0:
            continue
        left -= part
        receivable.paid_fen += part
        if receivable.written_off_at is not None:
            receivable.recovered_fen += part
            recovered += part
        db.session.add(
            Repayment(
                id=new_id(),
                buying_unit_id=receivable.buying_unit_id,
                receivable_id=receivable.id,
                attempt_id=attempt_id,
                amount_fen=part,
                returned_fen=0,
                paid_at=paid_at,
            )
        )
        settle_if_paid(receivable)
    db.session.flush()
    unit_id = receivables[0].buying_unit_id
    journal.post([entries.receivable_paid(attempt_id, unit_id, amount_fen - recovered, recovered)])
    audit.record(
        "receivable.paid", "trade", trade_id, actor=SYSTEM,
        after={"attempt_id": str(attempt_id), "amount_fen": amount_fen},
    )  # fmt: skip


def settle_if_paid(receivable: Receivable) -> None:
    """Note when nothing is owed any longer: the order may then complete. The order is locked."""
    if receivable.owed_fen > 0 or receivable.settled_at is not None:
        return
    receivable.settled_at = clock.now()
    db.session.execute(
        update(Order)
        .where(Order.cooperative_id == receivable.cooperative_id, Order.id == receivable.order_id)
        .values(settled_at=receivable.settled_at)
        .execution_options(synchronize_session=False)
    )
    forget(Order)
