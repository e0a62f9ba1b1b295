"""Changes of pick-up points: registered, described, paused and resumed by whose place it is."""

from typing import Any
from uuid import UUID

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.accounts import ensure_phone_account
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import give_membership
from marketplace.identity.models import Membership
from marketplace.permissions import Permission, Role
from partners.pickup_points import queries
from partners.pickup_points.errors import HolderNotYours, PickupPointForUnitOnly
from partners.pickup_points.models import HolderKind, PickupPoint
from partners.regions.service import check_place


def register_point(
    actor: Actor,
    *,
    holder_kind: HolderKind,
    holder_id: UUID,
    name: str,
    region_code: str,
    address: str,
    hours: str,
    contact: str,
    is_for_unit_only: bool = False,
) -> PickupPoint:
    """Register a place of a unit, outlet or office that the actor acts for.

    Raises HolderNotYours, PickupPointForUnitOnly, and what an unknown region raises.
    """
    if holder_id not in actor.scopes(Permission.PICKUP_POINT_WRITE, holder_kind.scope_kind):
        raise HolderNotYours
    _check(holder_kind, region_code, is_for_unit_only=is_for_unit_only)
    point = PickupPoint(
        holder_kind=holder_kind,
        holder_id=holder_id,
        name=name,
        region_code=region_code,
        address=address,
        hours=hours,
        contact=secrets.seal(contact),
        is_for_unit_only=is_for_unit_only,
    )
    db.session.add(point)
    db.session.flush()
    after = {"holder_kind": holder_kind, "holder_id": str(holder_id)}
    audit.record(
        "pickup_point.registered", "pickup_point", point.id, actor=actor, after=after | _said(point)
    )
    return point


def describe_point(
    actor: Actor,
    point: PickupPoint,
    *,
    name: str,
    region_code: str,
    address: str,
    hours: str,
    contact: str,
    is_for_unit_only: bool = False,
) -> PickupPoint:
    """Change what is said of a point (from ``lock_point``); orders keep what they were told."""
    _check(point.holder_kind, region_code, is_for_unit_only=is_for_unit_only)
    before = _said(point)
    point.name, point.region_code, point.address = name, region_code, address
    point.hours, point.contact = hours, secrets.seal(contact)
    point.is_for_unit_only = is_for_unit_only
    db.session.flush()
    audit.record(
        "pickup_point.described", "pickup_point", point.id, actor=actor,
        before=before, after=_said(point),
    )  # fmt: skip
    return point


def set_active(actor: Actor, point: PickupPoint, *, is_active: bool) -> PickupPoint:
    """Pause a point, or let it take orders again (from ``lock_point``); repeating changes nothing."""
    if point.is_active is not is_active:
        point.is_active = is_active
        db.session.flush()
        deed = "resumed" if is_active else "paused"
        audit.record(f"pickup_point.{deed}", "pickup_point", point.id, actor=actor)
    return point


def appoint_keeper(actor: Actor, point: PickupPoint, *, phone: str) -> Membership:
    """Let whoever holds a telephone number keep the point (from ``lock_point``)."""
    account = ensure_phone_account(phone, actor=actor)
    return give_membership(
        account_id=account.id, role=Role.PICKUP_KEEPER, scope_id=point.id, granted_by=actor
    )


def dismiss_keeper(actor: Actor, point: PickupPoint, *, account_id: UUID) -> None:
    """End somebody's keeping of the point (from ``lock_point``); raises KeeperUnknown."""
    membership = queries.lock_keeper(point.id, account_id)
    membership.revoked_at = clock.now()
    membership.revoked_by = actor.account_id
    db.session.flush()
    audit.record(
        "membership.revoke", "membership", membership.id, actor=actor,
        before={"account_id": str(account_id), "role": membership.role, "scope_id": str(point.id)},
    )  # fmt: skip


def contact_of(point: PickupPoint) -> str:
    """Return whom to ask at a point."""
    return secrets.unseal(point.contact)


def _check(kind: HolderKind, region_code: str, *, is_for_unit_only: bool) -> None:
    check_place(region_code, "region_code")
    if is_for_unit_only and kind is not HolderKind.BUYING_UNIT:
        raise PickupPointForUnitOnly


def _said(point: PickupPoint) -> dict[str, Any]:
    return {
        "name": point.name,
        "region_code": point.region_code,
        "address": point.address,
        "is_for_unit_only": point.is_for_unit_only,
    }
