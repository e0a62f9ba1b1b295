"""Selects on addresses; each starts from the books that the actor may open."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.addresses.errors import AddressNotFound
from orders.addresses.models import Address, BookKind


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which addresses the actor may use and change: the own ones, and those of its units."""
    own = and_(Address.owner_kind == BookKind.ACCOUNT, Address.owner_id == actor.account_id)
    units = actor.scopes(Permission.ADDRESS_WRITE, ScopeKind.BUYING_UNIT)
    if not units:
        return own
    return or_(own, and_(Address.owner_kind == BookKind.BUYING_UNIT, Address.owner_id.in_(units)))


def addresses_visible_to(actor: Actor) -> Select[Address]:
    """Select the addresses that the actor may use."""
    return select(Address).where(visible_to(actor))


def list_addresses(actor: Actor) -> Sequence[Address]:
    """Return every address the actor may use: each book's default first, then the newest."""
    statement = addresses_visible_to(actor).order_by(
        Address.owner_kind, Address.owner_id, Address.is_default.desc(), Address.id.desc()
    )
    return db.session.scalars(statement).all()


def get_address(actor: Actor, address_id: uuid.UUID) -> Address:
    """Return an address the actor may use; raises AddressNotFound."""
    found = db.session.scalar(addresses_visible_to(actor).where(Address.id == address_id))
    if found is None:
        raise AddressNotFound
    return found


def lock_book(owner_id: uuid.UUID) -> None:
    """Hold back others who change the same book, until this transaction ends."""
    key = func.hashtextextended(f"address book {owner_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def lock_address(actor: Actor, address_id: uuid.UUID) -> Address:
    """Return an address the actor may change, its whole book held; raises AddressNotFound."""
    lock_book(get_address(actor, address_id).owner_id)
    statement = addresses_visible_to(actor).where(Address.id == address_id)
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise AddressNotFound
    return found


def list_book(owner_id: uuid.UUID) -> Sequence[Address]:
    """Return the addresses of one book, the newest first; who asks holds the book."""
    statement = select(Address).where(Address.owner_id == owner_id).order_by(Address.id.desc())
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()
