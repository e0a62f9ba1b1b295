"""The reconciliation statement of a day (银行存款余额调节表): two balances, four kinds of items, and what is left."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.language import Text
from marketplace.spreadsheets import Cell, XlsxFile, yuan_of
from orders.bank_balance import queries
from orders.bank_balance.models import BankOpening, OpeningState
from orders.books.sums import Narrowing, list_balances
from orders.journal.models import AccountKind
from orders.reconciliation.models import Item
from orders.reconciliation.showing import ITEMS
from orders.reconciliation.subjects import Subject, list_subjects

OPENING = "opening"
_BROKEN = Text(
    "银行流水的余额前后不连续（可能漏导了流水，或文件里的余额有误）",
    "The entries' balances do not follow from each other; some may be missing or wrong",
)


class OutstandingKind(StrEnum):
    """Which side has something that the other one does not have yet (未达账项)."""

    BANK_RECEIVED = "bank_received"
    BANK_PAID = "bank_paid"
    BOOKS_RECEIVED = "books_received"
    BOOKS_PAID = "books_paid"

    @property
    def is_of_bank(self) -> bool:
        """Tell whether it is the bank that has it."""
        return self in (OutstandingKind.BANK_RECEIVED, OutstandingKind.BANK_PAID)


TITLES: dict[OutstandingKind, Text] = {
    OutstandingKind.BANK_RECEIVED: Text(
        "银行已收，企业未收", "Received by the bank, not in the books"
    ),
    OutstandingKind.BANK_PAID: Text("银行已付，企业未付", "Paid by the bank, not in the books"),
    OutstandingKind.BOOKS_RECEIVED: Text(
        "企业已收，银行未收", "Received in the books, not by the bank"
    ),
    OutstandingKind.BOOKS_PAID: Text("企业已付，银行未付", "Paid in the books, not by the bank"),
}


@dataclass(frozen=True, slots=True)
class Outstanding:
    """One item that only one side has, or has with another amount; below zero: money that left."""

    kind: OutstandingKind
    item: Item | None
    subject_id: uuid.UUID
    day: date
    amount_fen: int

    @property
    def title(self) -> Text:
        """What it is, in words."""
        return Text("期初余额", "Opening balance") if self.item is None else ITEMS[self.item]


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceSheet:
    """Both balances at the end of a day, and what stands between them.

    ``statement_fen`` is None where neither the entries carry a balance nor an opening one is known.
    """

    day: date
    statement_fen: int | None
    is_carried: bool
    booked_fen: int
    items: Sequence[Outstanding]
    # What else makes the adjusted balances differ, each with its part.
    reasons: Sequence[tuple[Text, int]]

    def list_items(self, kind: OutstandingKind) -> list[Outstanding]:
        """Return the items of a kind, the oldest first."""
        return [one for one in self.items if one.kind is kind]

    def total(self, kind: OutstandingKind) -> int:
        """Return the sum of a kind, below zero where money left."""
        return sum(one.amount_fen for one in self.items if one.kind is kind)

    @property
    def adjusted_statement_fen(self) -> int | None:
        """The bank's balance with what only the books have."""
        if self.statement_fen is None:
            return None
        return self.statement_fen + sum(
            one.amount_fen for one in self.items if not one.kind.is_of_bank
        )

    @property
    def adjusted_booked_fen(self) -> int:
        """The books' balance with what only the bank has."""
        return self.booked_fen + sum(one.amount_fen for one in self.items if one.kind.is_of_bank)

    @property
    def gap_fen(self) -> int | None:
        """What the adjusted balances differ by; the reasons name all of it."""
        adjusted = self.adjusted_statement_fen
        return None if adjusted is None else adjusted - self.adjusted_booked_fen

    @property
    def is_agreed(self) -> bool:
        """Tell whether both sides agree once their items are counted."""
        return self.gap_fen == 0


def draw_up(day: date) -> BalanceSheet:
    """Draw up the reconciliation statement of the end of a Shanghai day, as things stand now."""
    opening = queries.find_opening(OpeningState.CONFIRMED)
    carried = queries.find_carried(day)
    statement_fen, reasons = _statement(day, opening, carried)
    balances = list_balances(day, Narrowing(account=AccountKind.BANK))
    return BalanceSheet(
        day=day,
        statement_fen=statement_fen,
        is_carried=carried is not None,
        booked_fen=sum(one.opening_fen for one in balances),
        items=[_item(row) for row in queries.list_outstanding(day)],
        reasons=[(why, part) for why, part in reasons if part],
    )


