"""What is read of refused refunds; who may read the journal reads all of them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.failed_refunds.errors import FailedRefundNotFound
from orders.failed_refunds.models import RefundSettlement, SettlementState
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.trades.models import Order
from orders.trades.queries import visible_to

ORDER: cursors.Keys = [(Refund.requested_at, "asc"), (Refund.id, "asc")]
ENDED_ORDER: cursors.Keys = [(Refund.ended_at, "desc"), (Refund.id, "desc")]


def select_failed() -> Select[Refund]:
    """Select the refunds that need a person, the longest waiting first."""
    return select(Refund).where(Refund.state == RefundState.FAILED)


def select_tried_again() -> Select[Refund]:
    """Select the refunds that a person had tried again and whose answer is awaited."""
    tried = Refund.state.in_((RefundState.REQUESTED, RefundState.SENT))
    return select(Refund).where(tried, _had_a_person())


def select_ended() -> Select[Refund]:
    """Select the refunds that needed a person and reached the buyer in the end."""
    return select(Refund).where(Refund.state == RefundState.SUCCEEDED, _had_a_person())


def _had_a_person() -> ColumnElement[bool]:
    """Tell which refunds were tried again or paid otherwise: few, each found by its own index."""
    tried = aliased(Refund)
    again = select(tried.id).where(tried.rounds > 0)
    return Refund.id.in_(again.union(select(RefundSettlement.refund_id)))


def list_orders(actor: Actor, refund: Refund, attempt: PaymentAttempt) -> Sequence[Order]:
    """Return the order that a refund is for, or those its payment paid, if the actor may read them."""
    is_its = Order.trade_id == attempt.trade_id
    if refund.order_id is not None:
        is_its = Order.id == refund.order_id
    return db.session.scalars(visible_to(actor).where(is_its).order_by(Order.order_no)).all()


def get_refund(refund_id: uuid.UUID) -> Refund:
    """Return a refund that needs or needed a person; raises FailedRefundNotFound."""
    wanted = or_(Refund.state == RefundState.FAILED, _had_a_person())
    found = db.session.scalar(select(Refund).where(Refund.id == refund_id, wanted))
    if found is None:
        raise FailedRefundNotFound
    return found


def list_settlements(refund: Refund) -> list[RefundSettlement]:
    """Return what was recorded about paying a refund by other means, the newest first."""
    statement = select(RefundSettlement).where(
        RefundSettlement.account_id == refund.account_id, RefundSettlement.refund_id == refund.id
    )
    return list(db.session.scalars(statement.order_by(RefundSettlement.id.desc())))


def find_recorded(refund: Refund) -> RefundSettlement | None:
    """Return the payment by other means that waits for a second officer, or None."""
    statement = select(RefundSettlement).where(
        RefundSettlement.account_id == refund.account_id,
        RefundSettlement.refund_id == refund.id,
        RefundSettlement.state == SettlementState.RECORDED,
    )
    return db.session.scalar(statement.with_for_update())
