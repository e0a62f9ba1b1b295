"""What sending costs: each cooperative's flat rule, and the share of it that each line bears."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.money import split
from orders.checkout.models import FreightRule


def list_freight_rules(cooperative_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, FreightRule]:
    """Return the rules of cooperatives that have one; without a rule sending is free."""
    statement = select(FreightRule).where(FreightRule.cooperative_id.in_(cooperative_ids))
    return {rule.cooperative_id: rule for rule in db.session.scalars(statement)}


def get_freight_rule(cooperative_id: uuid.UUID) -> FreightRule:
    """Return a cooperative's rule; one that charges nothing where it has set none."""
    found = list_freight_rules([cooperative_id]).get(cooperative_id)
    return found or FreightRule(cooperative_id=cooperative_id, flat_fen=0, free_from_fen=None)


def freight_of(rule: FreightRule | None, goods_fen: int) -> int:
    """Return the freight of one order of a cooperative."""
    if rule is None or (rule.free_from_fen is not None and goods_fen >= rule.free_from_fen):
        return 0
    return rule.flat_fen


def share_freight(freight_fen: int, net_fens: Sequence[int]) -> list[int]:
    """Share an order's freight over its lines by their amounts; the shares sum to it."""
    return split(freight_fen, net_fens)


def set_freight_rule(
    actor: Actor, cooperative_id: uuid.UUID, *, flat_fen: int, free_from_fen: int | None
) -> FreightRule:
    """Set a cooperative's flat freight; orders already placed keep what they agreed."""
    values = {
        "flat_fen": flat_fen,
        "free_from_fen": free_from_fen,
        "changed_at": clock.now(),
    }
    db.session.execute(
        insert(FreightRule)
        .values(id=new_id(), cooperative_id=cooperative_id, **values)
        .on_conflict_do_update(index_elements=["cooperative_id"], set_=values)
    )
    audit.record(
        "freight_rule.set",
        "cooperative",
        cooperative_id,
        actor=actor,
        after={"flat_fen": flat_fen, "free_from_fen": free_from_fen},
    )
    return db.session.scalars(
        select(FreightRule)
        .where(FreightRule.cooperative_id == cooperative_id)
        .execution_options(populate_existing=True)
    ).one()
