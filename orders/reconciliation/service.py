"""What people do about differences: close them with a reason, say which payment an entry was.

Nothing of it is ever deleted.
"""

import uuid

from sqlalchemy import insert, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.reconciliation import jobs, matching, queries, running
from orders.reconciliation.errors import DifferenceChanged, DifferenceNotOpen, NotMatchable
from orders.reconciliation.models import Difference, DifferenceState, DifferenceStep, Item, Step


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


def match_difference(
    actor: Actor, difference_id: uuid.UUID, *, item: Item, subject_id: uuid.UUID
) -> None:
    """Say which payment of ours an unmatched outgoing entry was; both days are compared again.

    Raises DifferenceNotFound, NotMatchable, AlreadyMatched, PaymentOutUnknown.
    """
    difference = queries.get_difference(difference_id)
    if difference.item is not Item.BANK_ENTRY:
        raise NotMatchable
    matching.match_by_officer(actor, difference.subject_id, item=item, subject_id=subject_id)
    compare_again(actor, difference.item, difference.subject_id)
    compare_again(actor, item, subject_id)


def unmatch_difference(actor: Actor, difference_id: uuid.UUID) -> None:
    """Take back what an officer matched with an entry. Raises DifferenceNotFound, NotMatchable."""
    difference = queries.get_difference(difference_id)
    matching.undo_match(actor, difference.item, difference.subject_id)
    compare_again(actor, difference.item, difference.subject_id)


def compare_again(actor: Actor, item: Item, subject_id: uuid.UUID) -> None:
    """Have every day compared again that has a difference about a thing."""
    for run in queries.list_runs_about(item, subject_id):
        jobs.enqueue_run(running.start_run(actor, channel=run.channel, day=run.day).id)
