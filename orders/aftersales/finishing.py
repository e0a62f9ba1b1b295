"""The end of a case: its money has reached the buyer.

Apart from the service, which asks payments for the refund: payments calls this when it is paid.
"""

import uuid

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from orders.aftersales.models import AftersalesCase
from orders.trades import service as trades
from orders.trades.states import FINISH_CASE


def finish_case(case_id: uuid.UUID) -> bool:
    """Close a case whose money has reached the buyer; safe to call again."""
    finished = db.session.execute(
        update(AftersalesCase)
        .where(AftersalesCase.id == case_id, AftersalesCase.state.in_(sorted(FINISH_CASE.sources)))
        .values(state=FINISH_CASE.target, done_at=clock.now())
        .returning(AftersalesCase.id)
        .execution_options(synchronize_session=False)
    ).first()
    if finished is None:
        return False
    trades.forget(AftersalesCase)
    audit.record("aftersales.done", "aftersales_case", case_id, actor=SYSTEM)
    return True
