"""Keep addresses: several in a book, one of them the default, every word of a person sealed."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson

from marketplace import clock, secrets
from marketplace.identity.actor import Actor
from orders.addresses import queries
from orders.addresses.errors import AddressRegionUnknown
from orders.addresses.models import Address
from orders.shared_books import queries as books
from orders.shared_books import service as shared
from orders.shared_books.models import MOST
from partners.buying_units.queries import list_active_units
from partners.regions.queries import tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Who receives the goods, where in the division, and what the address is called for short."""

    name: str
    phone: str
    address: str
    label: str = ""

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        return secrets.seal(orjson.dumps(asdict(self)).decode())

    @classmethod
    def unseal(cls, sealed: bytes) -> "Details":
        """Read what ``seal`` made."""
        return cls(**orjson.loads(secrets.unseal(sealed)))


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """An address in clear, with the division as it is called today."""

    row: Address
    details: Details
    unit_name: str | None

    @property
    def region_code(self) -> str:
        """The division's code today: one that was renamed since is read as what became of it."""
        node = tree().read(self.row.region_code, clock.today())
        return self.row.region_code if node is None else node.code

    @property
    def region_name(self) -> str:
        code = self.region_code
        return tree().full_name(code) if code in tree() else code


def resolve_region(code: str) -> str:
    """Return today's code of a county-level division, given today's or a former one.

    Raises AddressRegionUnknown, also for a division that has counties of its own to choose from.
    """
    node = tree().read(code, clock.today())
    if node is None or len(tree().descendants(node.code)) > 1:
        raise AddressRegionUnknown
    return node.code


def see(rows: Iterable[Address]) -> list[SeenAddress]:
    """Open addresses that the actor may use; one look-up for the names of all units."""
    rows = list(rows)
    units = {row.buying_unit_id for row in rows if row.buying_unit_id is not None}
    names = {unit.id: unit.name for unit in list_active_units(units)} if units else {}
    return [SeenAddress(row, Details.unseal(row.sealed), names.get(row.owner_id)) for row in rows]


def list_seen(actor: Actor) -> list[SeenAddress]:
    """Return every address the actor may use, in clear."""
    return see(queries.list_addresses(actor))


def get_seen(actor: Actor, address_id: uuid.UUID) -> SeenAddress:
    """Return one address the actor may use, in clear; raises AddressNotFound."""
    return see([queries.get_address(actor, address_id)])[0]


def add_address(
    actor: Actor,
    details: Details,
    *,
    region_code: str,
    buying_unit_id: uuid.UUID | None = None,
    is_default: bool = False,
) -> Address:
    """Write an address into the actor's book, or into that of a unit the actor buys for.

    A book's first address is its default. Raises AddressRegionUnknown, AddressUnitNotYours,
    AddressBookFull.
    """
    address = Address(region_code=resolve_region(region_code), sealed=details.seal())
    return shared.put_in(actor, address, buying_unit_id=buying_unit_id, is_default=is_default)


def keep_address(actor: Actor, details: Details, *, region_code: str) -> bool:
    """Write an address that was just used into the actor's own book, unless it stands there or the
    book is full: keeping it must never be what a purchase fails of.
    """
    books.lock_book(Address, actor.account_id)
    book = books.list_book(Address, actor.account_id)
    same = (details.name, details.phone, details.address, region_code)
    for seen in see(book):
        known = seen.details
        if (known.name, known.phone, known.address, seen.region_code) == same:
            return False
    if len(book) >= MOST:
        return False
    add_address(actor, details, region_code=region_code)
    return True


def change_address(
    actor: Actor, address: Address, details: Details, *, region_code: str
) -> Address:
    """Change an address (from ``queries.lock_address``); orders already placed keep what they had."""
    address.region_code = resolve_region(region_code)
    address.sealed = details.seal()
    return shared.rewrite(actor, address)


def make_default(actor: Actor, address_id: uuid.UUID) -> Address:
    """Let an address be the one its book proposes first."""
    return shared.make_default(actor, Address, address_id)


def remove_address(actor: Actor, address_id: uuid.UUID) -> None:
    """Delete an address; where it was the default, the newest of the others takes its place."""
    shared.remove(actor, Address, address_id)
