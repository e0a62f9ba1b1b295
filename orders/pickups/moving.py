"""One move of pick-ups: a guarded update that leaves a row in the audit trail."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.pickups.models import Pickup, PickupParcel
from orders.trades.states import Move, PickupState

_OVER = frozenset({PickupState.COLLECTED, PickupState.UNCOLLECTED, PickupState.CLOSED})


def move_pickups(
    order_ids: Collection[uuid.UUID],
    move: Move,
    *,
    actor: Actor,
    case_id: uuid.UUID | None = None,
    **values: Any,
) -> list[uuid.UUID]:
    """Make a move on the pick-ups of orders (locked by the caller) where it starts; return their ids.

    ``case_id``: on that of an exchange's replacement, instead of what was ordered. What is no
    longer kept afterwards has left the shelf.
    """
    now = clock.now()
    if move.target in _OVER:
        values["ended_at"] = now
    moved = db.session.scalars(
        update(Pickup)
        .where(
            Pickup.order_id.in_(order_ids),
            Pickup.case_id.is_not_distinct_from(case_id),
            Pickup.state.in_(sorted(move.sources)),
        )
        .values(state=move.target, changed_at=now, **values)
        .returning(Pickup.id)
        .execution_options(synchronize_session=False)
    ).all()
    if moved and move.target is not PickupState.ARRIVED:
        db.session.execute(
            update(PickupParcel)
            .where(PickupParcel.pickup_id.in_(moved), PickupParcel.left_at.is_(None))
            .values(left_at=now)
            .execution_options(synchronize_session=False)
        )
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, Pickup | PickupParcel):
            db.session.expire(loaded)
    audit.record_all(
        [
            audit.entry(
                f"pickup.{move.deed}", "pickup", one, actor=actor, after={"state": move.target}
            )
            for one in sorted(moved)
        ]
    )
    return sorted(moved)


def expect_replacement(pickup: Pickup, case_id: uuid.UUID) -> None:
    """Have the point of an order's own goods wait for a replacement as well."""
    db.session.add(
        Pickup(
            id=new_id(),
            cooperative_id=pickup.cooperative_id,
            order_id=pickup.order_id,
            case_id=case_id,
            pickup_point_id=pickup.pickup_point_id,
            state=PickupState.AWAITING,
            point_name=pickup.point_name,
            point_address=pickup.point_address,
            point_hours=pickup.point_hours,
            changed_at=clock.now(),
        )
    )
    db.session.flush()
