"""Figures in words, shares and charts, for the pages of offices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.language import Text
from partners.credits.evidence import KINDS, SCHEMES, STAGES, cause
from partners.credits.rules import Kind, Scheme, Stage
from partners.pairings.book import PairingBook
from partners.regions.queries import tree
from partners.reports.figures import Figures
from partners.reports.queries import FigureQuery
from partners.reports.service import MonthFigures, PairingFigures, QuotaReport, RegionFigures

_MILLE = 1000
_WAN_FEN = 1_000_000


def percent(basis_points: int) -> str:
    """Write hundredths of a percent: 8054 is 80.54%."""
    return f"{basis_points // 100}.{basis_points % 100:02d}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalView:
    """The big figures of a report, with the bar's parts per mille of the target."""

    target_fen: int | None
    confirmed_fen: int
    purchase_fen: int
    assisted_fen: int
    pending_fen: int
    held_fen: int
    corrections_fen: int
    remaining_fen: int | None
    rate: str | None
    elapsed: str
    pace: Text | None
    pace_tone: str
    confirmed_share: int
    pending_share: int
    held_share: int
    elapsed_share: int
    bar_label: str


def total_view(figures: Figures) -> TotalView:
    """Put a report's total into words and shares."""
    done = figures.done_basis_points
    elapsed = figures.elapsed.basis_points

    def share(amount_fen: int) -> int:
        return max(0, amount_fen) * _MILLE // figures.target_fen if figures.target_fen else 0

    label = Text(
        "已确认占任务 {done}，时间已过 {elapsed}",
        "{done} of the target confirmed, {elapsed} of the year gone",
    ).format(done=percent(done or 0), elapsed=percent(elapsed))
    return TotalView(
        target_fen=figures.target_fen,
        confirmed_fen=figures.confirmed.total_fen,
        purchase_fen=figures.confirmed.direct_purchase_fen,
        assisted_fen=figures.confirmed.assisted_sale_fen,
        pending_fen=figures.pending.total_fen,
        held_fen=figures.held.total_fen,
        corrections_fen=figures.corrections_fen,
        remaining_fen=figures.remaining_fen,
        rate=percent(done) if done is not None else None,
        elapsed=percent(elapsed),
        pace=figures.pace.label if figures.pace else None,
        pace_tone={"behind": "attention", "done": "confirmed", "ahead": "confirmed"}.get(
            str(figures.pace), "information"
        ),
        confirmed_share=share(figures.confirmed.total_fen),
        pending_share=share(figures.pending.total_fen),
        held_share=share(figures.held.total_fen),
        elapsed_share=elapsed // 10,
        bar_label=str(label),
    )


def _row(name: str, note: str, href: str, figures: Figures) -> dict[str, Any]:
    done = figures.done_basis_points
    return {
        "name": name,
        "note": note,
        "href": href,
        "target_fen": figures.target_fen,
        "purchase_fen": figures.confirmed.direct_purchase_fen,
        "assisted_fen": figures.confirmed.assisted_sale_fen,
        "confirmed_fen": figures.confirmed.total_fen,
        "pending_fen": figures.pending.total_fen,
        "held_fen": figures.held.total_fen,
        "rate": percent(done) if done is not None else None,
        "pace": figures.pace.label if figures.pace else None,
    }


def pairing_row(one: PairingFigures, href: str) -> dict[str, Any]:
    """Return a pairing as a row of the table; one that has ended says so."""
    notes = [one.pairing.relation.label]
    if one.pairing.valid_to is not None:
        notes.append(
            Text("已于 {day} 结束", "ended on {day}").format(day=one.pairing.valid_to.isoformat())
        )
    if one.included_pairing_ids:
        notes.append(Text("含下级结对", "with the pairings inside it"))
    return _row(
        f"{one.east_name}—{one.west_name}",
        " · ".join(str(note) for note in notes),
        href,
        one.figures,
    )


def region_row(one: RegionFigures, href: str) -> dict[str, Any]:
    """Return a region inside as a row of the table."""
    return _row(one.region_name, "", href, one.figures)


def _wan(amount_fen: int) -> float:
    """Return an amount in ten thousands of yuan, for the axis of a chart only."""
    return round(amount_fen / _WAN_FEN, 4)


def _series(name: Text, values: list[float], colour: str, **more: Any) -> dict[str, Any]:
    return {"name": str(name), "values": values, "colour": colour, **more}


