"""What would become of each parcel of a table: sent, known already, or wrong and why."""

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from marketplace.language import Text
from orders.card_disputes.errors import GoodsChargedBack, ShippingDisputed
from orders.fulfilment.batches.queries import Known, load_known
from orders.fulfilment.batches.reading import Entered, find_courier, guess_courier
from orders.fulfilment.errors import RefundToAnswerFirst
from orders.fulfilment.service import to_ship
from orders.orderbook.couriers import courier_name, looks_usual, tidy_waybill
from orders.trades.models import Order
from orders.trades.states import SHIP_REST

_ORDER_NO = re.compile(r"[A-Z0-9-]{4,40}")
_WAYBILL = re.compile(r"[A-Z0-9-]{6,40}")
_BY_POWERS = re.compile(r"[0-9.]+E\+?[0-9]+", re.IGNORECASE)
# A spreadsheet keeps fifteen digits of a number and writes zeros for the rest.
_DIGITS_KEPT = 15
_FORMULA_SIGNS = ("=", "+", "@")


_FORMULA = Text("单元格里是公式，请改成文字", "The cell holds a formula; write plain text")
_NO_ORDER_NO = Text("订单号没有填或写得不对", "The order number is missing or malformed")
_NO_NUMBER = Text("没有填运单号", "The waybill number is missing")
_POWERS = Text(
    "运单号被表格改成了科学记数，请把这一列设为文本再填",
    "The spreadsheet turned the number into powers of ten; make the column text",
)
_ZEROS = Text(
    "运单号末尾被表格改成了 0，请把这一列设为文本再填",
    "The spreadsheet turned the last digits into zeros; make the column text",
)
_MALFORMED = Text(
    "运单号应为 6 至 40 位字母和数字", "A waybill number has 6 to 40 letters and digits"
)
_NO_COURIER = Text(
    "看单号认不出快递公司，请填写快递公司", "The number does not tell the courier; fill it in"
)
_NO_LINE = Text("订单里没有商品行 {n}", "The order has no line {n}")
_TOO_MANY = Text("商品行 {n} 最多还可发 {left} 件", "Line {n} has {left} pieces left to ship")
_NOTHING_LEFT = Text(
    "这个订单已没有要发的商品，或已在前面的行里发完",
    "Nothing is left to ship, or rows above hold it",
)
_UNKNOWN_COURIER = Text("没有叫“{name}”的快递公司", "No courier is called “{name}”")


class RowState(StrEnum):
    """What a parcel of the table is."""

    READY = "ready"
    SHIPPED = "shipped"
    KNOWN = "known"
    WRONG = "wrong"


@dataclass(slots=True, kw_only=True)
class CheckedParcel:
    """One parcel: the rows that tell of it, what is in it, and what stands against it."""

    entered: list[Entered]
    order_no: str
    waybill_no: str
    courier_code: str = ""
    order_id: uuid.UUID | None = None
    # Pieces by order line; None: all that is left.
    items: dict[uuid.UUID, int] | None = None
    state: RowState = RowState.READY
    # Everything that stands against it, so that a person corrects it once.
    reasons: list[Text] = field(default_factory=list)
    warning: Text | None = None
    goods: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[int]:
        return [one.row for one in self.entered]

    @property
    def courier_name(self) -> str:
        """The courier's name; what was typed where nobody is called that."""
        if self.courier_code:
            return courier_name(self.courier_code)
        return next((one.courier for one in self.entered if one.courier), "")

    @property
    def is_courier_guessed(self) -> bool:
        """Tell whether the number alone said which courier it is."""
        return bool(self.courier_code) and not any(one.courier for one in self.entered)

    @property
    def reason(self) -> Text | None:
        """Everything that stands against it, in a sentence."""
        if not self.reasons:
            return None
        return Text(
            "；".join(one.zh for one in self.reasons), "; ".join(one.en for one in self.reasons)
        )

    def refuse(self, *reasons: Text) -> None:
        """Take the parcel out of what will be sent."""
        self.state = RowState.WRONG
        self.reasons += [one for one in reasons if one not in self.reasons]


def check_parcels(
    cooperative_ids: Collection[uuid.UUID], entered: Sequence[Entered]
) -> list[CheckedParcel]:
    """Return the parcels of a table as they would be sent now, in its order; changes nothing.

    Reads a fixed number of times, however long the table is.
    """
    parcels = _grouped(entered)
    known = load_known(
        cooperative_ids,
        {one.order_no for one in parcels},
        {one.waybill_no for one in parcels},
    )
    left: dict[uuid.UUID, int] = {}
    taken: dict[tuple[uuid.UUID, str, str], str] = {}
    for parcel in parcels:
        _check(parcel, known, left, taken)
    return parcels


def _grouped(entered: Sequence[Entered]) -> list[CheckedParcel]:
    parcels: dict[tuple[str, str, str], CheckedParcel] = {}
    for one in entered:
        order_no = tidy_waybill(one.order_no)
        waybill_no = tidy_waybill(one.waybill_no)
        code = find_courier(one.courier) if one.courier else guess_courier(waybill_no)
        key = (order_no, code or one.courier, waybill_no)
        parcel = parcels.get(key)
        if parcel is None:
            parcel = parcels[key] = CheckedParcel(
                entered=[], order_no=order_no, waybill_no=waybill_no, courier_code=code or ""
            )
        parcel.entered.append(one)
        faults = _faults_of(one, parcel)
        if faults:
            parcel.refuse(*faults)
    return list(parcels.values())