def _statement(
    day: date, opening: BankOpening | None, carried: int | None
) -> tuple[int | None, list[tuple[Text, int]]]:
    """Return the bank's balance, and what of it no entry and no opening balance explains."""
    is_open = opening is not None and opening.day <= day
    since, before = queries.sum_entries(day, opening.day if opening and is_open else date.min)
    if opening is None or not is_open:
        if carried is None:
            return None, []
        why = Text(
            "期初余额没有入账（第一笔流水之前账户里已有的钱）",
            "The opening balance is not booked: money from before the first entry",
        )
        implied = queries.find_implied_opening()
        missing = carried - since
        begun = missing if implied is None else implied
        return carried, [(why, begun), (_BROKEN, missing - begun)]
    expected = opening.amount_fen + since
    gap = Text(
        "银行给出的余额与期初余额加流水不符（可能漏导了流水）",
        "The bank's balance is not the opening one and the entries; some may not be imported",
    )
    earlier = Text(
        "期初日之前的流水（已含在期初余额里）", "Entries from before the opening day, counted in it"
    )
    statement = expected if carried is None else carried
    return statement, [(gap, statement - expected), (earlier, -before)]


def _item(row: Any) -> Outstanding:
    is_only_booked = row.bank_fen == 0
    amount = row.booked_fen if is_only_booked else row.bank_fen - row.booked_fen
    if is_only_booked:
        kind = OutstandingKind.BOOKS_RECEIVED if amount > 0 else OutstandingKind.BOOKS_PAID
    else:
        kind = OutstandingKind.BANK_RECEIVED if amount > 0 else OutstandingKind.BANK_PAID
    item = None if row.item == OPENING else Item(row.item)
    return Outstanding(kind, item, row.subject_id, row.day, amount)


def name_items(items: Sequence[Outstanding]) -> dict[uuid.UUID, Subject]:
    """Return what items are about, with the page that shows each."""
    return list_subjects([(one.item, one.subject_id) for one in items if one.item is not None])


def write_xlsx(sheet: BalanceSheet) -> bytes:
    """Write a day's statement as a spreadsheet: both balances, and every item."""
    file = XlsxFile()
    file.add_sheet("银行存款余额调节表", _lines(sheet), (44, 18, 44, 18))
    file.add_sheet("未达账项", _rows(sheet), (24, 14, 18, 30, 16))
    return file.close()


def _lines(sheet: BalanceSheet) -> Iterator[list[Cell]]:
    def yuan(fen: int | None) -> Cell:
        return "不详" if fen is None else yuan_of(fen)

    kind = OutstandingKind
    yield [f"银行存款余额调节表（截至 {sheet.day.isoformat()} 当日结束）"]
    yield ["项目", "金额（元）", "项目", "金额（元）"]
    yield [
        "企业银行存款日记账余额",
        yuan(sheet.booked_fen),
        "银行对账单余额",
        yuan(sheet.statement_fen),
    ]
    yield ["加：银行已收，企业未收", yuan(sheet.total(kind.BANK_RECEIVED)),
           "加：企业已收，银行未收", yuan(sheet.total(kind.BOOKS_RECEIVED))]  # fmt: skip
    yield ["减：银行已付，企业未付", yuan(-sheet.total(kind.BANK_PAID)),
           "减：企业已付，银行未付", yuan(-sheet.total(kind.BOOKS_PAID))]  # fmt: skip
    yield ["调节后余额", yuan(sheet.adjusted_booked_fen),
           "调节后余额", yuan(sheet.adjusted_statement_fen)]  # fmt: skip
    yield ["调节后相差", yuan(sheet.gap_fen)]
    for why, part in sheet.reasons:
        yield [f"其中：{why.zh}", yuan_of(part)]


def _rows(sheet: BalanceSheet) -> Iterator[list[Cell]]:
    yield ["未达账项", "日期", "类别", "编号", "金额（元）"]
    subjects = name_items(sheet.items)
    for kind in OutstandingKind:
        items = sheet.list_items(kind)
        for one in items:
            number = subjects[one.subject_id].number if one.subject_id in subjects else ""
            yield [
                TITLES[kind].zh,
                one.day.isoformat(),
                one.title.zh,
                number,
                yuan_of(one.amount_fen),
            ]
        yield [f"{TITLES[kind].zh}合计", "", f"{len(items)} 笔", "", yuan_of(sheet.total(kind))]
