"""Putting a report together: an office's region, its pairings and its regions, each counted once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace import clock
from marketplace.cursors import Page
from marketplace.identity.actor import Actor
from partners.credits.rules import Scheme, Stage
from partners.pairings.book import PairingBook, PairingEntry
from partners.pairings.queries import current_book
from partners.quotas.queries import list_targets
from partners.quotas.targets import Target
from partners.quotas.targets import add_up as add_up_targets
from partners.regions.tree import RegionNode
from partners.reports import queries
from partners.reports.figures import Elapsed, Figures, Sum, add_up


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingFigures:
    """One pairing's total in a region: its own credits and those of the pairings inside it.

    ``included_pairing_ids`` are the latter; they stand in the list by themselves too, so the
    rows of a report are not to be added up.
    """

    pairing: PairingEntry
    east_name: str
    west_name: str
    included_pairing_ids: tuple[UUID, ...]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFigures:
    """What a region directly inside the report's region contributes, all in it included."""

    region_code: str
    region_name: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFigures:
    """What a buying unit has done of its reserved share."""

    buying_unit_id: UUID
    buying_unit_name: str
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """What a month moved of the year's figures."""

    month: date
    pending_fen: int
    confirmed_fen: int
    held_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReport:
    """A region's year under a scheme: the total, by pairing, by region inside, by buying unit.

    Pairings and buying units are listed under the scheme that measures them.
    """

    region_code: str
    region_name: str
    year: int
    scheme: Scheme
    as_of: datetime
    total: Figures
    pairings: Sequence[PairingFigures]
    regions: Sequence[RegionFigures]
    buying_units: Sequence[UnitFigures]


def get_quota_report(
    actor: Actor, region_code: str, year: int, scheme: Scheme, *, on: date | None = None
) -> QuotaReport:
    """Return a region's report as of now, or as it was booked at the end of a day.

    Three small queries, however long the history. Raises ReportUnknown.
    """
    queries.check_visible(actor, region_code)
    book = current_book()
    codes = book.regions.descendants(region_code)
    day = on or clock.today()
    sums = queries.list_sums(codes, scheme, year, on or queries.FOREVER)
    targets = list_targets(codes, scheme, year, day)
    elapsed = Elapsed.of(year, day)
    return QuotaReport(
        region_code=region_code,
        region_name=book.regions.full_name(region_code),
        year=year,
        scheme=scheme,
        as_of=clock.now(),
        total=add_up(sums, add_up_targets(targets, book), elapsed),
        pairings=_by_pairing(book, sums, targets, elapsed, region_code),
        regions=_by_region(book, region_code, sums, targets, elapsed),
        buying_units=_by_unit(sums, targets, elapsed),
    )


def list_quota_reports(actor: Actor, year: int, scheme: Scheme) -> list[QuotaReport]:
    """Return the reports that are the actor's first: those of its offices' own regions."""
    own = queries.list_own_regions(actor)
    return [get_quota_report(actor, code, year, scheme) for code in own]


def list_lines(
    actor: Actor, figure: queries.FigureQuery, *, limit: int, after: str | None
) -> Page[Any]:
    """Return the credits behind a figure of a region that the actor may see, the newest first."""
    queries.check_visible(actor, figure.region_code)
    return queries.list_lines(figure, limit=limit, after=after)


def list_months(actor: Actor, region_code: str, year: int, scheme: Scheme) -> list[MonthFigures]:
    """Return what each month moved of a region's year, in order; months without credits are left out."""
    queries.check_visible(actor, region_code)
    codes = current_book().regions.descendants(region_code)
    months: dict[date, dict[Stage, int]] = {}
    for month, stage, amount_fen in queries.list_months(codes, scheme, year):
        months.setdefault(month, {})[stage] = amount_fen
    return [
        MonthFigures(
            month=month,
            pending_fen=moved.get(Stage.PENDING, 0),
            confirmed_fen=moved.get(Stage.CONFIRMED, 0),
            held_fen=moved.get(Stage.HELD, 0),
        )
        for month, moved in months.items()
    ]