def _faults_of(one: Entered, parcel: CheckedParcel) -> list[Text]:
    """Return what cannot be read in a row: of order, number and courier the plainest fault each."""
    return [
        words
        for group in (
            _order_faults(one, parcel),
            _number_faults(one, parcel),
            _courier_faults(one, parcel),
        )
        if (words := next((words for is_so, words in group if is_so), None)) is not None
    ]


_Faults = tuple[tuple[bool, Text], ...]


def _order_faults(one: Entered, parcel: CheckedParcel) -> _Faults:
    return (
        (one.order_no.startswith(_FORMULA_SIGNS), _FORMULA),
        (not _ORDER_NO.fullmatch(parcel.order_no), _NO_ORDER_NO),
    )


def _number_faults(one: Entered, parcel: CheckedParcel) -> _Faults:
    number = parcel.waybill_no
    rest = number[_DIGITS_KEPT:]
    return (
        (one.waybill_no.startswith(_FORMULA_SIGNS), _FORMULA),
        (not number, _NO_NUMBER),
        (_BY_POWERS.fullmatch(one.waybill_no) is not None, _POWERS),
        (not _WAYBILL.fullmatch(number), _MALFORMED),
        (number.isdigit() and len(rest) > 1 and not rest.strip("0"), _ZEROS),
    )


def _courier_faults(one: Entered, parcel: CheckedParcel) -> _Faults:
    return (
        (not parcel.courier_code and bool(one.courier), _UNKNOWN_COURIER.format(name=one.courier)),
        (not parcel.courier_code and bool(parcel.waybill_no), _NO_COURIER),
    )


def _check(
    parcel: CheckedParcel,
    known: Known,
    left: dict[uuid.UUID, int],
    taken: dict[tuple[uuid.UUID, str, str], str],
) -> None:
    """Say what stands against a parcel as far as its order can be told, beside what was unreadable."""
    order = known.orders.get(parcel.order_no)
    if order is None:
        if _NO_ORDER_NO not in parcel.reasons and _FORMULA not in parcel.reasons:
            parcel.refuse(Text("没有这个订单", "No such order"))
        return
    parcel.order_id = order.id
    used = (order.cooperative_id, parcel.courier_code, parcel.waybill_no)
    other = known.parcels.get(used)
    if other == order.id and not parcel.reasons:
        parcel.state = RowState.KNOWN
        return
    earlier = taken.get(used)
    if other is not None or earlier is not None:
        number = earlier or known.numbers.get(other or order.id, "")
        parcel.refuse(
            Text("这个运单号已用在订单 {number}", "The waybill is of order {number}").format(
                number=number
            )
        )
    reason = _why_unshippable(order, known)
    items, faults = ({}, [reason]) if reason is not None else _take(parcel, order, known, left)
    if faults:
        parcel.refuse(*faults)
    if parcel.reasons:
        return
    _fill(parcel, order, items, left)
    taken[used] = parcel.order_no
    if not looks_usual(parcel.courier_code, parcel.waybill_no):
        parcel.warning = Text(
            "单号和这家快递常见的样子不同，请核对",
            "The number does not look like this courier's; check it",
        )


def _fill(
    parcel: CheckedParcel, order: Order, items: dict[uuid.UUID, int], left: dict[uuid.UUID, int]
) -> None:
    for line_id, pieces in items.items():
        left[line_id] -= pieces
    parcel.items = items
    parcel.goods = [
        f"{line.product_name} {line.spec} × {items[line.id]}"
        for line in order.lines
        if line.id in items
    ]


def _why_unshippable(order: Order, known: Known) -> Text | None:
    if order.state not in SHIP_REST.sources:
        return Text("订单不在待发货状态", "The order does not wait to be shipped")
    if order.id in known.asked_to_cancel:
        return Text(
            "买家申请取消订单，请先答复", "The buyer asks to call it off; answer that first"
        )
    if order.id in known.disputed:
        return ShippingDisputed.title
    return None


def _take(
    parcel: CheckedParcel, order: Order, known: Known, left: dict[uuid.UUID, int]
) -> tuple[dict[uuid.UUID, int], list[Text]]:
    """Return what a parcel holds of what the order has left, and everything against that."""
    for line in order.lines:
        left.setdefault(line.id, to_ship(line))
    by_position = {str(line.position): line for line in order.lines}
    items: dict[uuid.UUID, int] = {}
    faults: list[Text] = []
    for one in parcel.entered:
        if not one.line and not one.quantity:
            items |= {each.id: left[each.id] for each in order.lines if left[each.id]}
            continue
        named = by_position.get(one.line.rstrip("."))
        if named is None:
            faults.append(_NO_LINE.format(n=one.line or "?"))
            continue
        pieces = int(one.quantity) if one.quantity.isdecimal() and len(one.quantity) < 8 else 0
        pieces = pieces or (left[named.id] if not one.quantity else 0)
        if pieces <= 0 or pieces + items.get(named.id, 0) > left[named.id]:
            faults.append(_TOO_MANY.format(n=one.line, left=left[named.id]))
            continue
        items[named.id] = items.get(named.id, 0) + pieces
    if not items and not faults:
        faults.append(_NOTHING_LEFT)
    if any(line.id in items and line.id in known.applied_for for line in order.lines):
        faults.append(RefundToAnswerFirst.title)
    if any(line.id in items and 0 < line.net_fen == line.refunded_fen for line in order.lines):
        faults.append(GoodsChargedBack.title)
    return items, faults
