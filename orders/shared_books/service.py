"""Put rows into books, change, propose and remove them; a book with rows has one default."""

import uuid
from collections.abc import Iterable
from typing import TypeVar

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from orders.shared_books import queries
from orders.shared_books.models import MOST, BookKind, BookRules, InBook
from partners.buying_units.queries import list_active_units

RowT = TypeVar("RowT", bound=InBook)


def put_in(actor: Actor, row: RowT, *, buying_unit_id: uuid.UUID | None, is_default: bool) -> RowT:
    """Put a new row into the actor's book, or into that of a unit the actor buys for.

    A book's first row is its default. Raises what the table's rules name.
    """
    table, rules = type(row), row.rules
    row.owner_kind, row.owner_id = _book_of(actor, rules, buying_unit_id)
    queries.lock_book(table, row.owner_id)
    book = queries.list_book(table, row.owner_id)
    if len(book) >= MOST:
        raise rules.full
    row.is_default = is_default or not book
    if row.is_default:
        _take_default_from(book)
    db.session.add(row)
    return _write(actor, row, "added")


def rewrite(actor: Actor, row: RowT) -> RowT:
    """Keep what was changed of a row (from ``queries.lock_row``), with who changed it."""
    return _write(actor, row, "changed")


def make_default(actor: Actor, table: type[RowT], row_id: uuid.UUID) -> RowT:
    """Let a row be the one its book proposes first."""
    row = queries.lock_row(table, actor, row_id)
    if not row.is_default:
        _take_default_from(queries.list_book(table, row.owner_id))
        row.is_default = True
        db.session.flush()
        _record(actor, "made_default", row)
    return row


def remove(actor: Actor, table: type[InBook], row_id: uuid.UUID) -> None:
    """Delete a row; where it was the default, the newest of the others takes its place."""
    row = queries.lock_row(table, actor, row_id)
    db.session.delete(row)
    db.session.flush()
    left = queries.list_book(table, row.owner_id)
    if row.is_default and left:
        left[0].is_default = True
        db.session.flush()
    _record(actor, "removed", row)


def _book_of(
    actor: Actor, rules: BookRules, buying_unit_id: uuid.UUID | None
) -> tuple[BookKind, uuid.UUID]:
    if buying_unit_id is None:
        return BookKind.ACCOUNT, actor.account_id
    held = actor.scopes(rules.permission, ScopeKind.BUYING_UNIT)
    if buying_unit_id not in held or not list_active_units([buying_unit_id]):
        raise rules.unit_not_yours
    return BookKind.BUYING_UNIT, buying_unit_id


def _take_default_from(book: Iterable[InBook]) -> None:
    for other in book:
        if other.is_default:
            other.is_default = False
    db.session.flush()


def _write(actor: Actor, row: RowT, deed: str) -> RowT:
    row.written_by, row.written_at = actor.account_id, clock.now()
    db.session.flush()
    _record(actor, deed, row)
    return row


def _record(actor: Actor, deed: str, row: InBook) -> None:
    """Audit a change by its book and kind only: the trail holds no personal data."""
    subject = row.rules.subject
    audit.record(
        f"{subject}.{deed}", subject, row.id, actor=actor,
        after={"owner_kind": str(row.owner_kind), "owner_id": str(row.owner_id), **row.told},
    )  # fmt: skip
