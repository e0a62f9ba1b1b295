"""The books of a period for accountants: 凭证分录 as CSV and XLSX, with 科目余额表 and 科目表."""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from marketplace.spreadsheets import Cell, XlsxFile, as_text, yuan_of
from orders.books import queries
from orders.books.causes import CausePaper, find_papers
from orders.books.owners import name_owners
from orders.books.trial import TrialBalance, TrialRow
from orders.journal.chart import ACCOUNTS, CHART, ENTRY_TITLES

HEAD = ("凭证号", "日期", "摘要", "科目编码", "科目名称", "往来单位", "借方金额（元）", "贷方金额（元）",
        "业务单据", "业务单号", "业务标识")  # fmt: skip
_WIDTHS = (18, 12, 30, 10, 34, 28, 16, 16, 12, 26, 38)
_TRIAL_HEAD = ("科目编码", "科目名称", "期初借方（元）", "期初贷方（元）", "本期借方（元）",
               "本期贷方（元）", "期末借方（元）", "期末贷方（元）")  # fmt: skip
_TRIAL_WIDTHS = (10, 34, 16, 16, 16, 16, 16, 16)
# A sheet holds 1,048,576 rows; the heading is one of them.
SHEET_ROWS = 1_000_000


@dataclass(slots=True)
class Written:
    """What has gone into the files."""

    vouchers: int = 0
    rows: int = 0
    debit_fen: int = 0
    credit_fen: int = 0


def voucher_no(booked_on: date, number: int) -> str:
    """Return a voucher number as it is printed: 记-202611-000012."""
    return f"记-{booked_on:%Y%m}-{number:06d}"


def write_books(
    start_on: date, end_on: date, trial: TrialBalance, xlsx: Path, csv_: Path
) -> Written:
    """Write a period's vouchers into two files, reading them once; few rows are in memory."""
    written = Written()
    with csv_.open("w", encoding="utf-8-sig", newline="") as out:
        rows = _into_csv(out, _list_rows(start_on, end_on, written))
        book = XlsxFile(xlsx)
        for number, sheet in enumerate(_sheets(rows), 1):
            title = "凭证分录" if number == 1 else f"凭证分录 {number}"
            book.add_sheet(title, chain([HEAD], sheet), _WIDTHS)
        book.add_sheet("科目余额表", list_trial_rows(trial), _TRIAL_WIDTHS)
        book.add_sheet("科目表", _chart_rows(), (10, 34, 8, 12))
        book.close()
    return written


def digest_of(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sheets(rows: Iterator[Sequence[Cell]]) -> Iterator[Iterable[Sequence[Cell]]]:
    """Yield the rows of each sheet, at least one sheet; each is read before the next is asked for."""
    yield islice(rows, SHEET_ROWS)
    for first in rows:
        yield chain([first], islice(rows, SHEET_ROWS - 1))


def _into_csv(out: TextIO, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """Write rows as CSV that Excel opens in the right encoding, and hand them on."""
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for row in rows:
        writer.writerow([as_text(value) for value in row])
        yield row


def _list_rows(start_on: date, end_on: date, written: Written) -> Iterator[Sequence[Cell]]:
    numbers = queries.list_first_numbers(start_on, end_on)
    entry_id, number = None, ""
    for postings in queries.stream_postings(start_on, end_on):
        papers = find_papers({(posting.kind, posting.cause_id) for posting in postings})
        names = name_owners((posting.account_kind, posting.owner_id) for posting in postings)
        for posting in postings:
            if posting.entry_id != entry_id:
                entry_id = posting.entry_id
                number = voucher_no(posting.booked_on, numbers[posting.booked_on])
                numbers[posting.booked_on] += 1
                written.vouchers += 1
            written.rows += 1
            written.debit_fen += max(posting.amount_fen, 0)
            written.credit_fen += max(-posting.amount_fen, 0)
            paper = papers.get((posting.kind, posting.cause_id))
            yield _row(number, posting, names.get(posting.owner_id, ""), paper)


def _row(number: str, posting: Any, owner: str, paper: CausePaper | None) -> Sequence[Cell]:
    account, amount = ACCOUNTS[posting.account_kind], posting.amount_fen
    return (
        number,
        posting.booked_on.isoformat(),
        ENTRY_TITLES[posting.kind].zh,
        account.code,
        account.title.zh,
        owner,
        yuan_of(amount) if amount > 0 else None,
        yuan_of(-amount) if amount < 0 else None,
        paper.what.zh if paper else "",
        paper.number if paper else "",
        str(posting.cause_id),
    )


def list_trial_rows(trial: TrialBalance) -> Iterator[Sequence[Cell]]:
    """Yield the trial balance as a table with its heading and its totals."""
    yield _TRIAL_HEAD
    for row in trial.rows:
        account = ACCOUNTS[row.account]
        yield (account.code, _named(row), *(yuan_of(fen) for fen in row.sides))
    yield ("", "合计", *(yuan_of(fen) for fen in trial.totals.sides))


def _named(row: TrialRow) -> str:
    title = ACCOUNTS[row.account].title.zh
    return f"{title}—{row.owner_name}" if row.owner_name else title


def _chart_rows() -> Iterator[Sequence[Cell]]:
    yield ("科目编码", "科目名称", "类别", "余额方向")
    for each in CHART:
        side = "借" if each.is_debit else "贷"
        yield (each.code, each.title.zh, each.account_class.label.zh, side)
