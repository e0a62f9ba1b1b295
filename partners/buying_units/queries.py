"""What is read of buying units, and who sees which."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import check_scopes_with, name_scopes_with
from marketplace.permissions import Permission, ScopeKind
from partners.buying_units.errors import BuyingUnitUnknown
from partners.buying_units.models import (
    BuyingUnit,
    BuyingUnitFiling,
    BuyingUnitKind,
    BuyingUnitState,
)
from partners.offices.queries import governed_by, lies_in

LIST_ORDER: cursors.Keys = [(BuyingUnit.name, "asc"), (BuyingUnit.id, "asc")]
FILING_ORDER: cursors.Keys = [
    (BuyingUnitFiling.year, "desc"),
    (BuyingUnitFiling.revision, "desc"),
]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which units the actor may see: its own and those below, applied for, or of its office."""
    if actor.is_platform(Permission.BUYING_UNIT_READ):
        return true()
    own = actor.scopes(Permission.BUYING_UNIT_READ, ScopeKind.BUYING_UNIT)
    conditions = [
        BuyingUnit.id.in_(units_at_or_below(own)),
        governed_by(actor, Permission.BUYING_UNIT_READ, BuyingUnit.region_code),
    ]
    if not actor.is_anonymous:
        conditions.append(BuyingUnit.applied_by == actor.account_id)
    return or_(*conditions)


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which units the actor is a clerk of."""
    return BuyingUnit.id.in_(actor.scopes(Permission.BUYING_UNIT_WRITE, ScopeKind.BUYING_UNIT))


def approvable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which units the actor's office, or the platform, approves."""
    return governed_by(actor, Permission.BUYING_UNIT_APPROVE, BuyingUnit.region_code)


def applied_for_by(actor: Actor) -> ColumnElement[bool]:
    """Return which units the actor has registered."""
    return BuyingUnit.applied_by == actor.account_id


def units_at_or_below(unit_ids: Iterable[UUID]) -> Select[UUID]:
    """Select the ids of units and of all units below them."""
    start = select(BuyingUnit.id).where(BuyingUnit.id.in_(unit_ids))
    tree = start.cte("units_below", recursive=True)
    # UNION, not UNION ALL: it ends even if rows written behind our back made a circle.
    tree = tree.union(select(BuyingUnit.id).where(BuyingUnit.parent_id == tree.c.id))
    return select(tree.c.id)


def get_buying_unit(unit_id: UUID, seen: ColumnElement[bool]) -> BuyingUnit:
    """Return a unit among those in a row filter; raises ``BuyingUnitUnknown``."""
    row = db.session.scalar(select(BuyingUnit).where(seen, BuyingUnit.id == unit_id))
    if row is None:
        raise BuyingUnitUnknown
    return row


def find_active_unit(unit_id: UUID) -> BuyingUnit | None:
    """Return an active unit by id, or None; who asks has checked that the caller may name it."""
    statement = select(BuyingUnit).where(
        BuyingUnit.id == unit_id, BuyingUnit.state == BuyingUnitState.ACTIVE
    )
    return db.session.scalar(statement)


def counts_as_budget_unit(unit: BuyingUnit) -> bool:
    """Tell whether a unit's purchases are a 预算单位's: it is one, or it is the union of one."""
    if unit.is_budget_unit or unit.kind is not BuyingUnitKind.UNION or unit.parent_id is None:
        return unit.is_budget_unit
    parent = find_active_unit(unit.parent_id)
    return parent is not None and parent.is_budget_unit


def list_active_units(unit_ids: Iterable[UUID]) -> list[BuyingUnit]:
    """Return those of some units that are active, by name; who asks has checked the ids."""
    statement = select(BuyingUnit).where(
        BuyingUnit.id.in_(list(unit_ids)), BuyingUnit.state == BuyingUnitState.ACTIVE
    )
    return list(db.session.scalars(statement.order_by(BuyingUnit.name, BuyingUnit.id)))


