"""Keep invoice titles: several in a book, one of them the default, every word sealed."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.identity.actor import Actor
from orders.invoice_titles.details import TitleDetails
from orders.invoice_titles.models import InvoiceTitle
from orders.shared_books import service as shared


@dataclass(frozen=True, slots=True)
class SeenTitle:
    """A title in clear."""

    row: InvoiceTitle
    details: TitleDetails


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
    title = InvoiceTitle(kind=details.kind, sealed=details.seal())
    return shared.put_in(actor, title, buying_unit_id=buying_unit_id, is_default=is_default)


def change_title(actor: Actor, title: InvoiceTitle, details: TitleDetails) -> InvoiceTitle:
    """Change a title (from ``queries.lock_title``); requests made before keep what they had."""
    title.kind = details.kind
    title.sealed = details.seal()
    return shared.rewrite(actor, title)


def make_default(actor: Actor, title_id: uuid.UUID) -> InvoiceTitle:
    """Let a title be the one its book proposes first."""
    return shared.make_default(actor, InvoiceTitle, title_id)


def remove_title(actor: Actor, title_id: uuid.UUID) -> None:
    """Delete a title; where it was the default, the newest of the others takes its place."""
    shared.remove(actor, InvoiceTitle, title_id)
