"""Keep addresses: several in a book, one of them the default, every word of a person sealed."""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.addresses import queries
from orders.addresses.errors import AddressBookFull, AddressRegionUnknown, AddressUnitNotYours
from orders.addresses.models import Address, BookKind
from partners.buying_units.queries import list_active_units
from partners.regions.queries import tree

MOST = 30


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
    def buying_unit_id(self) -> uuid.UUID | None:
        return self.row.owner_id if self.row.owner_kind is BookKind.BUYING_UNIT else None

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
    units = {row.owner_id for row in rows if row.owner_kind is BookKind.BUYING_UNIT}
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
    region_code = resolve_region(region_code)
    kind, owner_id = _book_of(actor, buying_unit_id)
    queries.lock_book(owner_id)
    book = queries.list_book(owner_id)
    if len(book) >= MOST:
        raise AddressBookFull(MOST)
    is_default = is_default or not book
    if is_default:
        _take_default_from(book)
    address = Address(
        owner_kind=kind,
        owner_id=owner_id,
        region_code=region_code,
        sealed=details.seal(),
        is_default=is_default,
        written_by=actor.account_id,
        written_at=clock.now(),
    )
    db.session.add(address)
    db.session.flush()
    _record(actor, "address.added", address)
    return address


def keep_address(actor: Actor, details: Details, *, region_code: str) -> bool:
    """Write an address that was just used into the actor's own book, unless it stands there or the
    book is full: keeping it must never be what a purchase fails of.
    """
    queries.lock_book(actor.account_id)
    book = queries.list_book(actor.account_id)
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
    address.written_by = actor.account_id
    address.written_at = clock.now()
    db.session.flush()
    _record(actor, "address.changed", address)
    return address


def make_default(actor: Actor, address_id: uuid.UUID) -> Address:
    """Let an address be the one its book proposes first."""
    address = queries.lock_address(actor, address_id)
    if not address.is_default:
        _take_default_from(queries.list_book(address.owner_id))
        address.is_default = True
        db.session.flush()
        _record(actor, "address.made_default", address)
    return address


def remove_address(actor: Actor, address_id: uuid.UUID) -> None:
    """Delete an address; where it was the default, the newest of the others takes its place."""
    address = queries.lock_address(actor, address_id)
    db.session.delete(address)
    db.session.flush()
    left = queries.list_book(address.owner_id)
    if address.is_default and left:
        left[0].is_default = True
        db.session.flush()
    _record(actor, "address.removed", address)


def _book_of(actor: Actor, buying_unit_id: uuid.UUID | None) -> tuple[BookKind, uuid.UUID]:
    if buying_unit_id is None:
        return BookKind.ACCOUNT, actor.account_id
    held = actor.scopes(Permission.ADDRESS_WRITE, ScopeKind.BUYING_UNIT)
    if buying_unit_id not in held or not list_active_units([buying_unit_id]):
        raise AddressUnitNotYours
    return BookKind.BUYING_UNIT, buying_unit_id


def _take_default_from(book: Iterable[Address]) -> None:
    for other in book:
        if other.is_default:
            other.is_default = False
    db.session.flush()


def _record(actor: Actor, action: str, address: Address) -> None:
    """Audit a change by its book and division only: the trail holds no personal data."""
    audit.record(
        action, "address", address.id, actor=actor,
        after={"owner_kind": str(address.owner_kind), "owner_id": str(address.owner_id),
               "region_code": address.region_code},
    )  # fmt: skip
