"""One move of pick-ups: a guarded update that leaves a row in the audit trail."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.pickups.models import Pickup
from orders.trades.states import Move, PickupState

_OVER = frozenset({PickupState.COLLECTED, PickupState.UNCOLLECTED, PickupState.CLOSED})


def move_pickups(
    order_ids: Collection[uuid.UUID], move: Move, *, actor: Actor, **values: Any
) -> list[uuid.UUID]:
    """Make a move on the pick-ups of orders (locked by the caller) where it starts; return their ids."""
    now = clock.now()
    if move.target in _OVER:
        values["ended_at"] = now
    moved = db.session.scalars(
        update(Pickup)
        .where(Pickup.order_id.in_(order_ids), Pickup.state.in_(sorted(move.sources)))
        .values(state=move.target, changed_at=now, **values)
        .returning(Pickup.id)
        .execution_options(synchronize_session=False)
    ).all()
    for loaded in list(db.session.identity_map.values()):
        if isinstance(loaded, Pickup):
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
