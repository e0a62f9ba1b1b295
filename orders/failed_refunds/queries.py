"""What is read of refused refunds; who may read the journal reads all of them."""

import uuid

from sqlalchemy import Select, exists, or_, select

from marketplace import cursors
from marketplace.database import db
from orders.failed_refunds.errors import FailedRefundNotFound
from orders.failed_refunds.models import RefundSettlement, SettlementState
from orders.payments.models import Refund, RefundState

ORDER: cursors.Keys = [(Refund.requested_at, "asc"), (Refund.id, "asc")]


def select_failed() -> Select[Refund]:
    """Select the refunds that need a person, the longest waiting first."""
    return select(Refund).where(Refund.state == RefundState.FAILED)


def get_refund(refund_id: uuid.UUID) -> Refund:
    """Return a refund that needs or needed a person; raises FailedRefundNotFound."""
    settled = exists().where(
        RefundSettlement.account_id == Refund.account_id, RefundSettlement.refund_id == Refund.id
    )
    wanted = or_(Refund.state == RefundState.FAILED, Refund.rounds > 0, settled)
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