def find_active_unit_by_code(credit_code: str) -> BuyingUnit | None:
    """Return the active unit with a credit code, or None."""
    statement = select(BuyingUnit).where(
        BuyingUnit.credit_code == credit_code, BuyingUnit.state == BuyingUnitState.ACTIVE
    )
    return db.session.scalar(statement)


def lock_buying_unit(unit_id: UUID, seen: ColumnElement[bool]) -> BuyingUnit:
    """Return a unit among those in a row filter, locked until the transaction ends."""
    statement = select(BuyingUnit).where(seen, BuyingUnit.id == unit_id)
    row = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise BuyingUnitUnknown
    return row


def is_at_or_below(unit_id: UUID, ancestor_id: UUID) -> bool:
    """Tell whether a unit is another one or lies below it."""
    below = units_at_or_below([ancestor_id])
    return db.session.scalar(select(BuyingUnit.id).where(BuyingUnit.id == unit_id, BuyingUnit.id.in_(below))) is not None  # fmt: skip


def select_buying_units(
    seen: ColumnElement[bool],
    *,
    region: str | None = None,
    state: BuyingUnitState | None = None,
    q: str | None = None,
) -> Select[BuyingUnit]:
    """Select units in a row filter: inside a region, in a state, with words in the name."""
    statement = select(BuyingUnit).where(seen)
    if region is not None:
        statement = statement.where(lies_in(BuyingUnit.region_code, [region]))
    if state is not None:
        statement = statement.where(BuyingUnit.state == state)
    if q is not None:
        statement = statement.where(BuyingUnit.name.contains(q, autoescape=True))
    return statement


def select_mine(actor: Actor) -> Select[BuyingUnit]:
    """Select the units that the actor registered or is a clerk of."""
    own = actor.scopes(Permission.BUYING_UNIT_READ, ScopeKind.BUYING_UNIT)
    return select(BuyingUnit).where(or_(applied_for_by(actor), BuyingUnit.id.in_(own)))


def select_filings(unit_id: UUID) -> Select[BuyingUnitFiling]:
    """Select the filings of a unit; who asks has checked that the caller sees the unit."""
    return select(BuyingUnitFiling).where(BuyingUnitFiling.unit_id == unit_id)


def find_filing(unit_id: UUID, year: int, at: datetime | None = None) -> BuyingUnitFiling | None:
    """Return the filing of a unit for a year that held at an instant (None: the newest), or None."""
    statement = select_filings(unit_id).where(BuyingUnitFiling.year == year)
    if at is not None:
        statement = statement.where(BuyingUnitFiling.filed_at <= at)
    return db.session.scalar(statement.order_by(BuyingUnitFiling.revision.desc()).limit(1))


def list_filings_of(unit_ids: Iterable[UUID], year: int) -> dict[UUID, BuyingUnitFiling]:
    """Return the newest filing of each of some units for a year."""
    statement = select(BuyingUnitFiling).where(
        BuyingUnitFiling.unit_id.in_(list(unit_ids)), BuyingUnitFiling.year == year
    )
    statement = statement.order_by(BuyingUnitFiling.revision)
    return {filing.unit_id: filing for filing in db.session.scalars(statement)}


def buying_unit_exists(unit_id: UUID) -> bool:
    """Tell whether a unit has this id (memberships point here without a foreign key)."""
    return db.session.scalar(select(BuyingUnit.id).where(BuyingUnit.id == unit_id)) is not None


def find_names(buying_unit_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of buying units by id, whatever their state."""
    statement = select(BuyingUnit.id, BuyingUnit.name).where(BuyingUnit.id.in_(buying_unit_ids))
    return {row.id: row.name for row in db.session.execute(statement)}


check_scopes_with(ScopeKind.BUYING_UNIT, buying_unit_exists)
name_scopes_with(ScopeKind.BUYING_UNIT, find_names)
