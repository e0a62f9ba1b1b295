"""Keep invoice titles: several in a book, one of them the default, every word sealed."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.addresses.models import BookKind
from orders.invoice_titles import queries
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.errors import InvoiceTitleBookFull, InvoiceTitleUnitNotYours
from orders.invoice_titles.models import InvoiceTitle
from partners.buying_units.queries import list_active_units

MOST = 30


@dataclass(frozen=True, slots=True)
class SeenTitle:
    """A title in clear."""

    row: InvoiceTitle
    details: TitleDetails

    @property
    def buying_unit_id(self) -> uuid.UUID | None:
        return self.row.owner_id if self.row.owner_kind is BookKind.BUYING_UNIT else None


def see(rows: Iterable[InvoiceTitle]) -> list[SeenTitle]:
    """Open titles that the actor may use."""
    return [SeenTitle(row, TitleDetails.unseal(row.sealed)) for row in rows]


def add_title(
    actor: Actor,
    details: TitleDetails,
    *,
    buying_unit_id: uuid.UUID | None = None,
    is_default: bool = False,
) -> InvoiceTitle:
    """Write a title into the actor's book, or into that of a unit the actor buys for.

    A book's first title is its default. Raises InvoiceTitleUnitNotYours, InvoiceTitleBookFull.
    """
    kind, owner_id = _book_of(actor, buying_unit_id)
    queries.lock_book(owner_id)
    book = queries.list_book(owner_id)
    if len(book) >= MOST:
        raise InvoiceTitleBookFull(MOST)
    is_default = is_default or not book
    if is_default:
        _take_default_from(book)
    title = InvoiceTitle(
        owner_kind=kind,
        owner_id=owner_id,
        kind=details.kind,
        sealed=details.seal(),
        is_default=is_default,
        written_by=actor.account_id,
        written_at=clock.now(),
    )
    db.session.add(title)
    db.session.flush()
    _record(actor, "invoice_title.added", title)
    return title


def change_title(actor: Actor, title: InvoiceTitle, details: TitleDetails) -> InvoiceTitle:
    """Change a title (from ``queries.lock_title``); requests made before keep what they had."""
    title.kind = details.kind
    title.sealed = details.seal()
    title.written_by = actor.account_id
    title.written_at = clock.now()
    db.session.flush()
    _record(actor, "invoice_title.changed", title)
    return title


def make_default(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Let a title be the one its book proposes first."""
    title = queries.lock_title(actor, title_id)
    if not title.is_default:
        _take_default_from(queries.list_book(title.owner_id))
        title.is_default = True
        db.session.flush()
        _record(actor, "invoice_title.made_default", title)
    return title


def remove_title(actor: Actor, title_id: uuid.UUID) -> None:
    """Delete a title; where it was the default, the newest of the others takes its place."""
    title = queries.lock_title(actor, title_id)
    db.session.delete(title)
    db.session.flush()
    left = queries.list_book(title.owner_id)
    if title.is_default and left:
        left[0].is_default = True
        db.session.flush()
    _record(actor, "invoice_title.removed", title)


def _book_of(actor: Actor, buying_unit_id: uuid.UUID | None) -> tuple[BookKind, uuid.UUID]:
    if buying_unit_id is None:
        return BookKind.ACCOUNT, actor.account_id
    held = actor.scopes(Permission.INVOICE_REQUEST, ScopeKind.BUYING_UNIT)
    if buying_unit_id not in held or not list_active_units([buying_unit_id]):
        raise InvoiceTitleUnitNotYours
    return BookKind.BUYING_UNIT, buying_unit_id


def _take_default_from(book: Iterable[InvoiceTitle]) -> None:
    for other in book:
        if other.is_default:
            other.is_default = False
    db.session.flush()


def _record(actor: Actor, action: str, title: InvoiceTitle) -> None:
    """Audit a change by its book and kind only: the trail holds no personal data."""
    audit.record(
        action, "invoice_title", title.id, actor=actor,
        after={"owner_kind": str(title.owner_kind), "owner_id": str(title.owner_id),
               "kind": str(title.kind)},
    )  # fmt: skip
