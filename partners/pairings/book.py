"""All pairings in memory, so that a sale finds its own without a query per line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from partners.pairings.models import Relation
from partners.regions.models import RegionLevel
from partners.regions.tree import RegionTree

_RANK = {RegionLevel.COUNTY: 0, RegionLevel.CITY: 1, RegionLevel.PROVINCE: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingEntry:
    """A pairing as its row stands; safe to keep, compare and hand between threads.

    ``specificity`` orders pairings that fit one sale: 0 county–county, then county–city, …,
    city–county, city–city; the smaller wins, equal numbers tie.
    """

    id: UUID
    east_code: str
    west_code: str
    west_organisation_code: str | None
    relation: Relation
    valid_from: date
    valid_to: date | None
    document: str | None
    evidence: str
    is_assumed: bool
    specificity: int

    def is_in_force(self, on: date) -> bool:
        """Tell whether the pairing holds on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


def specificity(east: RegionLevel, west: RegionLevel) -> int:
    """Return the place of a pairing in the order county–county, county–city, …, province–province."""
    return _RANK[east] * len(_RANK) + _RANK[west]


class PairingBook:
    """An immutable picture of every pairing, past ones included, with the tree it was read against."""

    def __init__(self, entries: Iterable[PairingEntry], regions: RegionTree) -> None:
        self.regions = regions
        self._entries = tuple(
            sorted(entries, key=lambda e: (e.specificity, e.east_code, e.west_code, e.valid_from))
        )
        self._by_id = {entry.id: entry for entry in self._entries}
        self._by_ends: dict[tuple[str, str], list[PairingEntry]] = {}
        for entry in self._entries:
            self._by_ends.setdefault((entry.east_code, entry.west_code), []).append(entry)

    def get(self, pairing_id: UUID) -> PairingEntry:
        """Return a pairing by id, in force or not; KeyError if there is none."""
        return self._by_id[pairing_id]

    def in_force(self, on: date) -> list[PairingEntry]:
        """Return the pairings in force on a day, most specific first."""
        return [entry for entry in self._entries if entry.is_in_force(on)]

    def candidates(self, origin_code: str, east_code: str, on: date) -> list[PairingEntry]:
        """Return the pairings in force whose west holds the origin and whose east holds the buyer.

        Most specific first. Several with the first one's ``specificity`` are a tie, which no rule
        here decides. Codes are looked up along both regions' paths: at most nine dictionary reads.
        """
        found = [
            entry for entry in self.known_between(origin_code, east_code) if entry.is_in_force(on)
        ]
        found.sort(key=lambda entry: (entry.specificity, entry.relation, entry.id))
        return found

    def known_between(self, origin_code: str, east_code: str) -> list[PairingEntry]:
        """Return the pairings of any time whose west holds the origin and whose east the buyer."""
        origin, east = self.regions.find(origin_code), self.regions.find(east_code)
        if origin is None or east is None:
            return []
        return [
            entry
            for east_end in east.path
            for west_end in origin.path
            for entry in self._by_ends.get((east_end, west_end), ())
            if self._reaches(entry, origin_code)
        ]

    def within(self, entry: PairingEntry, on: date) -> list[PairingEntry]:
        """Return the pairings that a pairing's total takes in, itself first, in force on a day.

        Those with the same relation and both ends inside its own: Jinyun–Nanjiang in Lishui–Bazhong.
        """
        inside = [other for other in self.in_force(on) if self.takes_in(entry, other)]
        return [entry, *inside]

    def takes_in(self, outer: PairingEntry, inner: PairingEntry) -> bool:
        """Tell whether a pairing's total takes in another's: one relation, both ends inside.

        A pairing with an organisation (the Corps in Xinjiang) takes in only what that reaches.
        """
        return (
            inner.id != outer.id
            and inner.relation is outer.relation
            and self.regions.is_inside(inner.east_code, outer.east_code)
            and self.regions.is_inside(inner.west_code, outer.west_code)
            and (
                inner.west_organisation_code == outer.west_organisation_code
                or self._reaches(outer, inner.west_code)
            )
        )

    def _reaches(self, entry: PairingEntry, origin_code: str) -> bool:
        body = entry.west_organisation_code
        return body is None or self.regions.is_reached_by(origin_code, body)


def leading(candidates: list[PairingEntry]) -> list[PairingEntry]:
    """Return the winner among candidates, or those that tie for it; none if there are none."""
    return [entry for entry in candidates if entry.specificity == candidates[0].specificity]