def _by_pairing(
    book: PairingBook,
    sums: Sequence[Sum],
    targets: Sequence[Target],
    elapsed: Elapsed,
    region_code: str,
) -> list[PairingFigures]:
    """One row for each pairing with a credit or a target here, and for the wider ones here too."""
    seen = {s.pairing_id for s in sums} | {t.pairing_id for t in targets}
    # A wider pairing's total is shown where its whole east is: in Lishui's report, not in Jinyun's,
    # which would show a part of it under the name of the whole.
    wider = {
        pairing_id
        for s in sums
        for pairing_id in s.rolls_up_to
        if book.regions.is_inside(book.get(pairing_id).east_code, region_code)
    }
    entries = [book.get(pairing_id) for pairing_id in (seen | wider) if pairing_id is not None]
    entries.sort(key=lambda e: (-e.specificity, e.east_code, e.west_code, e.valid_from))
    return [_pairing_figures(book, entry, sums, targets, elapsed) for entry in entries]


def _pairing_figures(
    book: PairingBook,
    entry: PairingEntry,
    sums: Sequence[Sum],
    targets: Sequence[Target],
    elapsed: Elapsed,
) -> PairingFigures:
    inside = _inside(book, entry)
    own = [s for s in sums if s.is_of(entry.id)]
    target = add_up_targets(targets, book, where=inside)
    included = {s.pairing_id for s in own if s.pairing_id not in (None, entry.id)}
    return PairingFigures(
        pairing=entry,
        east_name=book.regions.name(entry.east_code),
        west_name=book.regions.name(entry.west_code),
        included_pairing_ids=tuple(sorted(i for i in included if i is not None)),
        figures=add_up(own, target, elapsed),
    )


def _inside(book: PairingBook, outer: PairingEntry) -> Callable[[Target], bool]:
    """Return the test whether a target is a pairing's own or of a pairing inside it."""

    def is_inside(target: Target) -> bool:
        if target.pairing_id is None:
            return False
        inner = book.get(target.pairing_id)
        return inner.id == outer.id or book.takes_in(outer, inner)

    return is_inside


def _by_region(
    book: PairingBook,
    region_code: str,
    sums: Sequence[Sum],
    targets: Sequence[Target],
    elapsed: Elapsed,
) -> list[RegionFigures]:
    """One row for each region directly inside that has a credit or a target."""
    rows = []
    for place in book.regions.places_in(region_code):
        inside = [s for s in sums if book.regions.is_inside(s.region_code, place.code)]
        target = add_up_targets(targets, book, where=_lies_in(book, place))
        if inside or target is not None:
            rows.append(
                RegionFigures(
                    region_code=place.code,
                    region_name=place.name,
                    figures=add_up(inside, target, elapsed),
                )
            )
    return rows


def _lies_in(book: PairingBook, place: RegionNode) -> Callable[[Target], bool]:
    return lambda target: book.regions.is_inside(target.region_code, place.code)


def _by_unit(sums: Sequence[Sum], targets: Sequence[Target], elapsed: Elapsed) -> list[UnitFigures]:
    """One row for each buying unit with a credit or a target, in order of name."""
    own_sums: dict[UUID, list[Sum]] = {}
    for each in sums:
        if each.buying_unit_id is not None:
            own_sums.setdefault(each.buying_unit_id, []).append(each)
    own_targets = {t.buying_unit_id: t for t in targets if t.buying_unit_id is not None}
    unit_ids = own_sums.keys() | own_targets.keys()
    names = queries.list_unit_names(unit_ids)
    rows = []
    for unit_id in sorted(unit_ids, key=lambda unit: (names.get(unit, ""), unit)):
        target = own_targets.get(unit_id)
        figures = add_up(own_sums.get(unit_id, []), target.amount_fen if target else None, elapsed)
        rows.append(
            UnitFigures(
                buying_unit_id=unit_id,
                buying_unit_name=names.get(unit_id, ""),
                figures=figures,
            )
        )
    return rows
