"""Selects on rows of books; each starts from the books that the actor may open."""

import uuid
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from orders.shared_books.models import BookKind, InBook

RowT = TypeVar("RowT", bound=InBook)


def visible_to(table: type[InBook], actor: Actor) -> ColumnElement[bool]:
    """Return which rows the actor may use and change: the own ones, and those of its units."""
    own = and_(table.owner_kind == BookKind.ACCOUNT, table.owner_id == actor.account_id)
    units = actor.scopes(table.rules.permission, ScopeKind.BUYING_UNIT)
    if not units:
        return own
    return or_(own, and_(table.owner_kind == BookKind.BUYING_UNIT, table.owner_id.in_(units)))


def select_rows(table: type[RowT], actor: Actor) -> Select[RowT]:
    """Select the rows that the actor may use."""
    return select(table).where(visible_to(table, actor))


def list_rows(table: type[RowT], actor: Actor) -> Sequence[RowT]:
    """Return every row the actor may use: each book's default first, then the newest."""
    statement = select_rows(table, actor).order_by(
        table.owner_kind, table.owner_id, table.is_default.desc(), table.id.desc()
    )
    return db.session.scalars(statement).all()


def get_row(table: type[RowT], actor: Actor, row_id: uuid.UUID) -> RowT:
    """Return a row the actor may use; raises what the table's rules name."""
    found = db.session.scalar(select_rows(table, actor).where(table.id == row_id))
    if found is None:
        raise table.rules.not_found
    return found


def lock_book(table: type[InBook], owner_id: uuid.UUID) -> None:
    """Hold back others who change the same book, until this transaction ends."""
    key = func.hashtextextended(f"{table.rules.lock} {owner_id}", 0)
    db.session.execute(select(func.pg_advisory_xact_lock(key)))


def lock_row(table: type[RowT], actor: Actor, row_id: uuid.UUID) -> RowT:
    """Return a row the actor may change, its whole book held; raises what the rules name."""
    lock_book(table, get_row(table, actor, row_id).owner_id)
    statement = select_rows(table, actor).where(table.id == row_id)
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise table.rules.not_found
    return found


def list_book(table: type[RowT], owner_id: uuid.UUID) -> Sequence[RowT]:
    """Return the rows of one book, the newest first; who asks holds the book."""
    statement = select(table).where(table.owner_id == owner_id).order_by(table.id.desc())
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()
