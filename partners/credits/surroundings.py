"""What a sale is judged against: regions, pairings and rules, as the database holds them now.

All three are small and change rarely, so each process keeps them; a version that the database
renews on every change tells in one round trip whether what is kept is still true.
"""

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import select

from marketplace.database import db
from partners.credits.facts import SaleFacts
from partners.credits.judging import judge_sale
from partners.credits.models import CountingRule
from partners.credits.rules import Candidate, Outcome, Place, Rule
from partners.pairings.book import PairingBook, PairingEntry
from partners.pairings.queries import book_at
from partners.regions.tree import RegionNode, RegionTree

T = TypeVar("T")

_cached: tuple[UUID | None, tuple[Rule, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that judging looks up, as of one moment."""

    book: PairingBook
    rules: Sequence[Rule]

    @property
    def regions(self) -> RegionTree:
        """The tree of regions."""
        return self.book.regions

    def judge(self, facts: SaleFacts) -> list[Outcome]:
        """Judge one sale under every scheme."""
        return judge_sale(
            facts,
            self.rules,
            origin=self.place(facts.origin_code, facts.sale_on),
            east=self.place(facts.attribution_code, facts.sale_on),
            pairings=self.candidates(facts),
        )

    def place(self, code: str | None, on: date) -> Place | None:
        """Return a region as judging sees it, by the name it had that day; None if unknown.

        A code that was given up since (宣化县 130721) is read as the place it has become.
        """
        if code is None:
            return None
        return _kept(self.book, (code, on), lambda: _place(self.regions, code, on))

    def candidates(self, facts: SaleFacts) -> Sequence[Candidate]:
        """Return every pairing, past and coming ones too, that holds both places of a sale."""
        if facts.origin_code is None or facts.attribution_code is None:
            return ()
        key = (facts.origin_code, facts.attribution_code, facts.sale_on)
        return _kept(self.book, key, lambda: _candidates(self.book, *key))


# A quote and its payment look up the same places, and so do most sales of a day. A book with its
# tree never changes; a renewed one is another, and what was kept of the old one goes with it.
_looked_up: WeakKeyDictionary[PairingBook, dict[Hashable, Any]] = WeakKeyDictionary()
_MOST_KEPT = 10_000


def _kept(book: PairingBook, key: Hashable, look: Callable[[], T]) -> T:
    kept = _looked_up.setdefault(book, {})
    try:
        found: T = kept[key]
    except KeyError:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = kept[key] = look()
    return found


def _place(regions: RegionTree, code: str, on: date) -> Place | None:
    node = regions.read(code, on)
    if node is None or node.is_grouping:
        return None
    return Place(
        code=node.code,
        name=regions.name(node.code, on),
        path=node.path,
        is_county=not regions.children(node.code),
        is_among_832=regions.is_among_832(node.code),
    )


def _candidates(
    book: PairingBook, origin_code: str, attribution_code: str, on: date
) -> tuple[Candidate, ...]:
    origin = book.regions.read(origin_code, on)
    east = book.regions.read(attribution_code, on)
    if origin is None or east is None:
        return ()
    found = book.known_between(origin.code, east.code)
    return tuple(_candidate(book.regions, entry, on) for entry in found)


def _candidate(regions: RegionTree, entry: PairingEntry, on: date) -> Candidate:
    east: RegionNode = regions.get(entry.east_code)
    west: RegionNode = regions.get(entry.west_code)
    body = entry.west_organisation_code and regions.organisation(entry.west_organisation_code)
    return Candidate(
        pairing_id=entry.id,
        relation=entry.relation,
        specificity=entry.specificity,
        east_name=regions.name(east.code, on),
        east_path=east.path,
        west_name=regions.name(west.code, on),
        west_path=west.path,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        west_organisation_code=entry.west_organisation_code,
        west_member_codes=body.member_codes if body else frozenset(),
    )


def surroundings_at(versions: dict[str, UUID]) -> Surroundings:
    """Return the surroundings in versions that were just read (``regions``, ``pairings``, …)."""
    return Surroundings(book_at(versions), _rules_at(versions.get("counting_rules")))


def _rules_at(version: UUID | None) -> tuple[Rule, ...]:
    global _cached  # noqa: PLW0603 - one cache per process; swapped whole, so readers need no lock
    cached = _cached
    if cached is None or cached[0] != version:
        cached = (version, tuple(rule_of(row) for row in _read_rules()))
        _cached = cached
    return cached[1]


def forget_rules() -> None:
    """Drop this process's rules, so that the next look-up reads the table."""
    global _cached  # noqa: PLW0603 - one cache per process
    _cached = None


os.register_at_fork(after_in_child=forget_rules)


def _read_rules() -> Sequence[CountingRule]:
    statement = select(CountingRule).order_by(CountingRule.scheme, CountingRule.version)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def rule_of(row: CountingRule) -> Rule:
    """Return a stored rule version as judging sees it."""
    return Rule(
        id=row.id,
        scheme=row.scheme,
        version=row.version,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        confirms_at=row.confirms_at,
        counts_freight=row.counts_freight,
        waived_relations=frozenset(row.waived_relations),
        waived_origins=frozenset(row.waived_origins),
        private_buyer_kind=row.private_buyer_kind,
        budget_unit_kinds=frozenset(row.budget_unit_kinds),
    )
