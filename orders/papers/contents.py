"""What a paper says: facts of the order as plain values, their hash, and nothing that changes later.

Only what the order keeps for good goes in (what was agreed, what was accepted when), so a paper says
the same whenever it is first asked for, apart from the parties' credit codes, which it then keeps.
"""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from marketplace import clock
from marketplace.capitals import in_capitals
from orders.aftersales.queries import list_cases
from orders.checkout.service import Recipient
from orders.fulfilment.queries import list_parcels
from orders.orderbook.couriers import courier_name
from orders.orderbook.showing import mask
from orders.papers.models import PaperKind
from orders.papers.queries import find_refund_moments
from orders.trades.models import Order, OrderLine
from orders.trades.told import Told
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative
from partners.pairings.queries import get_entry
from partners.regions.queries import tree

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parties:
    """The two sides of the sale."""

    seller: Cooperative
    buyer: BuyingUnit


def write(content: Content) -> str:
    """Return a content as text, always in the same form."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def digest(text: str) -> bytes:
    """Return the hash of a content's text."""
    return hashlib.sha256(text.encode()).digest()


def content_of(kind: PaperKind, order: Order, parties: Parties, paper_no: str) -> Content:
    """Return what a paper says of an order (loaded with its lines)."""
    content = _common(kind, order, parties, paper_no)
    return content | (_agreed(order) if kind is PaperKind.CONTRACT else _accepted(order))


def _common(kind: PaperKind, order: Order, parties: Parties, paper_no: str) -> Content:
    return {
        "kind": str(kind),
        "paper_no": paper_no,
        "order_no": order.order_no,
        "seller": {
            "name": order.cooperative_name,
            "kind": parties.seller.kind.label.zh,
            "credit_code": parties.seller.credit_code,
        },
        "buyer": {"name": order.buying_unit_name, "credit_code": parties.buyer.credit_code},
        "delivery": _delivery(order),
        "pairings": _pairings(order.lines),
        "agreed_on": _day(order.placed_at),
        # Goods first: the day of payment comes later, and the paper says so instead.
        "goods_first": order.goods_first,
        "paid_on": None if order.goods_first else _day(order.paid_at),
    }


def _agreed(order: Order) -> Content:
    return {
        "lines": [_line(line) for line in order.lines],
        "goods_fen": order.goods_fen,
        "discount_fen": order.discount_fen,
        "freight_fen": order.freight_fen,
        "total_fen": order.total_fen,
        "total_in_capitals": in_capitals(order.total_fen),
    }


def _accepted(order: Order) -> Content:
    """Return what was accepted: what was shipped less what had gone back by then."""
    back = _returned_before_acceptance(order)
    lines = []
    for line in order.lines:
        quantity, goods_fen = back.get(line.id, (0, 0))
        lines.append(
            _line(line)
            | {
                "shipped_quantity": line.shipped_quantity,
                "accepted_quantity": line.shipped_quantity - quantity,
                "accepted_fen": line.net_fen - goods_fen,
            }
        )
    total_fen = sum(line["accepted_fen"] for line in lines) + order.freight_fen
    return {
        "lines": lines,
        "freight_fen": order.freight_fen,
        "total_fen": total_fen,
        "total_in_capitals": in_capitals(total_fen),
        "shipped_on": _day(order.shipped_at),
        "accepted_on": _day(order.accepted_at),
        "parcels": [
            {
                "courier": courier_name(parcel.courier_code),
                "waybill_no": parcel.waybill_no,
                "shipped_on": _day(parcel.shipped_at),
            }
            for parcel in list_parcels([order.id])
            # Replacements that follow acceptance are no part of what was accepted.
            if order.accepted_at is None or parcel.shipped_at <= order.accepted_at
        ],
    }


def _returned_before_acceptance(order: Order) -> dict[uuid.UUID, tuple[int, int]]:
    """Return per line the shipped pieces, and the money, that went back before acceptance."""
    back: dict[uuid.UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    booked = find_refund_moments(order)
    for case in list_cases([order.id]):
        at = booked.get(case.id)
        if at is not None and (order.accepted_at is None or at <= order.accepted_at):
            quantity, goods_fen = back[case.order_line_id]
            back[case.order_line_id] = (
                quantity + case.quantity - case.released_quantity,
                goods_fen + case.goods_fen,
            )
    return back


def _line(line: OrderLine) -> Content:
    return {
        "name": line.product_name,
        "spec": line.spec,
        "unit": line.unit,
        "quantity": line.quantity,
        "price_fen": line.price_fen,
        "amount_fen": line.amount_fen,
        "discount_fen": line.discount_fen,
        "net_fen": line.net_fen,
        "origin": line.origin_name,
        "certificate_no": line.certificate_no,
        "certificate_valid_to": line.certificate_valid_to.isoformat()
        if line.certificate_valid_to
        else None,
    }


def _delivery(order: Order) -> Content:
    recipient = Recipient.unseal(order.ship_to)
    return {
        "region": tree().full_name(order.ship_to_code),
        "address": recipient.address,
        "recipient": recipient.name,
        "phone": mask(recipient.phone),
    }


def _pairings(lines: Iterable[OrderLine]) -> list[Content]:
    """Return the pairings for which the lines count, as the buyer was told before paying."""
    told = [Told.from_json(values) for line in lines for values in line.told]
    found = {
        one.pairing_id for one in told if one.counts and not one.is_held and one.pairing_id
    }  # fmt: skip
    pairings = []
    for pairing_id in sorted(found):
        entry = get_entry(pairing_id)
        pairings.append(
            {
                "east": tree().full_name(entry.east_code),
                "west": tree().full_name(entry.west_code),
                "relation": entry.relation.label.zh,
                "document": entry.document,
            }
        )
    return pairings


def _day(moment: datetime | None) -> str | None:
    return clock.shanghai_date(moment).isoformat() if moment else None
