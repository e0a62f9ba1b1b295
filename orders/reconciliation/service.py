"""Closing a difference: a person says why it is as it is. Nothing of it is ever deleted."""

import uuid

from sqlalchemy import insert, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.reconciliation import queries
from orders.reconciliation.errors import DifferenceChanged, DifferenceNotOpen
from orders.reconciliation.models import Difference, DifferenceState, DifferenceStep, Step


def close_difference(
    actor: Actor, difference_id: uuid.UUID, *, reason: str, version: int
) -> Difference:
    """Close an open difference with a reason; ``version`` is the one that the officer looked at.

    When its facts change afterwards, it is opened again by itself. Raises DifferenceNotFound,
    DifferenceNotOpen, DifferenceChanged.
    """
    difference = queries.get_difference(difference_id)
    now = clock.now()
    closed = db.session.scalar(
        update(Difference)
        .where(
            Difference.id == difference.id,
            Difference.state == DifferenceState.OPEN,
            Difference.version == version,
        )
        .values(
            state=DifferenceState.CLOSED,
            closed_by=actor.account_id,
            closed_at=now,
            reason=reason,
            version=version + 1,
        )
        .returning(Difference.id)
        .execution_options(synchronize_session=False)
    )
    difference = queries.get_difference(difference_id)
    if closed is None:
        is_open = difference.state is DifferenceState.OPEN
        raise DifferenceChanged if is_open else DifferenceNotOpen
    said = {
        "id": new_id(),
        "difference_id": difference.id,
        "step": Step.CLOSED,
        "kind": difference.kind,
        "provider_amount": difference.provider_amount,
        "recorded_amount": difference.recorded_amount,
        "booked_amount": difference.booked_amount,
        "taken_by": actor.account_id,
        "reason": reason,
        "at": now,
    }
    db.session.execute(insert(DifferenceStep), [said])
    audit.record(
        "difference.closed", "reconciliation_difference", difference.id, actor=actor,
        after={"kind": difference.kind, "gap_fen": difference.gap_fen},
    )  # fmt: skip
    return difference
