"""Choosing coupons on the checkout page: those held, those ticked, and those one would tick."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from marketplace import clock
from marketplace.language import Text
from marketplace.money import yuan
from orders.checkout.quoting import Quote
from orders.coupons.queries import HeldCoupon
from orders.coupons.wording import say_worth
from orders.pricing.discounts import apply_coupons, suggest_coupons
from orders.pricing.freight import Goods

# Posted with the choice: without it nobody has been asked yet, and the best are proposed.
SHOWN = "coupons_shown"
CHOSEN = "coupon"


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponChoice:
    """A coupon to tick, and what it takes off here, or why nothing."""

    id: uuid.UUID
    name: str
    words: Text
    is_chosen: bool


def ticked_coupons(posted: MultiDict[str, str]) -> list[uuid.UUID]:
    """Return the coupons that a form has ticked; what is no id is no coupon."""
    found = []
    for value in posted.getlist(CHOSEN):
        try:
            found.append(uuid.UUID(value))
        except ValueError:
            continue
    return found


def suggest_for(quote: Quote, held: Sequence[HeldCoupon]) -> list[uuid.UUID]:
    """Return the held coupons that take most off what was quoted."""
    return suggest_coupons(_goods(quote), held, clock.now())


def show_choices(quote: Quote | None, held: Sequence[HeldCoupon]) -> list[CouponChoice]:
    """Return the held coupons with what each takes off: chosen ones as quoted, others alone."""
    if quote is None:
        return []
    quoted = {one.coupon.holding_id: (one.discount_fen, one.reason) for one in quote.coupons}
    goods, now = _goods(quote), clock.now()
    choices = []
    for coupon in held:
        is_chosen = coupon.holding_id in quoted
        alone = apply_coupons(goods, [coupon], now).applied[0]
        discount_fen, reason = quoted.get(coupon.holding_id, (alone.discount_fen, alone.reason))
        choices.append(
            CouponChoice(
                id=coupon.holding_id,
                name=coupon.name,
                words=reason or _say(coupon, discount_fen, is_chosen),
                is_chosen=is_chosen and reason is None,
            )
        )
    return sorted(choices, key=lambda one: not one.is_chosen)


def _say(coupon: HeldCoupon, discount_fen: int, is_chosen: bool) -> Text:
    if is_chosen:
        return Text("已减 {yuan} 元", "{yuan} yuan off").format(yuan=yuan(discount_fen))
    return say_worth(coupon.from_fen, coupon.amount_off_fen)


def _goods(quote: Quote) -> list[Goods]:
    return [
        Goods(line.sku, line.quantity, line.price_fen)
        for order in quote.orders
        for line in order.lines
    ]
