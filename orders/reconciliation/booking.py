"""Booking what only a provider's own account tells: its fees, and what it sends to our bank."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from marketplace.database import db
from orders.journal import entries
from orders.journal import service as journal
from orders.journal.entries import Entry
from orders.payments.models import CURRENCY
from orders.payments.movements import MovementKind
from orders.reconciliation.models import ProviderMovement, ReconciliationRun

BATCH = 1000
_PAYOUTS = (MovementKind.PAYOUT, MovementKind.PAYOUT_REVERSAL)
_WANTED = (MovementKind.FEE, *_PAYOUTS)


def book_batch(run: ReconciliationRun, after: uuid.UUID | None) -> uuid.UUID | None:
    """Book the next of a day's fees and payouts; returns where to go on, None when all are booked.

    Each is booked once, under the movement's id, so that a repeat writes nothing.
    """
    statement = select(ProviderMovement).where(
        ProviderMovement.provider == run.channel,
        ProviderMovement.moved_on == run.day,
        ProviderMovement.currency == CURRENCY,
        (ProviderMovement.fee != 0) | ProviderMovement.kind.in_(_WANTED),
    )
    if after is not None:
        statement = statement.where(ProviderMovement.id > after)
    movements = db.session.scalars(statement.order_by(ProviderMovement.id).limit(BATCH)).all()
    journal.post([entry for each in movements for entry in _entries(each)])
    return movements[-1].id if len(movements) == BATCH else None


def _entries(movement: ProviderMovement) -> Sequence[Entry]:
    made = []
    fee = movement.fee
    if movement.kind is MovementKind.FEE:
        fee -= movement.amount
    if fee:
        made.append(entries.provider_fee_taken(movement.id, movement.provider, fee))
    if movement.kind in _PAYOUTS and movement.amount:
        sent = -movement.amount
        made.append(entries.provider_paid_out(movement.id, movement.provider, sent))
    return made
