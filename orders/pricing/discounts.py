"""What held coupons take off some goods: pure, shared over the lines by largest remainder."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.language import Text
from marketplace.money import split, yuan
from orders.coupons.models import Party
from orders.coupons.queries import HeldCoupon
from orders.pricing.freight import Goods


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCoupon:
    """A chosen coupon: what it takes off each line, or why it takes off nothing."""

    coupon: HeldCoupon
    parts: tuple[int, ...]
    reason: Text | None

    @property
    def discount_fen(self) -> int:
        return sum(self.parts)


@dataclass(slots=True)
class Discounts:
    """What coupons take off each line, by who bears it; both lists are as long as the lines."""

    by_platform: list[int]
    by_cooperative: list[int]
    applied: list[AppliedCoupon] = field(default_factory=list)

    def of(self, index: int) -> int:
        """Return all that is taken off a line."""
        return self.by_platform[index] + self.by_cooperative[index]


def apply_coupons(goods: Sequence[Goods], coupons: Sequence[HeldCoupon], at: datetime) -> Discounts:
    """Take chosen coupons off goods: cooperatives' own first, then the platform's on what is left.

    One coupon of each issuer at most. A coupon's threshold looks at what the lines before it have
    left of the goods that it covers. Its amount is shared over them by largest remainder, weighed
    by all but one fen of each line, so that no line is ever given away: a refund always has an
    amount to be a share of.
    """
    discounts = Discounts([0] * len(goods), [0] * len(goods))
    issuers: set[uuid.UUID | None] = set()
    ordered = sorted(coupons, key=lambda one: (one.issuer is Party.PLATFORM, one.holding_id))
    for coupon in ordered:
        issuer = None if coupon.issuer is Party.PLATFORM else coupon.cooperative_id
        parts, reason = _parts(goods, discounts, coupon, at)
        if reason is None and issuer in issuers:
            parts, reason = (
                (),
                Text("同一发券方一次只能用一张", "One coupon of each issuer at a time"),
            )
        discounts.applied.append(AppliedCoupon(coupon=coupon, parts=tuple(parts), reason=reason))
        if reason is not None:
            continue
        issuers.add(issuer)
        borne = (
            discounts.by_platform if coupon.bearer is Party.PLATFORM else discounts.by_cooperative
        )
        for index, part in enumerate(parts):
            borne[index] += part
    return discounts


def _parts(
    goods: Sequence[Goods], discounts: Discounts, coupon: HeldCoupon, at: datetime
) -> tuple[Sequence[int], Text | None]:
    left = [
        one.amount_fen - discounts.of(index) if _covers(coupon, one) else 0
        for index, one in enumerate(goods)
    ]
    weights = [max(amount - 1, 0) for amount in left]
    reason = _why_unusable(coupon, at) or _why_short(coupon, sum(left), sum(weights))
    return ((), reason) if reason else (split(coupon.amount_off_fen, weights), None)


def _why_unusable(coupon: HeldCoupon, at: datetime) -> Text | None:
    if coupon.is_used:
        return Text("这张优惠券已经用过", "This coupon is used already")
    if at >= coupon.valid_until_at:
        return Text("这张优惠券已过期", "This coupon has expired")
    if at < coupon.valid_from_at:
        return Text("这张优惠券还没到使用时间", "This coupon is not valid yet")
    return None


def _why_short(coupon: HeldCoupon, goods_fen: int, most_fen: int) -> Text | None:
    if goods_fen == 0:
        return Text("没有可以用这张券的商品", "Nothing here that this coupon is for")
    if goods_fen < coupon.from_fen:
        return Text("可用商品还差 {yuan} 元", "{yuan} yuan of its goods are missing").format(
            yuan=yuan(coupon.from_fen - goods_fen)
        )
    if coupon.amount_off_fen > most_fen:
        return Text("优惠不能超过货款", "The discount cannot exceed the goods")
    return None


def _covers(coupon: HeldCoupon, goods: Goods) -> bool:
    if coupon.cooperative_id is not None and goods.sku.cooperative_id != coupon.cooperative_id:
        return False
    return coupon.product_ids is None or goods.sku.product_id in coupon.product_ids


def suggest_coupons(
    goods: Sequence[Goods], held: Sequence[HeldCoupon], at: datetime
) -> list[uuid.UUID]:
    """Return the coupons a buyer would choose: of each issuer the one that takes off most."""
    best: dict[uuid.UUID | None, tuple[int, HeldCoupon]] = {}
    for coupon in held:
        issuer = None if coupon.issuer is Party.PLATFORM else coupon.cooperative_id
        worth = apply_coupons(goods, [coupon], at).applied[0].discount_fen
        if worth > best.get(issuer, (0, coupon))[0]:
            best[issuer] = (worth, coupon)
    return [coupon.holding_id for _, coupon in best.values()]
