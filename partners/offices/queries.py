"""What is read of offices, and which rows of others lie in an office's region."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.memberships import check_scopes_with, name_scopes_with
from marketplace.permissions import Permission, ScopeKind
from partners.offices.errors import OfficeUnknown
from partners.offices.models import Office
from partners.regions.models import Region
from partners.regions.queries import tree

LIST_ORDER: cursors.Keys = [(Office.region_code, "asc"), (Office.id, "asc")]


def select_offices(*, region: str | None = None, parent_id: UUID | None = None) -> Select[Office]:
    """Select offices: all inside a region, or those directly under another office."""
    statement = select(Office)
    if region is not None:
        statement = statement.where(lies_in(Office.region_code, [region]))
    if parent_id is not None:
        statement = statement.where(Office.parent_id == parent_id)
    return statement


def get_office(office_id: UUID) -> Office:
    """Return an office; raises ``OfficeUnknown``."""
    office = db.session.get(Office, office_id)
    if office is None:
        raise OfficeUnknown
    return office


def find_office_of(region_code: str) -> Office | None:
    """Return the office of exactly this region, or None."""
    return db.session.scalar(select(Office).where(Office.region_code == region_code))


def list_offices_over(region_code: str) -> list[Office]:
    """Return the offices that answer for a region: its own first, then those above it."""
    path = tree().path(region_code)
    found = db.session.scalars(select(Office).where(Office.region_code.in_(path)))
    return sorted(found, key=lambda office: -path.index(office.region_code))


def office_exists(office_id: UUID) -> bool:
    """Tell whether an office has this id (memberships point here without a foreign key)."""
    return db.session.scalar(select(Office.id).where(Office.id == office_id)) is not None


def find_names(office_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of offices by id, whatever their state."""
    statement = select(Office.id, Office.name).where(Office.id.in_(office_ids))
    return {row.id: row.name for row in db.session.execute(statement)}


check_scopes_with(ScopeKind.OFFICE, office_exists)
name_scopes_with(ScopeKind.OFFICE, find_names)


def list_region_codes(actor: Actor, permission: Permission) -> list[str]:
    """Return the regions of the offices in which the actor holds the permission."""
    ids = actor.scopes(permission, ScopeKind.OFFICE)
    if not ids:
        return []
    return list(db.session.scalars(select(Office.region_code).where(Office.id.in_(ids))))


def lies_in(column: ColumnElement[str] | Any, codes: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column's region is one of these regions or lies in one."""
    wanted = list(codes)
    if not wanted:
        return false()
    return column.in_(select(Region.code).where(Region.path.overlap(wanted)))


def governed_by(
    actor: Actor, permission: Permission, column: ColumnElement[str] | Any
) -> ColumnElement[bool]:
    """Return the condition that the actor, by office or for the whole platform, answers for a region.

    The row filter of everything that stands in a region: an office of a city reaches its counties,
    a county's office never its neighbour.
    """
    if actor.is_platform(permission):
        return true()
    return lies_in(column, list_region_codes(actor, permission))


def find_governing_office(actor: Actor, permission: Permission, region_code: str) -> Office | None:
    """Return the office by which the actor acts on a region, the nearest one; None for the platform."""
    ids = actor.scopes(permission, ScopeKind.OFFICE)
    return next((o for o in list_offices_over(region_code) if o.id in ids), None)
