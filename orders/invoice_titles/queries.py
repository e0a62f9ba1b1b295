"""Selects on invoice titles; each starts from the books that the actor may open."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.addresses.models import BookKind
from orders.invoice_titles.errors import InvoiceTitleNotFound
from orders.invoice_titles.models import InvoiceTitle


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which titles the actor may use and change: the own ones, and those of its units."""
    own = and_(
        InvoiceTitle.owner_kind == BookKind.ACCOUNT, InvoiceTitle.owner_id == actor.account_id
    )
    units = actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)
    if not units:
        return own
    of_unit = and_(
        InvoiceTitle.owner_kind == BookKind.BUYING_UNIT, InvoiceTitle.owner_id.in_(units)
    )
    return or_(own, of_unit)


def titles_visible_to(actor: Actor) -> Select[InvoiceTitle]:
    """Select the titles that the actor may use."""
    return select(InvoiceTitle).where(visible_to(actor))


def list_titles(actor: Actor, owner_id: uuid.UUID | None = None) -> Sequence[InvoiceTitle]:
    """Return the titles the actor may use, of all books or of one: the default first."""
    statement = titles_visible_to(actor).order_by(
        InvoiceTitle.owner_kind,
        InvoiceTitle.owner_id,
        InvoiceTitle.is_default.desc(),
        InvoiceTitle.id.desc(),
    )
    if owner_id is not None:
        statement = statement.where(InvoiceTitle.owner_id == owner_id)
    return db.session.scalars(statement).all()


def get_title(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Return a title the actor may use; raises InvoiceTitleNotFound."""
    found = db.session.scalar(titles_visible_to(actor).where(InvoiceTitle.id == title_id))
    if found is None:
        raise InvoiceTitleNotFound
    return found


def lock_book(owner_id: uuid.UUID) -> None:
    """Hold back others who change the same book, until this transaction ends."""
    key = func.hashtextextended(f"invoice titles {owner_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def lock_title(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Return a title the actor may change, its whole book held; raises InvoiceTitleNotFound."""
    lock_book(get_title(actor, title_id).owner_id)
    statement = titles_visible_to(actor).where(InvoiceTitle.id == title_id)
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise InvoiceTitleNotFound
    return found


def list_book(owner_id: uuid.UUID) -> Sequence[InvoiceTitle]:
    """Return the titles of one book, the newest first; who asks holds the book."""
    statement = (
        select(InvoiceTitle)
        .where(InvoiceTitle.owner_id == owner_id)
        .order_by(InvoiceTitle.id.desc())
    )
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()