def task_chart(report: QuotaReport) -> dict[str, Any] | None:
    """Return the bars of the regions inside, or of the pairings where there is none inside."""
    rows = [(one.region_name, one.figures) for one in report.regions] or [
        (f"{one.east_name}—{one.west_name}", one.figures) for one in report.pairings
    ]
    if not rows:
        return None
    figures = [row[1] for row in rows]
    series = [
        _series(KINDS[Kind.DIRECT_PURCHASE], [_wan(f.confirmed.direct_purchase_fen) for f in figures], "purchase", stack="done"),
        _series(KINDS[Kind.ASSISTED_SALE], [_wan(f.confirmed.assisted_sale_fen) for f in figures], "assisted", stack="done"),
        _series(STAGES[Stage.PENDING], [_wan(f.pending.total_fen) for f in figures], "pending", stack="done"),
    ]  # fmt: skip
    if any(f.target_fen for f in figures):
        targets = [_wan(f.target_fen or 0) for f in figures]
        series.append(_series(Text("年度任务", "Target"), targets, "target"))
    return {
        "categories": [row[0] for row in rows],
        "unit": str(Text("万元", "10,000 yuan")),
        "series": series,
    }


def course_chart(
    report: QuotaReport, months: Sequence[MonthFigures], today: date
) -> dict[str, Any] | None:
    """Return the confirmed amount month by month, added up, beside an even pace to the target.

    What is booked before or after the year (a December sale confirmed in January) is part of the
    first or the last month.
    """
    if not months:
        return None
    last = 12 if report.year < today.year else today.month
    moved = dict.fromkeys(range(1, 13), 0)
    for one in months:
        if one.month.year < report.year:
            moved[1] += one.confirmed_fen
        else:
            moved[one.month.month if one.month.year == report.year else 12] += one.confirmed_fen
    sums, so_far = [], 0
    for month in range(1, 13):
        so_far += moved[month]
        sums.append(so_far)
    series = [
        _series(Text("累计已确认", "Confirmed so far"), [_wan(s) for s in sums[:last]], "confirmed", type="line")
    ]  # fmt: skip
    target = report.total.target_fen
    if target:
        even = [_wan(target * month // 12) for month in range(1, 13)]
        name = Text("按月平均应达到", "At an even pace")
        series.append(_series(name, even, "pace", type="line", dashed=True))
    return {
        "categories": [str(Text(f"{month}月", f"{month:02d}")) for month in range(1, 13)],
        "unit": str(Text("万元", "10,000 yuan")),
        "series": series,
        "rows": [
            (str(Text(f"{m}月", f"{m:02d}")), moved[m], sums[m - 1]) for m in range(1, last + 1)
        ],
    }


Tabs = list[dict[str, Any]]


def scheme_tabs(chosen: Scheme, address: Callable[[Scheme], str]) -> Tabs:
    """Return the schemes as tabs: they are shown apart and never added up."""
    return [
        {"label": label, "href": address(one), "is_chosen": one is chosen}
        for one, label in SCHEMES.items()
    ]


def stage_tabs(chosen: Stage | None, address: Callable[[Stage | None], str]) -> Tabs:
    """Return the stages as tabs, all of them first."""
    stages: list[tuple[Stage | None, Text]] = [(None, Text("全部", "All")), *STAGES.items()]
    return [
        {"label": label, "href": address(one), "is_chosen": one is chosen} for one, label in stages
    ]


def lines_heading(figure: FigureQuery, book: PairingBook) -> str:
    """Say which figure the lines belong to."""
    parts = [tree().full_name(figure.region_code), str(Text(f"{figure.year} 年", f"{figure.year}"))]
    if figure.pairing_id is not None:
        entry = book.get(figure.pairing_id)
        parts.append(f"{tree().name(entry.east_code)}—{tree().name(entry.west_code)}")
    parts.append(str(SCHEMES[figure.scheme]))
    if figure.kind is not None:
        parts.append(str(KINDS[figure.kind]))
    return " · ".join(parts)


def line_view(row: Any) -> dict[str, Any]:
    """Return a credit as a row: what was sold, to whom, and why it stands there."""
    origin = row.origin_code
    region = row.attribution_code
    buyer = row.buying_unit_name or (
        str(Text("个人（{region}）", "Private ({region})").format(region=tree().name(region)))
        if region and region in tree()
        else str(Text("个人", "Private"))
    )
    return {
        "href": f"/office/sales/{row.line_id}",
        "product_name": row.product_name,
        "quantity": f"{row.quantity} {row.unit}",
        "cooperative_name": row.cooperative_name,
        "origin": tree().name(origin) if origin and origin in tree() else "",
        "sale_on": row.sale_on,
        "booked_on": row.booked_on,
        "buyer": buyer,
        "kind": KINDS[Kind(row.kind)],
        "stage": STAGES[Stage(row.stage)],
        "stage_tone": {"confirmed": "confirmed", "pending": "pending"}.get(row.stage, ""),
        "cause": cause(row.cause_kind),
        "certificate_no": row.certificate_no,
        "amount_fen": row.amount_fen,
        "reason": str(Text(row.reason_zh, row.reason_en)),
        "rule": str(Text("口径第 {n} 版", "rule version {n}").format(n=row.rule_version)),
    }
