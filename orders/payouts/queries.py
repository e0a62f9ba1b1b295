"""Selects on payout batches; finance officers see them whole."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Exists, Select, exists, func, select

from marketplace import cursors
from marketplace.database import db
from orders.payout_accounts.models import PayoutAccount, PayoutChannel
from orders.payouts.errors import PayoutBatchNotFound
from orders.payouts.models import Payout, PayoutBatch, PayoutState
from orders.payouts.progress import FileColumns, Progress, list_progress
from orders.settlements.models import Statement
from orders.settlements.states import StatementState

BATCH_ORDER: cursors.Keys = [(PayoutBatch.id, "desc")]
MAX_PAYOUTS = 2000
_IN_BATCH = FileColumns(Payout.batch_id, Payout.state, Payout.answered_at)

_is_on_its_way = exists().where(
    Payout.cooperative_id == Statement.cooperative_id,
    Payout.statement_id == Statement.id,
    Payout.state != PayoutState.FAILED,
)


def select_released() -> Select[Statement]:
    """Select the released statements that are in no batch yet."""
    return select(Statement).where(Statement.state == StatementState.RELEASED, ~_is_on_its_way)


def _is_paid_by(channel: PayoutChannel) -> Exists:
    return exists().where(
        PayoutAccount.cooperative_id == Statement.cooperative_id,
        PayoutAccount.id == Statement.payout_account_id,
        PayoutAccount.channel == channel,
    )


def lock_released_statements(channel: PayoutChannel) -> Sequence[Statement]:
    """Return and lock the released statements that are in no batch yet, as many as a file takes."""
    statement = (
        select_released()
        .where(_is_paid_by(channel))
        .order_by(Statement.id)
        .limit(MAX_PAYOUTS)
        .with_for_update()
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def select_batches() -> Select[PayoutBatch]:
    """Select every batch."""
    return select(PayoutBatch)


def get_batch(batch_id: uuid.UUID) -> PayoutBatch:
    """Return a batch; raises PayoutBatchNotFound."""
    batch = db.session.get(PayoutBatch, batch_id)
    if batch is None:
        raise PayoutBatchNotFound
    return batch


def lock_batch(batch_id: uuid.UUID) -> PayoutBatch:
    """Return a batch, locked until the transaction ends; raises PayoutBatchNotFound."""
    batch = db.session.get(PayoutBatch, batch_id, with_for_update=True, populate_existing=True)
    if batch is None:
        raise PayoutBatchNotFound
    return batch


def list_payouts(batch: PayoutBatch) -> Sequence[Payout]:
    """Return the payouts of a batch in the order of its file."""
    statement = select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def list_batch_progress(batches: Sequence[PayoutBatch]) -> dict[uuid.UUID, Progress]:
    """Return how far the bank has answered some batches."""
    return list_progress(_IN_BATCH, [batch.id for batch in batches])


def sum_waiting() -> int:
    """Return what the bank is still asked to pay, and what waits to be put into a batch for it."""
    sent = select(func.coalesce(func.sum(Payout.amount_fen), 0)).join(
        PayoutBatch, PayoutBatch.id == Payout.batch_id
    )
    sent = sent.where(Payout.state == PayoutState.SENT, PayoutBatch.channel == PayoutChannel.BANK)
    released = select_released().where(_is_paid_by(PayoutChannel.BANK))
    waiting = released.with_only_columns(func.coalesce(func.sum(Statement.payable_fen), 0))
    return int(db.session.scalars(sent).one()) + int(db.session.scalars(waiting).one())


def list_known_serials(serials: Collection[str]) -> dict[str, str]:
    """Return which bank serial numbers are known already, each with its payout's number."""
    statement = select(Payout.bank_serial, Payout.payout_no).where(Payout.bank_serial.in_(serials))
    return {serial: number for serial, number in db.session.execute(statement) if serial}
