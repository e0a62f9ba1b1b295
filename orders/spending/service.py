"""Putting a unit's year together: what it spent on whom and what, beside its reserved share."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.language import Text
from orders.spending import queries
from orders.spending.queries import Due, Part, Standing
from partners.buying_units.models import BuyingUnit
from partners.buying_units.queries import list_filings_of
from partners.credits.rules import Scheme, Stage
from partners.quotas.queries import list_targets
from partners.regions.queries import tree
from partners.reports.queries import list_sums

UNKNOWN = Text("产地未记录", "Origin not on record")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingPart:
    """A part of the spending, in fen: what was bought, what of it was given back."""

    key: str
    name: str
    orders: int
    bought_fen: int
    refunded_fen: int

    @property
    def net_fen(self) -> int:
        """What was spent in the end."""
        return self.bought_fen - self.refunded_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedShare:
    """A year's reserved share 预留份额: the target, and the purchases that count for it, in fen."""

    target_fen: int | None
    confirmed_fen: int
    pending_fen: int

    @property
    def done_basis_points(self) -> int | None:
        """The confirmed share of the target in hundredths of a per cent; None without a target."""
        return self.confirmed_fen * 10_000 // self.target_fen if self.target_fen else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """A unit's year, with the units below it where they were asked for."""

    unit: BuyingUnit
    units: Sequence[BuyingUnit]
    year: int
    whole: SpendingPart
    months: Sequence[SpendingPart]
    cooperatives: Sequence[SpendingPart]
    origins: Sequence[SpendingPart]
    categories: Sequence[SpendingPart]
    by_unit: Sequence[SpendingPart]
    reserved_share: ReservedShare
    standing: Standing
    due: Due


def get_spending(
    actor: Actor, unit_id: uuid.UUID, *, year: int, includes_below: bool = False
) -> Spending:
    """Return a unit's spending of a year; raises SpendingUnknown.

    A handful of statements, however many orders: each reads the unit's orders of the year once.
    """
    unit = queries.get_unit(actor, unit_id)
    units = queries.list_below(unit.id) if includes_below else [unit]
    ids = [each.id for each in units]
    names = {each.id: each.name for each in units}
    parts: dict[Part, list[SpendingPart]] = {part: [] for part in Part}
    for part, row in queries.list_parts(ids, year):
        key, name = _NAMED[part](row, names)
        parts[part].append(
            SpendingPart(
                key=key, name=name, orders=row.orders,
                bought_fen=row.bought_fen, refunded_fen=row.refunded_fen,
            )
        )  # fmt: skip
    return Spending(
        unit=unit,
        units=units,
        year=year,
        whole=parts[Part.WHOLE][0],
        months=parts[Part.MONTH],
        cooperatives=parts[Part.COOPERATIVE],
        origins=parts[Part.ORIGIN],
        categories=parts[Part.CATEGORY],
        by_unit=parts[Part.UNIT],
        reserved_share=_reserved_share(units, year),
        standing=queries.get_standing(ids, year),
        due=queries.get_due(ids),
    )


_NAMED: dict[Part, Callable[[Any, dict[uuid.UUID, str]], tuple[str, str]]] = {
    Part.WHOLE: lambda row, names: ("", ""),
    Part.MONTH: lambda row, names: (f"{row.month:%Y-%m}", f"{row.month:%Y-%m}"),
    Part.COOPERATIVE: lambda row, names: (str(row.cooperative_id), row.cooperative_name),
    Part.CATEGORY: lambda row, names: (row.category_code, row.category_name),
    Part.ORIGIN: lambda row, names: (row.origin_code or "", _place(row.origin_code)),
    Part.UNIT: lambda row, names: (str(row.buying_unit_id), names[row.buying_unit_id]),
}


def _place(code: str | None) -> str:
    if code is None:
        return str(UNKNOWN)
    return tree().full_name(code) if code in tree() else code


def _reserved_share(units: Sequence[BuyingUnit], year: int) -> ReservedShare:
    """Add up what credits say, and the targets: the quota that an office set, else what was filed."""
    ids = {unit.id for unit in units}
    codes = sorted({unit.region_code for unit in units})
    today = clock.today()
    counted = dict.fromkeys(Stage, 0)
    for each in list_sums(codes, Scheme.RESERVED_SHARE, year, date.max):
        if each.buying_unit_id in ids:
            counted[each.stage] += each.amount_fen
    set_by_office = {
        target.buying_unit_id: target.amount_fen
        for target in list_targets(codes, Scheme.RESERVED_SHARE, year, today)
    }
    filed = {key: filing.reserved_fen for key, filing in list_filings_of(ids, year).items()}
    targets = [set_by_office.get(unit_id, filed.get(unit_id)) for unit_id in ids]
    known = [target for target in targets if target is not None]
    return ReservedShare(
        target_fen=sum(known) if known else None,
        confirmed_fen=counted[Stage.CONFIRMED],
        pending_fen=counted[Stage.PENDING],
    )
