"""What is different between what a buyer was shown and what would be charged now, item by item."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from marketplace.language import Text
from marketplace.money import yuan
from orders.checkout.offering import Offer
from orders.checkout.quoting import Quote
from partners.regions.queries import tree


class ChangeKind(StrEnum):
    """What of an offer changed."""

    UNAVAILABLE = "unavailable"
    ADDED = "added"
    REMOVED = "removed"
    QUANTITY = "quantity"
    PRICE = "price"
    COUPON = "coupon"
    FREIGHT = "freight"
    PLACE = "place"
    ATTRIBUTION = "attribution"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changed, in a sentence and in figures (fen, pieces, or a code)."""

    kind: ChangeKind
    text: Text
    about_id: uuid.UUID | None = None
    before: str | None = None
    after: str | None = None


def list_changes(before: Offer | None, quote: Quote) -> list[Change]:
    """Return what changed since an offer; without the offer only what cannot be bought now."""
    changes = [
        Change(
            kind=ChangeKind.UNAVAILABLE,
            text=Text("“{name}”：{reason}。{remedy}", "“{name}”: {reason}. {remedy}").format(
                name=out.product_name or Text("商品", "an item"),
                reason=out.reason,
                remedy=out.remedy,
            ),
            about_id=out.sku_id,
        )
        for out in quote.unavailable
    ]
    if before is None:
        return changes
    changes += _lines(before, quote)
    changes += _coupons(before, quote)
    changes += _freight(before, quote)
    changes += _whereto(before, quote)
    after_fen = quote.offer.total_fen
    # Nothing that could be bought has no total: "0.00 yuan" would be a price nobody offers.
    if before.total_fen != after_fen and quote.orders:
        words = (
            Text(
                "除去买不了的，合计由 {old} 元变为 {new} 元",
                "Without what cannot be bought, the total went from {old} to {new} yuan",
            )
            if quote.unavailable
            else Text("合计由 {old} 元变为 {new} 元", "The total went from {old} to {new} yuan")
        )
        changes.append(_amount(ChangeKind.TOTAL, words, None, before.total_fen, after_fen))
    return changes


def _lines(before: Offer, quote: Quote) -> Iterator[Change]:
    gone = {out.sku_id for out in quote.unavailable}
    now = {line.sku.sku_id: line for order in quote.orders for line in order.lines}
    for sku_id, line in now.items():
        old, name = before.lines.get(sku_id), line.sku.product_name
        if old is None:
            words = Text("“{name}”是后来加入的", "“{name}” was added").format(name=name)
            yield Change(kind=ChangeKind.ADDED, text=words, about_id=sku_id)
            continue
        if old.quantity != line.quantity:
            yield Change(
                kind=ChangeKind.QUANTITY,
                text=Text(
                    "“{name}”数量由 {old} 变为 {new}", "“{name}” went from {old} to {new} pieces"
                ).format(name=name, old=old.quantity, new=line.quantity),
                about_id=sku_id,
                before=str(old.quantity),
                after=str(line.quantity),
            )
        if old.price_fen != line.price_fen:
            words = Text(
                "“{name}”单价由 {old} 元变为 {new} 元",
                "The price of “{name}” went from {old} to {new} yuan",
            )
            yield _amount(ChangeKind.PRICE, words, sku_id, old.price_fen, line.price_fen, name=name)
    for sku_id in before.lines:
        if sku_id not in now and sku_id not in gone:
            words = Text("有一件商品已不在这次购买中", "An item is no longer part of it")
            yield Change(kind=ChangeKind.REMOVED, text=words, about_id=sku_id)


def _coupons(before: Offer, quote: Quote) -> Iterator[Change]:
    now = {one.coupon.holding_id: one for one in quote.coupons}
    for holding_id, one in now.items():
        old = before.coupons.get(holding_id, 0)
        if old != one.discount_fen:
            words = (
                Text(
                    "优惠券“{name}”由减 {old} 元变为减 {new} 元",
                    "The coupon “{name}” went from {old} to {new} yuan off",
                )
                if one.reason is None
                else Text(
                    "优惠券“{name}”用不上了，少减 {old} 元：{reason}",
                    "The coupon “{name}” of {old} yuan is not used: {reason}",
                )
            )
            yield _amount(
                ChangeKind.COUPON,
                words,
                holding_id,
                old,
                one.discount_fen,
                name=one.coupon.name,
                reason=one.reason or "",
            )
    for holding_id, old in before.coupons.items():
        if holding_id not in now and old:
            words = Text(
                "一张减 {old} 元的优惠券没有再选", "A coupon of {old} yuan is no longer chosen"
            )
            yield _amount(ChangeKind.COUPON, words, holding_id, old, 0)


def _freight(before: Offer, quote: Quote) -> Iterator[Change]:
    for order in quote.orders:
        old = before.freight.get(order.cooperative_id)
        if old is not None and old != order.freight_fen:
            words = Text(
                "“{name}”运费由 {old} 元变为 {new} 元",
                "Freight of “{name}” went from {old} to {new} yuan",
            )
            yield _amount(
                ChangeKind.FREIGHT,
                words,
                order.cooperative_id,
                old,
                order.freight_fen,
                name=order.cooperative_name,
            )


def _whereto(before: Offer, quote: Quote) -> Iterator[Change]:
    after = quote.offer
    for kind, words, old, new in (
        (
            ChangeKind.PLACE,
            Text("收货地区由{old}变为{new}", "The place went from {old} to {new}"),
            before.ship_to_code,
            after.ship_to_code,
        ),
        (
            ChangeKind.ATTRIBUTION,
            Text("归属由{old}变为{new}", "It counted for {old} and would count for {new}"),
            before.region_code,
            after.region_code,
        ),
    ):
        if old != new:
            text = words.format(old=_place(old), new=_place(new))
            yield Change(kind=kind, text=text, before=old, after=new)
    if before.pickup_point_id != after.pickup_point_id:
        yield Change(
            kind=ChangeKind.PLACE,
            text=Text("收货方式或自提点变了", "It is delivered, or collected, elsewhere"),
            before=str(before.pickup_point_id),
            after=str(after.pickup_point_id),
        )
    if before.buying_unit_id != after.buying_unit_id and before.region_code == after.region_code:
        yield Change(
            kind=ChangeKind.ATTRIBUTION,
            text=Text("采购单位变了", "The buying unit is another one"),
            before=str(before.buying_unit_id),
            after=str(after.buying_unit_id),
        )


def _place(code: str) -> str:
    return tree().full_name(code) if code in tree() else code


def _amount(
    kind: ChangeKind, words: Text, about_id: uuid.UUID | None, old: int, new: int, **more: object
) -> Change:
    return Change(
        kind=kind,
        text=words.format(old=yuan(old), new=yuan(new), **more),
        about_id=about_id,
        before=str(old),
        after=str(new),
    )
