"""Selects on disputes; who may read the journal reads all of them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, select

from marketplace import cursors
from marketplace.database import db
from orders.card_disputes.errors import CardDisputeNotFound
from orders.card_disputes.models import (
    OPEN,
    UNREFUNDABLE,
    CardDispute,
    CardDisputeLine,
    CardDisputeMovement,
)
from orders.payments.models import PaymentAttempt
from orders.trades.models import Order

ORDER: cursors.Keys = [(CardDispute.opened_at, "desc"), (CardDispute.id, "desc")]


def select_disputes(*, open_only: bool) -> Select[CardDispute]:
    """Select the disputes, or those that somebody still decides."""
    statement = select(CardDispute)
    if open_only:
        statement = statement.where(CardDispute.ended_at.is_(None))
    return statement


def get_dispute(dispute_id: uuid.UUID) -> CardDispute:
    """Return a dispute; raises CardDisputeNotFound."""
    found = db.session.get(CardDispute, dispute_id, populate_existing=True)
    if found is None:
        raise CardDisputeNotFound
    return found


def find_by_reference(provider: str, reference: str) -> CardDispute | None:
    """Return the dispute that a provider calls so, as it stands."""
    statement = select(CardDispute).where(
        CardDispute.provider == provider, CardDispute.provider_reference == reference
    )
    return db.session.scalar(statement.execution_options(populate_existing=True))


def find_attempt_id(provider: str, reference: str) -> uuid.UUID | None:
    """Return the attempt that a provider calls so."""
    return db.session.scalar(
        select(PaymentAttempt.id).where(
            PaymentAttempt.provider == provider, PaymentAttempt.provider_reference == reference
        )
    )


def list_order_ids(trade_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the orders of a trade in the order in which they are locked."""
    return db.session.scalars(
        select(Order.id).where(Order.trade_id == trade_id).order_by(Order.id)
    ).all()


def list_lines(dispute: CardDispute) -> Sequence[CardDisputeLine]:
    """Return what of which order lines is disputed."""
    statement = select(CardDisputeLine).where(CardDisputeLine.dispute_id == dispute.id)
    return db.session.scalars(statement.order_by(CardDisputeLine.id)).all()


def list_of_order(order: Order) -> list[tuple[CardDispute, list[CardDisputeLine]]]:
    """Return the disputes that fall on an order, first first, each with the order's lines of it."""
    statement = (
        select(CardDispute, CardDisputeLine)
        .join(CardDisputeLine, CardDisputeLine.dispute_id == CardDispute.id)
        .where(
            CardDisputeLine.cooperative_id == order.cooperative_id,
            CardDisputeLine.order_id == order.id,
        )
        .order_by(CardDispute.opened_at, CardDispute.id, CardDisputeLine.id)
    )
    found: dict[CardDispute, list[CardDisputeLine]] = {}
    for dispute, line in db.session.execute(statement):
        found.setdefault(dispute, []).append(line)
    return list(found.items())


def list_movements(dispute: CardDispute) -> Sequence[CardDisputeMovement]:
    """Return what the provider took and gave back, first first."""
    statement = select(CardDisputeMovement).where(CardDisputeMovement.dispute_id == dispute.id)
    return db.session.scalars(
        statement.order_by(CardDisputeMovement.moved_at, CardDisputeMovement.id)
    ).all()


def is_unrefundable(attempt_id: uuid.UUID) -> bool:
    """Tell whether a payment may not be refunded because it is disputed."""
    found = select(CardDispute.id).where(
        CardDispute.attempt_id == attempt_id, CardDispute.state.in_(UNREFUNDABLE)
    )
    return db.session.scalar(found.limit(1)) is not None


def is_order_disputed() -> ColumnElement[bool]:
    """Return the condition that an order's money is disputed and undecided."""
    return exists().where(
        CardDisputeLine.cooperative_id == Order.cooperative_id,
        CardDisputeLine.order_id == Order.id,
        CardDisputeLine.dispute_id == CardDispute.id,
        CardDispute.state.in_(OPEN),
    )
