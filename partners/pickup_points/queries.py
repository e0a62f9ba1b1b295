"""What is read of pick-up points: who manages, keeps and may use which."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import check_scopes_with, name_scopes_with
from marketplace.identity.models import Membership
from marketplace.permissions import Permission, Role, ScopeKind
from partners.offices.queries import lies_in
from partners.pickup_points.errors import KeeperUnknown, PickupPointUnknown
from partners.pickup_points.models import HolderKind, PickupPoint

LIST_ORDER: cursors.Keys = [(PickupPoint.name, "asc"), (PickupPoint.id, "asc")]
# As many as somebody looks through; a word of the name or the place finds the others.
MOST_OFFERED = 20


def _held_by(actor: Actor, permission: Permission) -> list[ColumnElement[bool]]:
    held = []
    for kind in HolderKind:
        ids = actor.scopes(permission, kind.scope_kind)
        if ids:
            held.append(and_(PickupPoint.holder_kind == kind, PickupPoint.holder_id.in_(ids)))
    return held


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which points the actor registers and changes; the platform manages all."""
    if actor.is_platform(Permission.PICKUP_POINT_WRITE):
        return true()
    return or_(false(), *_held_by(actor, Permission.PICKUP_POINT_WRITE))


def kept_by(actor: Actor) -> ColumnElement[bool]:
    """Return at which points the actor takes parcels in and hands them out."""
    own = actor.scopes(Permission.PICKUP_KEEP, ScopeKind.PICKUP_POINT)
    return or_(PickupPoint.id.in_(own), *_held_by(actor, Permission.PICKUP_KEEP))


def open_to(unit_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the points that take orders of somebody who buys for these units, or for none."""
    of_unit = and_(
        PickupPoint.holder_kind == HolderKind.BUYING_UNIT, PickupPoint.holder_id.in_(unit_ids)
    )
    return and_(PickupPoint.is_active, or_(~PickupPoint.is_for_unit_only, of_unit))


def in_use() -> ColumnElement[bool]:
    """Return the points that take orders of anybody at all."""
    return PickupPoint.is_active.is_(True)


def bought_for(actor: Actor) -> frozenset[UUID]:
    """Return the units for which the actor buys."""
    return actor.scopes(Permission.TRADE_PLACE, ScopeKind.BUYING_UNIT)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the points that the actor may order to or keeps, and those of the actor's own places."""
    own = _held_by(actor, Permission.PICKUP_POINT_WRITE)
    return or_(open_to(bought_for(actor)), kept_by(actor), *own)


def get_point(point_id: UUID, allowed: ColumnElement[bool]) -> PickupPoint:
    """Return a point out of those allowed; raises PickupPointUnknown."""
    row = db.session.scalar(select(PickupPoint).where(allowed, PickupPoint.id == point_id))
    if row is None:
        raise PickupPointUnknown
    return row


def find_among(allowed: ColumnElement[bool], point_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some points are allowed."""
    statement = select(PickupPoint.id).where(allowed, PickupPoint.id.in_(point_ids))
    return set(db.session.scalars(statement))


def find_open(point_id: UUID, unit_ids: Collection[UUID]) -> PickupPoint | None:
    """Return a point that takes orders of somebody who buys for these units, None for another."""
    statement = select(PickupPoint).where(open_to(unit_ids), PickupPoint.id == point_id)
    return db.session.scalar(statement)


def find_point(point_id: UUID) -> PickupPoint | None:
    """Return a point, whatever its state."""
    return db.session.get(PickupPoint, point_id)


def lock_point(actor: Actor, point_id: UUID) -> PickupPoint:
    """Return a point that the actor manages, locked until the transaction ends."""
    statement = select(PickupPoint).where(manageable_by(actor), PickupPoint.id == point_id)
    row = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise PickupPointUnknown
    return row


def select_points(
    allowed: ColumnElement[bool], *, region: str | None = None, q: str | None = None
) -> Select[PickupPoint]:
    """Select points out of those allowed: inside a region, with words in name or address."""
    statement = select(PickupPoint).where(allowed)
    if region is not None:
        statement = statement.where(lies_in(PickupPoint.region_code, [region]))
    if q is not None:
        word = or_(
            PickupPoint.name.contains(q, autoescape=True),
            PickupPoint.address.contains(q, autoescape=True),
        )
        statement = statement.where(word)
    return statement


def list_offered(
    unit_ids: Collection[UUID], near: Collection[str], q: str | None
) -> Sequence[PickupPoint]:
    """Return points to choose from: the units' own, and those near some places or of a word."""
    of_unit = and_(
        PickupPoint.holder_kind == HolderKind.BUYING_UNIT, PickupPoint.holder_id.in_(unit_ids)
    )
    statement = select_points(open_to(unit_ids), q=q)
    if q is None:
        statement = statement.where(or_(of_unit, lies_in(PickupPoint.region_code, near)))
    ordered = statement.order_by(of_unit.desc(), PickupPoint.name, PickupPoint.id)
    return db.session.scalars(ordered.limit(MOST_OFFERED)).all()


def list_keepers(point_id: UUID) -> Sequence[Membership]:
    """Return the live memberships of a point's keepers."""
    statement = select(Membership).where(_keeps(point_id)).order_by(Membership.id)
    return db.session.scalars(statement).all()


def lock_keeper(point_id: UUID, account_id: UUID) -> Membership:
    """Return a keeper's membership, locked; raises KeeperUnknown."""
    statement = select(Membership).where(_keeps(point_id), Membership.account_id == account_id)
    row = db.session.scalar(statement.with_for_update())
    if row is None:
        raise KeeperUnknown
    return row


def _keeps(point_id: UUID) -> ColumnElement[bool]:
    return and_(
        Membership.role == Role.PICKUP_KEEPER,
        Membership.scope_id == point_id,
        Membership.revoked_at.is_(None),
    )


def point_exists(point_id: UUID) -> bool:
    """Tell whether a point has this id (memberships point here without a foreign key)."""
    statement = select(PickupPoint.id).where(PickupPoint.id == point_id)
    return db.session.scalar(statement) is not None


def find_names(point_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of points by id, whatever their state."""
    statement = select(PickupPoint.id, PickupPoint.name).where(PickupPoint.id.in_(point_ids))
    return {row.id: row.name for row in db.session.execute(statement)}


check_scopes_with(ScopeKind.PICKUP_POINT, point_exists)
name_scopes_with(ScopeKind.PICKUP_POINT, find_names)
