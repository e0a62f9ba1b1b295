"""What a sale counts for, as people are told it: a sentence, the amount, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from marketplace.language import Text
from marketplace.money import yuan


class Judged(Protocol):
    """A judgement, before or after the sale; enum members are told by their text."""

    @property
    def scheme(self) -> str: ...
    @property
    def counts(self) -> bool: ...
    @property
    def is_held(self) -> bool: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def amount_fen(self) -> int: ...
    @property
    def net_fen(self) -> int: ...
    @property
    def reason(self) -> Text: ...


@dataclass(frozen=True, slots=True)
class Counting:
    """One judgement as a page shows it; tone: yes (confirmed), pending, or empty (does not count)."""

    title: str
    why: str
    tone: str


_KINDS = {
    "direct_purchase": Text("直接采购", "Direct purchase"),
    "assisted_sale": Text("帮助销售", "Assisted sale"),
}
_STAGES = {
    "pending": Text("待确认，收货并过售后期后确认", "pending until received and the window closes"),
    "confirmed": Text("已确认", "confirmed"),
    "held": Text("暂缓，等对口办核实", "held until the office has checked it"),
}
ONCE_PAID = Text("付款后待确认", "pending once paid")
# Where the goods come first.
ONCE_ACCEPTED = Text("验收后待确认", "pending once accepted")
_TAKEN_BACK = Text("已退款，全部冲回", "refunded and wholly taken back")


def show_countings(
    judged: Iterable[Judged], *, is_paid: bool, before: Text = ONCE_PAID
) -> list[Counting]:
    """Tell a buyer what a line counts for; ``before``: what is said until it does.

    The pairing's task always has its sentence, also when it does not count; a reserved share only
    when it counts; the western county's own ledger is no business of the buyer's.
    """
    return [_show(one, before, is_paid=is_paid) for one in _told(judged)]


def is_counted(judged: Iterable[Judged], *, is_paid: bool) -> bool:
    """Tell whether a line counts, or will, for anything that its buyer is told of."""
    return any(one.counts and not _is_taken_back(one, is_paid=is_paid) for one in _told(judged))


def _told(judged: Iterable[Judged]) -> list[Judged]:
    judgements = list(judged)
    told = [one for one in judgements if one.scheme == "pairing"]
    return told + [one for one in judgements if one.scheme == "reserved_share" and one.counts]


def _is_taken_back(one: Judged, *, is_paid: bool) -> bool:
    return is_paid and one.net_fen == 0 and one.amount_fen > 0


def _show(one: Judged, before: Text, *, is_paid: bool) -> Counting:
    if not one.counts:
        return Counting(str(one.reason), "", "")
    if _is_taken_back(one, is_paid=is_paid):
        return Counting(str(one.reason), str(_TAKEN_BACK), "")
    amount = f"¥{yuan(one.net_fen if is_paid else one.amount_fen)}"
    parts = [str(_KINDS[one.kind])] if one.kind in _KINDS else []
    why = " · ".join([*parts, amount, str(_where(one, before, is_paid=is_paid))])
    tone = "yes" if is_paid and one.stage == "confirmed" else "pending"
    return Counting(str(one.reason), why, tone)


def _where(one: Judged, before: Text, *, is_paid: bool) -> Text:
    if one.is_held:
        return _STAGES["held"]
    return _STAGES.get(one.stage or "", before) if is_paid else before
