"""A table of waybills as people have it: pasted or uploaded, with a heading or without."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.spreadsheets import XlsxFile, numbered
from orders.fulfilment.pick_lists import PickList
from orders.fulfilment.service import to_ship
from orders.orderbook.couriers import BY_CODE

ORDER, COURIER, WAYBILL, LINE, QUANTITY, GOODS = (
    "订单号", "快递公司", "运单号", "商品行", "数量", "商品",
)  # fmt: skip
HEAD = (ORDER, COURIER, WAYBILL, LINE, QUANTITY)
_ALIASES = {
    "订单编号": ORDER, "订单": ORDER, "orderno": ORDER,
    "快递": COURIER, "物流公司": COURIER, "承运商": COURIER, "courier": COURIER,
    "快递单号": WAYBILL, "物流单号": WAYBILL, "运单编号": WAYBILL, "waybillno": WAYBILL,
    "行号": LINE, "行": LINE, "line": LINE, "件数": QUANTITY, "quantity": QUANTITY,
}  # fmt: skip
MAX_ROWS = 500
_SEPARATORS = re.compile(r"[\t,，;；]|\s{1,}")
_GUESSABLE = re.compile(r"[A-Z]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One row as it was typed; ``row`` is its place in the table, from one, the heading included."""

    row: int
    order_no: str
    courier: str
    waybill_no: str
    line: str = ""
    quantity: str = ""


def read_table(rows: Sequence[Sequence[str]]) -> list[Entered]:
    """Read a table's rows; without a heading the columns stand in the order of the template.

    Two columns are the order and the waybill number: the courier is told by the number.
    """
    filled = numbered(rows)
    head = _read_head(filled[0][1]) if filled else None
    entered = []
    for number, row in filled if head is None else filled[1:]:
        places = head or _usual(row)
        cells = {
            name: _plain(row[at]) if (at := places.get(name)) is not None and at < len(row) else ""
            for name in HEAD
        }
        if not cells[ORDER] and not cells[WAYBILL]:
            continue
        entered.append(
            Entered(
                row=number,
                order_no=cells[ORDER],
                courier=cells[COURIER],
                waybill_no=cells[WAYBILL],
                line=cells[LINE],
                quantity=cells[QUANTITY],
            )
        )
    return entered


def read_text(text: str) -> list[Entered]:
    """Read a pasted table: out of a spreadsheet (tabs), as CSV, or with blanks between."""
    rows = []
    for line in text.splitlines():
        if "\t" in line:
            rows.append(line.split("\t"))
        elif "," in line:
            rows.append(next(csv.reader(io.StringIO(line)), []))
        else:
            rows.append([part for part in _SEPARATORS.split(line.strip()) if part])
    return read_table([[cell.strip() for cell in row] for row in rows])


def write_text(entered: Sequence[Entered]) -> str:
    """Write rows as they can be pasted again, each in the line that is its row, beneath a heading;
    rows that lie very far apart one beneath the other.
    """
    if max(one.row for one in entered) > 2 * MAX_ROWS:
        return keep_rows(entered)
    lines: dict[int, tuple[str, ...]] = {
        one.row: (one.order_no, one.courier, one.waybill_no, one.line, one.quantity)
        for one in entered
    }
    lines.setdefault(1, HEAD)
    last = max(lines)
    return "\n".join("\t".join(lines.get(row, ())).rstrip("\t") for row in range(1, last + 1))


def keep_rows(entered: Sequence[Entered]) -> str:
    """Write what is left of a table, one row beneath the other."""
    return write_text([replace(one, row=row) for row, one in enumerate(entered, start=2)])


def guess_courier(waybill_no: str) -> str | None:
    """Return the courier whose own letters a number begins with; None where digits fit several."""
    found = {
        courier.code
        for courier in BY_CODE.values()
        for form in courier.waybill_pattern.pattern.split("|")
        if _GUESSABLE.match(form) and re.fullmatch(form, waybill_no)
    }
    return found.pop() if len(found) == 1 else None


def find_courier(said: str) -> str | None:
    """Return a courier's code by its code or name, whole or shortened as people write it."""
    plain = said.strip().casefold()
    for code, courier in BY_CODE.items():
        if plain in (code, courier.name.zh.casefold(), courier.name.en.casefold()):
            return code
    named = {
        code
        for code, courier in BY_CODE.items()
        if len(plain) >= 2 and (plain[:2] == courier.name.zh[:2] or courier.name.zh in plain)
    }
    return named.pop() if len(named) == 1 else None


def write_template(listed: PickList) -> bytes:
    """Return a table to fill in: the orders that wait, and the couriers' names on a second sheet."""
    rows: list[tuple[str, ...]] = [(*HEAD, GOODS)]
    for order in listed.orders:
        goods = "；".join(
            f"{line.position}. {line.product_name} {line.spec} × {left}"
            for line in order.lines
            if (left := to_ship(line))
        )
        rows.append((order.order_no, "", "", "", "", goods))
    file = XlsxFile()
    file.add_sheet("运单", rows, [22, 14, 24, 10, 8, 60])
    names = [(courier.name.zh, code) for code, courier in BY_CODE.items()]
    notes = [
        ("说明", ""),
        ("每行一个包裹；不填商品行和数量，就是发出该订单剩下的全部", ""),
        ("分几个包裹发，或同一包裹有几样商品：每样一行，写商品行（“商品”列里的序号）和数量", ""),
        ("运单号一列请设为文本；带字母的单号可不填快递公司", ""),
        ("“商品”列只供核对，不用填", ""),
    ]
    file.add_sheet("快递公司", [("快递公司", "代码"), *names], [16, 14])
    file.add_sheet("填写说明", notes, [80, 10])
    return file.close()


def _read_head(row: Sequence[str]) -> dict[str, int] | None:
    head: dict[str, int] = {}
    for at, name in enumerate(row):
        plain = re.sub(r"[（(].*?[）)]|[\s_]", "", name)
        head.setdefault(_ALIASES.get(plain.casefold(), plain), at)
    return head if ORDER in head and WAYBILL in head else None


def _usual(row: Sequence[str]) -> dict[str, int]:
    if len([cell for cell in row if cell]) == 2:
        return {ORDER: 0, WAYBILL: 1 if row[1] else 2}
    return {name: at for at, name in enumerate(HEAD)}


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from reading a number."""
    return cell.strip().removeprefix("'").strip()[:80]
