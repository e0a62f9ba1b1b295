"""Books as their pages show them: one's own, then those of one's units."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from marketplace.errors import Unprocessable
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.language import Text
from orders.shared_books.models import InBook
from partners.buying_units.models import BuyingUnit
from partners.buying_units.queries import list_active_units


class Seen(Protocol):
    """A row in clear."""

    @property
    def row(self) -> InBook: ...


SeenT = TypeVar("SeenT", bound=Seen)


def list_units(table: type[InBook], actor: Actor) -> list[BuyingUnit]:
    """Return the units whose books the actor shares."""
    return list_active_units(actor.scopes(table.rules.permission, ScopeKind.BUYING_UNIT))


def group_by_book(
    units: Iterable[BuyingUnit], seen: Sequence[SeenT]
) -> list[tuple[uuid.UUID | None, str | None, list[SeenT]]]:
    """Return each book with its unit, None for one's own, and what stands in it; empty ones too."""
    whose: list[tuple[uuid.UUID | None, str | None]] = [(None, None)]
    whose += [(unit.id, unit.name) for unit in units]
    return [
        (unit_id, name, [one for one in seen if one.row.buying_unit_id == unit_id])
        for unit_id, name in whose
    ]


def read_unit_id(text: str) -> uuid.UUID | None:
    """Read whose book was chosen in a form: a unit's, or one's own."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise Unprocessable(fields={"buying_unit_id": Text("请重新选择", "Choose again")}) from None
