"""What a comparison brings: the sums of both sides, and each thing on which they disagree."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from marketplace.clock import SHANGHAI
from orders.reconciliation.kinds import DifferenceKind
from orders.reconciliation.models import Item

Key = tuple[Item, uuid.UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A difference as it stands now; ``gap_fen`` is its part of that between the day's sums."""

    item: Item
    subject_id: uuid.UUID
    kind: DifferenceKind
    provider_amount: int | None
    recorded_amount: int | None
    booked_amount: int | None
    gap_fen: int = 0
    currency: str = "CNY"

    @property
    def key(self) -> Key:
        """What names the thing."""
        return self.item, self.subject_id


@dataclass(frozen=True, slots=True)
class Sums:
    """What the two sides moved on a day in fen, and how many things that were."""

    provider_fen: int
    booked_fen: int
    compared: int


NOTHING = Sums(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two sides of a day, and all on which they disagree."""

    sums: Sums
    found: Sequence[Found]


@dataclass(frozen=True, slots=True)
class Leg:
    """An amount that one side has of a thing on a day."""

    item: Item
    subject_id: uuid.UUID
    day: date
    amount: int

    @property
    def key(self) -> Key:
        """What names the thing."""
        return self.item, self.subject_id


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first moment of a Shanghai day and of the one after."""
    start = datetime.combine(day, time(), SHANGHAI)
    return start, datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def with_remainder(comparison: Comparison, run_id: uuid.UUID) -> list[Found]:
    """Return the differences, and what they leave unexplained of the difference of the sums."""
    found, sums = list(comparison.found), comparison.sums
    gap = sums.provider_fen - sums.booked_fen - sum(one.gap_fen for one in found)
    if gap:
        found.append(
            Found(
                item=Item.DAY,
                subject_id=run_id,
                kind=DifferenceKind.UNEXPLAINED,
                provider_amount=sums.provider_fen,
                recorded_amount=None,
                booked_amount=sums.booked_fen,
                gap_fen=gap,
            )
        )
    return found


def compare_legs(
    day: date,
    provider: Iterable[Leg],
    booked: Iterable[Leg],
    kind_of: Callable[[Key, int | None, int | None], DifferenceKind],
) -> list[Found]:
    """Compare few things in memory: both sides' legs of a day and of the days around it."""
    there, here = _by_key(provider), _by_key(booked)
    found = []
    for key in sorted({*there, *here}, key=lambda one: (one[0], one[1].bytes)):
        theirs, ours = there.get(key, []), here.get(key, [])
        gap = _on(day, theirs) - _on(day, ours)
        if gap == 0:
            continue
        provider_amount = sum(leg.amount for leg in theirs) if theirs else None
        booked_amount = sum(leg.amount for leg in ours) if ours else None
        home = min(leg.day for leg in theirs or ours)
        kind = DifferenceKind.OTHER_DAY
        if provider_amount != booked_amount and home == day:
            kind = kind_of(key, provider_amount, booked_amount)
        found.append(
            Found(
                item=key[0],
                subject_id=key[1],
                kind=kind,
                provider_amount=provider_amount,
                recorded_amount=None,
                booked_amount=booked_amount,
                gap_fen=gap,
            )
        )
    return found


def sums_of(provider: Iterable[Leg], booked: Iterable[Leg]) -> dict[date, Sums]:
    """Return the sums of each day's legs."""
    sums: dict[date, list[int]] = {}
    things: dict[date, set[Key]] = {}
    for side, legs in enumerate((provider, booked)):
        for leg in legs:
            sums.setdefault(leg.day, [0, 0])[side] += leg.amount
            things.setdefault(leg.day, set()).add(leg.key)
    return {day: Sums(both[0], both[1], len(things[day])) for day, both in sums.items()}


def _by_key(legs: Iterable[Leg]) -> Mapping[Key, list[Leg]]:
    found: dict[Key, list[Leg]] = {}
    for leg in legs:
        found.setdefault(leg.key, []).append(leg)
    return found


def _on(day: date, legs: Iterable[Leg]) -> int:
    return sum(leg.amount for leg in legs if leg.day == day)
