"""Tables in files that people open in a spreadsheet: CSV and XLSX, written safely, read warily."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from marketplace.errors import PayloadTooLarge, Unprocessable
from marketplace.language import Text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS = 20_000
# What a spreadsheet takes for the beginning of a formula (ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
# What reads as text and is another kind of document: PDF, RTF, a web page.
_OTHER_KINDS = (b"%PDF-", b"{\\rtf", b"<")
_BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")

Cell = str | int | Decimal | None


class TableTooLarge(PayloadTooLarge):
    title = Text("表格文件太大", "The table is too large")


class TableUnreadable(Unprocessable):
    title = Text(
        "这不是电子表格，或文件已损坏。请上传 XLSX 或 CSV（UTF-8、GB18030）表格",
        "This is no spreadsheet, or it is damaged. Upload an XLSX or CSV (UTF-8, GB18030) table",
    )


def as_text(value: Cell) -> str:
    """Write a cell as text that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.startswith(_FORMULA) else value


def yuan_of(amount_fen: int) -> Decimal:
    """Return an amount as the decimal number of yuan that stands in a cell."""
    return Decimal(amount_fen).scaleb(-2)


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table as CSV that Excel opens in the right encoding."""
    out = io.StringIO()
    csv.writer(out).writerows([as_text(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


class XlsxFile:
    """An XLSX file written row by row: only the row at hand is in memory.

    ``target``: where a file that may be large is written to; ``close`` then returns nothing.
    """

    def __init__(self, target: Path | None = None) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out if target is None else target, {"constant_memory": True, "strings_to_formulas": False,
                        "strings_to_urls": False, "in_memory": False},
        )  # fmt: skip
        self._head = self._book.add_format({"bold": True, "bg_color": "#E8F0EA", "border": 1})
        self._money = self._book.add_format({"num_format": "#,##0.00"})

    def add_sheet(self, title: str, rows: Iterable[Sequence[Cell]], widths: Sequence[int]) -> None:
        """Add a sheet; its first row is the heading."""
        sheet = self._book.add_worksheet(title)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                self._write(sheet, number, column, value)

    def _write(self, sheet: Any, row: int, column: int, value: Cell) -> None:
        if isinstance(value, Decimal):
            sheet.write_number(row, column, value, self._money)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        elif value is not None:
            sheet.write_string(row, column, value, self._head if row == 0 else None)

    def close(self) -> bytes:
        """Finish the file and return it."""
        self._book.close()
        return self._out.getvalue()


def read_rows(data: bytes) -> list[list[str]]:
    """Read a table's rows as trimmed texts, whatever the file is called, down to the last filled one.

    Blank rows between stay in their places: see ``numbered``. Raises TableTooLarge, TableUnreadable.
    """
    if len(data) > MAX_BYTES:
        raise TableTooLarge
    rows = _read_xlsx(data) if data.startswith(b"PK\x03\x04") else _read_csv(data)
    if len(rows) > MAX_ROWS:
        raise TableTooLarge
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def numbered(rows: Iterable[Sequence[str]]) -> list[tuple[int, Sequence[str]]]:
    """Return the rows with something in them, each with the number that it has in the sheet."""
    return [(number, row) for number, row in enumerate(rows, start=1) if any(row)]


def _read_xlsx(data: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            sizes = [part.file_size for part in parts.infolist()]
        if len(sizes) > MAX_PARTS or sum(sizes) > MAX_UNPACKED:
            raise TableTooLarge
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_index(0)
        # It leaves out what is blank above and to the left of the first filled cell.
        above = min(sheet.start[0], MAX_ROWS) if sheet.start else 0
        blank: list[list[Any]] = [[]] * above
        cells = blank + sheet.to_python(nrows=MAX_ROWS + 1)
    except (zipfile.BadZipFile, CalamineError, ValueError, IndexError, OSError):
        raise TableUnreadable from None
    return [[_text_of(cell) for cell in row] for row in cells]


def _text_of(cell: Any) -> str:
    # A number without a fraction is a number that somebody typed without one.
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _read_csv(data: bytes) -> list[list[str]]:
    if data.lstrip().startswith(_OTHER_KINDS):
        raise TableUnreadable
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            content = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise TableUnreadable
    if _BINARY.search(content):
        raise TableUnreadable
    try:
        rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    except csv.Error:
        raise TableUnreadable from None
    return [[cell.strip() for cell in row] for row in rows]
