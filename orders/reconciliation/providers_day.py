"""A provider's day in a few statements: its movements, our payments and refunds, journal, orders.

Things are compared by what names them (a payment, a refund, a movement), whatever day each side put
them on; only what a day has of them enters its sums. The difference of the sums is thus explained
piece by piece, to the fen.
"""

from datetime import date
from typing import Any

from marketplace.statements import fetch_all
from orders.journal.entries import provider_owner
from orders.reconciliation.found import NOTHING, Comparison, Found, Sums, bounds
from orders.reconciliation.kinds import DifferenceKind
from orders.reconciliation.models import Item
from orders.reconciliation.provider_statements import (
    COMPARE,
    IN_TRANSIT,
    ORDERS,
    RETURNED,
    SUMS,
)


def list_sums(provider: str, first: date, last: date) -> dict[date, Sums]:
    """Return what both sides moved on each day from first to last, as they stand now."""
    rows = fetch_all(SUMS, _values(provider, first, last))
    return {row.day: Sums(row.provider_fen, row.booked_fen, row.compared) for row in rows}


def compare(provider: str, day: date) -> Comparison:
    """Compare a provider's day with ours; the same again finds the same."""
    values = _values(provider, day, day)
    found = [_difference(row, day) for row in fetch_all(COMPARE, values)]
    found += [_unlike_orders(row) for row in fetch_all(ORDERS, values)]
    known = {one.key for one in found}
    waiting = [_returned(row) for row in fetch_all(RETURNED, values)]
    waiting += [_in_transit(row) for row in fetch_all(IN_TRANSIT, values)]
    found += [one for one in waiting if one.key not in known]
    return Comparison(list_sums(provider, day, day).get(day, NOTHING), found)


def _values(provider: str, first: date, last: date) -> dict[str, Any]:
    return {
        "provider": provider,
        "owner": provider_owner(provider),
        "first": first,
        "last": last,
        "start": bounds(first)[0],
        "end": bounds(last)[1],
    }


def _difference(row: Any, day: date) -> Found:
    kind = _kind(row)
    # The day on which the provider has it tells the whole story; another one has only its part.
    if row.agrees or row.home_day != day:
        kind = DifferenceKind.OTHER_DAY
    return Found(
        item=Item(row.item),
        subject_id=row.subject_id,
        kind=kind,
        provider_amount=row.provider_amount,
        recorded_amount=row.recorded_amount,
        booked_amount=row.booked_amount,
        gap_fen=row.gap_fen,
        currency=row.currency,
    )


def _kind(row: Any) -> DifferenceKind:
    if row.currency != "CNY" and row.item not in (Item.PAYMENT, Item.REFUND):
        return DifferenceKind.OTHER_CURRENCY
    match row.item:
        case Item.PAYMENT:
            return _kind_of_payment(row)
        case Item.REFUND:
            return _kind_of_refund(row)
        case Item.FEE:
            return DifferenceKind.FEE_NOT_BOOKED
        case Item.MOVEMENT:
            return _MOVEMENTS.get(row.kind, DifferenceKind.MOVEMENT_UNKNOWN)
    return DifferenceKind.ENTRY_UNKNOWN


_MOVEMENTS = {
    "payment": DifferenceKind.PAYMENT_UNKNOWN,
    "refund": DifferenceKind.REFUND_UNKNOWN,
    "refund_failure": DifferenceKind.REFUND_UNKNOWN,
    "payout": DifferenceKind.PAYOUT_NOT_BOOKED,
    "payout_reversal": DifferenceKind.PAYOUT_NOT_BOOKED,
    "dispute": DifferenceKind.DISPUTED,
    "dispute_reversal": DifferenceKind.DISPUTED,
}


def _kind_of_payment(row: Any) -> DifferenceKind:
    provider, own = row.provider_amount or 0, row.recorded_amount or 0
    if not row.is_known:
        is_ours = row.provider_amount is None
        return DifferenceKind.ENTRY_UNKNOWN if is_ours else DifferenceKind.PAYMENT_UNKNOWN
    if provider and not own:
        return DifferenceKind.NOTICE_LOST
    if own and not provider:
        return DifferenceKind.PAYMENT_NOT_SEEN
    if provider != own:
        repeated = row.pieces > 1
        return DifferenceKind.CHARGED_TWICE if repeated else DifferenceKind.AMOUNT_DIFFERS
    return _kind_of_booking(row)


def _kind_of_refund(row: Any) -> DifferenceKind:
    provider, own = row.provider_amount or 0, row.recorded_amount or 0
    if not row.is_known:
        is_ours = row.provider_amount is None
        return DifferenceKind.ENTRY_UNKNOWN if is_ours else DifferenceKind.REFUND_UNKNOWN
    if own and not provider:
        came_back = DifferenceKind.REFUND_CAME_BACK
        return came_back if row.came_back else DifferenceKind.REFUND_NOT_SEEN
    if provider and not own:
        return DifferenceKind.REFUND_NOTICE_LOST
    if provider != own:
        return DifferenceKind.AMOUNT_DIFFERS
    return _kind_of_booking(row)


def _kind_of_booking(row: Any) -> DifferenceKind:
    is_booked = row.booked_amount is not None
    return DifferenceKind.BOOKED_OTHERWISE if is_booked else DifferenceKind.NOT_BOOKED


def _unlike_orders(row: Any) -> Found:
    return Found(
        item=Item.TRADE,
        subject_id=row.trade_id,
        kind=DifferenceKind.ORDERS_DIFFER,
        provider_amount=row.captured,
        recorded_amount=row.orders_fen,
        booked_amount=row.booked_fen,
    )


def _in_transit(row: Any) -> Found:
    return Found(
        item=Item.MOVEMENT,
        subject_id=row.id,
        kind=DifferenceKind.PAYOUT_IN_TRANSIT,
        provider_amount=row.amount,
        recorded_amount=None,
        booked_amount=row.amount,
    )


def _returned(row: Any) -> Found:
    is_back = row.state == "succeeded" and row.amount == row.captured
    kind = DifferenceKind.PAYMENT_RETURNED if is_back else DifferenceKind.PAYMENT_RETURNING
    return Found(
        item=Item.PAYMENT,
        subject_id=row.id,
        kind=kind,
        provider_amount=row.captured,
        recorded_amount=row.captured - (row.amount if is_back else 0),
        booked_amount=None,
        currency=row.captured_currency or "CNY",
    )
