"""Figures from sums: nothing here reads a table, and every rate is computed from amounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.language import Text
from marketplace.money import prorate
from partners.credits.rules import Kind, Stage

_WHOLE = 10_000
# Within one percentage point of the calendar counts as on track: what a clerk reads off a bar.
_POINT = 100


class Pace(StrEnum):
    """How a target stands against the share of the year that is gone."""

    DONE = "done"
    AHEAD = "ahead"
    ON_TRACK = "on_track"
    BEHIND = "behind"

    @property
    def label(self) -> Text:
        """The pace in words."""
        return _PACE_LABELS[self]


_PACE_LABELS = {
    Pace.DONE: Text("已完成", "done"),
    Pace.AHEAD: Text("快于时间进度", "ahead of the calendar"),
    Pace.ON_TRACK: Text("与时间进度持平", "on track"),
    Pace.BEHIND: Text("慢于时间进度", "behind the calendar"),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """Credits added up in the database by everything a report groups by."""

    region_code: str
    pairing_id: UUID | None
    rolls_up_to: tuple[UUID, ...]
    buying_unit_id: UUID | None
    kind: Kind
    stage: Stage
    corrects_year: int | None
    amount_fen: int

    def is_of(self, pairing_id: UUID) -> bool:
        """Tell whether the total of a pairing includes it."""
        return pairing_id == self.pairing_id or pairing_id in self.rolls_up_to


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How much of a year is gone on a day, that day included."""

    days_gone: int
    days_in_year: int

    @classmethod
    def of(cls, year: int, on: date) -> "Elapsed":
        """Return the share of a year that is gone: nothing before it, all of it after."""
        days_in_year = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        days_gone = (on - date(year, 1, 1)).days + 1
        return cls(max(0, min(days_gone, days_in_year)), days_in_year)

    @property
    def basis_points(self) -> int:
        """The share in hundredths of a percent."""
        return prorate(_WHOLE, self.days_gone, self.days_in_year)


@dataclass(frozen=True, slots=True)
class Amounts:
    """The two kinds of counted amount, side by side, and their sum."""

    direct_purchase_fen: int
    assisted_sale_fen: int

    @property
    def total_fen(self) -> int:
        return self.direct_purchase_fen + self.assisted_sale_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Where a task stands: only what is confirmed is done.

    ``corrections_fen`` is the part of the confirmed amount that corrects locked years.
    """

    target_fen: int | None
    pending: Amounts
    confirmed: Amounts
    held: Amounts
    corrections_fen: int
    elapsed: Elapsed

    @property
    def done_basis_points(self) -> int | None:
        """The confirmed share of the target in hundredths of a percent; None without a target."""
        if not self.target_fen:
            return None
        return prorate(_WHOLE, self.confirmed.total_fen, self.target_fen)

    @property
    def done_percent(self) -> float | None:
        """The confirmed share of the target in percent, two decimals."""
        done = self.done_basis_points
        return None if done is None else done / 100

    @property
    def year_gone_percent(self) -> float:
        """The share of the year that is gone in percent, two decimals."""
        return self.elapsed.basis_points / 100

    @property
    def remaining_fen(self) -> int | None:
        """What is still to be confirmed; nothing once the target is reached."""
        if self.target_fen is None:
            return None
        return max(0, self.target_fen - self.confirmed.total_fen)

    @property
    def pace(self) -> Pace | None:
        """How the confirmed share stands against the calendar; None without a target."""
        done, gone = self.done_basis_points, self.elapsed.basis_points
        if done is None:
            return None
        if done >= _WHOLE:
            return Pace.DONE
        if abs(done - gone) < _POINT:
            return Pace.ON_TRACK
        return Pace.AHEAD if done > gone else Pace.BEHIND


def add_up(sums: Iterable[Sum], target_fen: int | None, elapsed: Elapsed) -> Figures:
    """Return the figures of some sums, each of which is counted once."""
    totals: dict[tuple[Stage, Kind], int] = {}
    corrections = 0
    for each in sums:
        key = (each.stage, each.kind)
        totals[key] = totals.get(key, 0) + each.amount_fen
        if each.corrects_year is not None and each.stage is Stage.CONFIRMED:
            corrections += each.amount_fen

    def amounts(stage: Stage) -> Amounts:
        return Amounts(
            totals.get((stage, Kind.DIRECT_PURCHASE), 0),
            totals.get((stage, Kind.ASSISTED_SALE), 0),
        )

    return Figures(
        target_fen=target_fen,
        pending=amounts(Stage.PENDING),
        confirmed=amounts(Stage.CONFIRMED),
        held=amounts(Stage.HELD),
        corrections_fen=corrections,
        elapsed=elapsed,
    )
