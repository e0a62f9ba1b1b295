"""Runs and differences as pages, answers and spreadsheets show them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from marketplace import clock
from marketplace.identity.queries import name_accounts
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.spreadsheets import Cell as TableCell
from marketplace.spreadsheets import XlsxFile, yuan_of
from orders.reconciliation import channels, queries, standing
from orders.reconciliation.kinds import WORDINGS
from orders.reconciliation.models import (
    Difference,
    DifferenceState,
    DifferenceStep,
    Item,
    ReconciliationRun,
    RunStage,
    Step,
)
from orders.reconciliation.subjects import Subject, list_subjects

# After so many days a payment that the bank does not show is no longer usual.
USUAL_DAYS = 3

ITEMS: dict[Item, Text] = {
    Item.PAYMENT: Text("付款", "Payment"),
    Item.REFUND: Text("退款", "Refund"),
    Item.FEE: Text("手续费", "Fee"),
    Item.MOVEMENT: Text("渠道流水", "Provider's movement"),
    Item.ENTRY: Text("分录", "Journal entry"),
    Item.TRADE: Text("交易", "Trade"),
    Item.DAY: Text("当日合计", "The day's sums"),
    Item.BANK_ENTRY: Text("银行流水", "Bank entry"),
    Item.PAYOUT: Text("合作社付款", "Payout"),
    Item.BANK_REFUND: Text("银行退款", "Bank refund"),
    Item.REFUND_SETTLEMENT: Text("另行付清的退款", "Refund paid otherwise"),
    Item.ORDER: Text("订单", "Order"),
    Item.UNIT: Text("采购单位", "Buying unit"),
}
STATES: dict[DifferenceState, tuple[Text, str]] = {
    DifferenceState.OPEN: (Text("待处理", "Open"), "attention"),
    DifferenceState.CLOSED: (Text("已结案", "Closed"), "information"),
    DifferenceState.SETTLED: (Text("已自行消除", "Settled by itself"), ""),
}
STEPS: dict[Step, Text] = {
    Step.FOUND: Text("发现", "Found"),
    Step.CHANGED: Text("事实有变化", "Its facts changed"),
    Step.SETTLED: Text("两边已相符，自行消除", "Both sides agree; settled by itself"),
    Step.CLOSED: Text("结案", "Closed"),
    Step.REOPENED: Text("事实有变化，重新打开", "Its facts changed; opened again"),
}
STAGES: dict[RunStage, Text] = {
    RunStage.READING: Text("读取渠道流水", "Reading the provider's movements"),
    RunStage.BOOKING: Text("入账手续费和渠道打款", "Booking fees and payouts"),
    RunStage.COMPARING: Text("逐笔比对", "Comparing"),
    RunStage.ASKING: Text("向渠道再次查询", "Asking the provider again"),
    RunStage.DONE: Text("完成", "Done"),
}


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A difference with its words."""

    it: Difference
    title: Text
    cause: Text
    item: Text
    subject: Subject
    state: Text
    tone: str
    # Who closed it, by name.
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class WholeDifference(ShownDifference):
    """A difference with its words and its history."""

    steps: Sequence[DifferenceStep]
    # Those who took its steps, by name.
    people: Mapping[uuid.UUID, str]


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run with how it stands; what is open and what was closed is counted."""

    run: ReconciliationRun
    standing: standing.Standing
    open: int
    open_fen: int
    closed: int
    closed_fen: int


def show_run(run: ReconciliationRun) -> ShownRun:
    """Return a run with how it stands now."""
    cell = standing.cell_of(run)
    return ShownRun(run, cell.standing, cell.open, cell.open_fen, cell.closed, cell.closed_fen)


def show(differences: Sequence[Difference]) -> list[ShownDifference]:
    """Return differences with their words, in their order."""
    subjects = list_subjects((one.item, one.subject_id) for one in differences)
    people = name_accounts({one.closed_by for one in differences if one.closed_by is not None})
    return [_shown(one, subjects.get(one.subject_id), people) for one in differences]


def show_whole(difference_id: uuid.UUID) -> WholeDifference:
    """Return a difference with its words and its history; raises DifferenceNotFound."""
    difference = queries.get_difference(difference_id)
    [shown] = show([difference])
    said = {field.name: getattr(shown, field.name) for field in fields(shown)}
    steps = queries.list_steps(difference)
    people = name_accounts({step.taken_by for step in steps if step.taken_by is not None})
    return WholeDifference(**said, steps=steps, people=people)


def _shown(
    one: Difference, subject: Subject | None, people: Mapping[uuid.UUID, str]
) -> ShownDifference:
    words = WORDINGS[one.kind]
    state, tone = STATES[one.state]
    return ShownDifference(
        it=one,
        title=words.title,
        cause=words.cause.format(days=USUAL_DAYS),
        item=ITEMS[one.item],
        subject=subject or Subject("—"),
        state=state,
        tone=tone,
        closed_by=people[one.closed_by] if one.closed_by is not None else None,
    )


def amount(value: int | None, currency: str) -> str:
    """Write an amount of either side, with its currency where that is not yuan."""
    if value is None:
        return str(Text("无", "none"))
    return yuan(value) if currency == "CNY" else f"{yuan(value)} {currency}"


def write_xlsx(run: ReconciliationRun) -> bytes:
    """Write a day as a spreadsheet: both sides' sums, and every difference with its likely cause."""
    file = XlsxFile()
    file.add_sheet("合计", _sums(run), (28, 22))
    file.add_sheet("差异", _rows(run), (12, 24, 34, 16, 16, 16, 16, 12, 60, 20, 20, 40))
    return file.close()


def _sums(run: ReconciliationRun) -> Iterator[list[TableCell]]:
    shown = show_run(run)
    yield ["项目", "内容"]
    yield ["渠道", channels.title_of(run.channel).zh]
    yield ["日期", run.day.isoformat()]
    yield ["状态", standing.TITLES[shown.standing].zh]
    yield ["渠道一方合计（元）", yuan_of(run.provider_fen)]
    yield ["账上合计（元）", yuan_of(run.booked_fen)]
    yield ["相差（元）", yuan_of(run.provider_fen - run.booked_fen)]
    yield ["待处理差异", shown.open]
    yield ["已结案差异", shown.closed]
    if run.finished_at is not None:
        yield ["核对时间", run.finished_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")]


def _rows(run: ReconciliationRun) -> Iterator[list[TableCell]]:
    yield ["类别", "编号", "差异", "渠道一方（元）", "本站记录（元）", "账上（元）",
           "计入当日差额（元）", "状态", "可能原因", "结案时间", "结案人", "结案理由"]  # fmt: skip
    found: Any = queries.list_differences(run)
    for one in show(found):
        it = one.it
        closed_at = it.closed_at and it.closed_at.astimezone(clock.SHANGHAI)
        yield [
            one.item.zh, one.subject.number, one.title.zh, _cell(it.provider_amount),
            _cell(it.recorded_amount), _cell(it.booked_amount), yuan_of(it.gap_fen), one.state.zh,
            one.cause.zh, closed_at.strftime("%Y-%m-%d %H:%M") if closed_at else None,
            one.closed_by, it.reason,
        ]  # fmt: skip


def _cell(value: int | None) -> TableCell:
    return None if value is None else yuan_of(value)


def key_of(item: Item, subject_id: uuid.UUID) -> str:
    """Name a payment out in a form: its item and id."""
    return f"{item}:{subject_id}"
