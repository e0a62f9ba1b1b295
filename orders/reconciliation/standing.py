"""How a day stands: green only when it was compared, both sides agree, and the sums are still those."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from marketplace import clock
from marketplace.language import Text
from marketplace.money import yuan
from orders.reconciliation import channels, queries
from orders.reconciliation.found import NOTHING, Sums
from orders.reconciliation.kinds import WAITING
from orders.reconciliation.models import Difference, DifferenceState, ReconciliationRun, RunState


class Standing(StrEnum):
    """The state of a channel's day as people see it."""

    GREEN = "green"
    # The sides differ, and a person said why of everything.
    CLOSED = "closed"
    # What is open needs time rather than somebody.
    AMBER = "amber"
    RED = "red"
    # Something changed since the comparison.
    STALE = "stale"
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"
    # Before anything happened on the channel, or a day that is not over.
    NONE = "none"


TITLES: dict[Standing, Text] = {
    Standing.GREEN: Text("已对清", "Reconciled"),
    Standing.CLOSED: Text("已结案", "Closed"),
    Standing.AMBER: Text("等待中", "Waiting"),
    Standing.RED: Text("有差异", "Differs"),
    Standing.STALE: Text("需重新核对", "Compare again"),
    Standing.RUNNING: Text("核对中", "Running"),
    Standing.FAILED: Text("无法核对", "Not possible"),
    Standing.MISSING: Text("尚未核对", "Not compared"),
    Standing.NONE: Text("—", "—"),
}
TONES: dict[Standing, str] = {
    Standing.GREEN: "confirmed",
    Standing.CLOSED: "information",
    Standing.AMBER: "pending",
    Standing.RED: "attention",
    Standing.STALE: "pending",
    Standing.FAILED: "attention",
}
FAILURES: dict[str, Text] = {
    "unreachable": Text(
        "支付渠道连接不上，没有读到流水；系统每小时会再试",
        "The provider cannot be reached; it is tried again every hour",
    ),
    "not_offered": Text(
        "这个渠道已不在设置中，读不到流水", "This provider is no longer configured"
    ),
    "not_imported": Text(
        "这一天结束之后还没有导入银行流水，导入后系统会自动核对",
        "The bank's entries were not imported since that day was over; then it is compared by itself",
    ),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A channel's day: its run if there is one, what is open or was closed, and how it stands."""

    channel: str
    day: date
    run: ReconciliationRun | None
    open: int
    open_fen: int
    closed: int
    closed_fen: int
    standing: Standing

    @property
    def title(self) -> Text:
        """How the day stands, with what was closed where that is why it needs nobody."""
        if self.standing is not Standing.CLOSED:
            return TITLES[self.standing]
        amount = f" · ¥{yuan(self.closed_fen)}" if self.closed_fen else ""
        return Text(f"已结案 {self.closed} 项{amount}", f"{self.closed} closed{amount}")


def judge(run: ReconciliationRun, found: Sequence[Difference], live: Sums) -> Standing:
    """Judge a run by its open and closed differences, and what both sides moved as it stands now."""
    if run.state is RunState.RUNNING:
        return Standing.RUNNING
    if run.state is RunState.FAILED:
        return Standing.FAILED
    if run.is_stale or (live.provider_fen, live.booked_fen) != (run.provider_fen, run.booked_fen):
        return Standing.STALE
    if not found:
        return Standing.GREEN
    kinds = {one.kind for one in found if one.state is DifferenceState.OPEN}
    if not kinds:
        return Standing.CLOSED
    return Standing.AMBER if kinds <= WAITING else Standing.RED


def cell_of(run: ReconciliationRun) -> Cell:
    """Return how one run stands."""
    live = channels.list_sums(run.channel, run.day, run.day).get(run.day, NOTHING)
    return _cell(run, queries.list_unsettled([run.id]), live)


def _cell(run: ReconciliationRun, found: Sequence[Difference], live: Sums) -> Cell:
    gaps: dict[DifferenceState, list[int]] = {}
    for one in found:
        gaps.setdefault(one.state, []).append(abs(one.gap_fen))
    opened, closed = (gaps.get(each, []) for each in (DifferenceState.OPEN, DifferenceState.CLOSED))
    return Cell(
        run.channel, run.day, run, len(opened), sum(opened), len(closed), sum(closed),
        judge(run, found, live),
    )  # fmt: skip


def list_cells(last: date, days: int) -> list[tuple[date, list[Cell]]]:
    """Return the days up to ``last``, the newest first, with every channel's standing on each."""
    first = last - timedelta(days=days - 1)
    known = channels.list_channels()
    runs = {(run.channel, run.day): run for run in queries.list_runs(first, last)}
    found: dict[uuid.UUID, list[Difference]] = {}
    for one in queries.list_unsettled([run.id for run in runs.values()]):
        found.setdefault(one.run_id, []).append(one)
    live = {channel: channels.list_sums(channel, first, last) for channel in known}
    rows = []
    for back in range(days):
        day = last - timedelta(days=back)
        cells = []
        for channel, begun in known.items():
            run = runs.get((channel, day))
            if run is not None:
                cells.append(_cell(run, found.get(run.id, []), live[channel].get(day, NOTHING)))
            else:
                standing = Standing.NONE if day < begun else Standing.MISSING
                cells.append(Cell(channel, day, None, 0, 0, 0, 0, standing))
        if any(cell.standing is not Standing.NONE for cell in cells):
            rows.append((day, cells))
    return rows


def yesterday() -> date:
    """Return the last Shanghai day that is over."""
    return clock.today() - timedelta(days=1)
