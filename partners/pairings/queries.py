"""What is read of pairings: the book of all of them, cached and checked, and rows for the API."""

import os
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select

from marketplace import cursors
from marketplace.database import db
from partners.pairings.book import PairingBook, PairingEntry, specificity
from partners.pairings.errors import PairingUnknown
from partners.pairings.models import Pairing, Relation
from partners.regions.models import Region
from partners.regions.queries import get_versions, renew_tree
from partners.regions.tree import RegionTree

_cached: tuple[UUID | None, PairingBook] | None = None


def current_book() -> PairingBook:
    """Return every pairing as the database holds them now, after one query for two versions.

    Triggers renew the versions, so a process sees at once what another one committed, and a
    transaction sees what it changed itself. Whoever judges many lines asks once and keeps the book.
    """
    return book_at(get_versions())


def book_at(versions: Mapping[str, UUID]) -> PairingBook:
    """Return every pairing in versions just read, for who reads them together with other things."""
    global _cached  # noqa: PLW0603 - one cache per process; swapped whole, so readers need no lock
    regions = renew_tree(versions.get("regions"))
    version = versions.get("pairings")
    cached = _cached
    if cached is None or cached[0] != version or cached[1].regions is not regions:
        cached = (version, PairingBook(_read_entries(regions), regions))
        _cached = cached
    return cached[1]


def forget_book() -> None:
    """Drop this process's book, so that the next look-up reads the table."""
    global _cached  # noqa: PLW0603 - one cache per process
    _cached = None


os.register_at_fork(after_in_child=forget_book)


def list_in_force(on: date) -> list[PairingEntry]:
    """Return the pairings in force on a day, most specific first."""
    return current_book().in_force(on)


def candidates(origin_code: str, east_code: str, on: date) -> list[PairingEntry]:
    """Return the pairings that fit one sale, most specific first (see ``PairingBook.candidates``)."""
    return current_book().candidates(origin_code, east_code, on)


def get_entry(pairing_id: UUID) -> PairingEntry:
    """Return a pairing by id, in force or not; raises ``PairingUnknown``."""
    try:
        return current_book().get(pairing_id)
    except KeyError:
        raise PairingUnknown from None


def get_pairing(pairing_id: UUID) -> Pairing:
    """Return a pairing's row with its version; raises ``PairingUnknown``."""
    row = db.session.get(Pairing, pairing_id)
    if row is None:
        raise PairingUnknown
    return row


def lock_pairing(pairing_id: UUID) -> Pairing:
    """Return a pairing's row, locked until the transaction ends; raises ``PairingUnknown``."""
    statement = select(Pairing).where(Pairing.id == pairing_id)
    row = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise PairingUnknown
    return row


LIST_ORDER: cursors.Keys = [(Pairing.valid_from, "desc"), (Pairing.id, "desc")]


def select_pairings(
    *,
    on: date | None = None,
    east: str | None = None,
    west: str | None = None,
    relation: Relation | None = None,
) -> Select[Pairing]:
    """Select pairings for a list: in force on a day, of an eastern or western region, of a relation.

    A region stands for all inside it: Lishui lists the pairings of its counties too.
    """
    statement = select(Pairing)
    if on is not None:
        ends = or_(Pairing.valid_to.is_(None), Pairing.valid_to >= on)
        statement = statement.where(and_(Pairing.valid_from <= on, ends))
    for end, code in ((Pairing.east_code, east), (Pairing.west_code, west)):
        if code is not None:
            inside = select(Region.code).where(Region.path.contains([code]))
            statement = statement.where(end.in_(inside))
    if relation is not None:
        statement = statement.where(Pairing.relation == relation)
    return statement


def _read_entries(regions: RegionTree) -> list[PairingEntry]:
    # Columns, not entities: the session may hold a row in an older state.
    rows = db.session.execute(
        select(
            Pairing.id,
            Pairing.east_code,
            Pairing.west_code,
            Pairing.west_organisation_code,
            Pairing.relation,
            Pairing.valid_from,
            Pairing.valid_to,
            Pairing.document,
            Pairing.evidence,
            Pairing.is_assumed,
        )
    )
    return [_entry(row, regions) for row in rows]


def _entry(row: Row[*tuple[object, ...]], regions: RegionTree) -> PairingEntry:
    columns = dict(row._mapping)
    rank = specificity(
        regions.get(columns["east_code"]).level, regions.get(columns["west_code"]).level
    )
    return PairingEntry(**columns, specificity=rank)
