"""The quote: what a purchase costs now, and whose quota it helps. It reads and changes nothing."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.money import MAX_FEN
from orders.carts import queries as carts
from orders.checkout.attribution import Attribution, AttributionChoice, attribute
from orders.checkout.errors import NothingToBuy, TooManyLines, TradeTooLarge
from orders.checkout.offering import Offer, OfferedLine, digest_of, token_of, write_offer
from orders.checkout.sifting import Unavailable, Wanted, sift
from orders.coupons.errors import CouponNotHeld
from orders.coupons.queries import HeldCoupon, list_held
from orders.pickups.offering import OfferedPoint, offer_point
from orders.pricing.discounts import AppliedCoupon, Discounts, apply_coupons
from orders.pricing.freight import Goods, freight_shares
from orders.pricing.limits import Buyer
from orders.pricing.terms import Terms, load_terms
from orders.trades.facts import doubts, sold_by
from orders.trades.told import Told
from partners.buying_units.models import BuyingUnit
from partners.credits import service as credit_service
from partners.credits.facts import ProductKind, SaleFacts
from partners.pickup_points.errors import PickupPointUnavailable
from products.catalogue.queries import SellableSku, list_sellable

MAX_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What to price: lines (None: the cart), where it goes, for whom it counts, coupons held.

    ``remarks``: a word to a cooperative about its part. It changes no price and is no part of the offer.
    """

    lines: Sequence[Wanted] | None
    ship_to_code: str
    attribution: AttributionChoice
    coupon_ids: Sequence[uuid.UUID] = ()
    remarks: Mapping[uuid.UUID, str] = field(default_factory=dict)
    # Where the buyer collects it; ``ship_to_code`` is then the point's division.
    pickup_point_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A priced line; ``id`` becomes the order line's if the quote is placed at once."""

    id: uuid.UUID
    sku: SellableSku
    quantity: int
    price_fen: int
    amount_fen: int
    discount_fen: int
    platform_discount_fen: int
    net_fen: int
    freight_fen: int
    helps: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedOrder:
    """One cooperative's part of a quote."""

    cooperative_id: uuid.UUID
    cooperative_name: str
    lines: tuple[QuotedLine, ...]
    goods_fen: int
    freight_fen: int
    discount_fen: int
    platform_discount_fen: int
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedCoupon:
    """A chosen coupon and what it takes off each cooperative's part; or why it takes off nothing."""

    coupon: HeldCoupon
    by_cooperative: dict[uuid.UUID, int]
    reason: Text | None

    @property
    def discount_fen(self) -> int:
        return sum(self.by_cooperative.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A priced purchase. ``digest`` names what was offered; placing repeats it."""

    orders: tuple[QuotedOrder, ...]
    unavailable: tuple[Unavailable, ...]
    attribution: Attribution
    units: Sequence[BuyingUnit]
    goods_fen: int
    freight_fen: int
    discount_fen: int
    total_fen: int
    coupons: tuple[QuotedCoupon, ...]
    offer: Offer
    offer_text: str
    pickup: OfferedPoint | None = None

    @property
    def digest(self) -> str:
        """The name of what is offered."""
        return digest_of(self.offer_text)

    @property
    def token(self) -> str:
        """What is offered, to be sent back with the digest."""
        return token_of(self.offer_text)

    @property
    def needs_approval(self) -> bool:
        """Tell whether the unit wants a second person to approve a purchase of this size."""
        from_fen = self.attribution.approval_from_fen
        return from_fen is not None and self.total_fen >= from_fen


def make_quote(actor: Actor, request: QuoteRequest, *, is_placing: bool = False) -> Quote:
    """Price a purchase and say for every line whose quota it would help, or why none.

    ``is_placing``: the coupons chosen and what the buyer may still order are locked, so that they
    are as they are quoted until the transaction ends. Raises NothingToBuy, TooManyLines, TradeTooLarge and what attribution raises.
    """
    wanted = _merged(_lines_of(actor, request))
    attribution, units = attribute(actor, request.attribution, request.ship_to_code)
    skus = {sku.sku_id: sku for sku in list_sellable([item.sku_id for item in wanted])}
    terms = load_terms(skus.values(), request.ship_to_code)
    pickup = _pickup(request, attribution)
    if pickup is not None:
        terms.free_for, terms.refused_by = pickup.free, pickup.refusing
    buyer = Buyer(actor.account_id, attribution.buying_unit_id)
    sellable, unavailable = sift(
        wanted, skus, terms, request.ship_to_code, buyer, is_placing=is_placing
    )
    discounts = apply_coupons(sellable, _chosen(actor, request, is_placing), clock.now())
    orders = _priced_orders(sellable, discounts, terms, attribution, sold_by(actor))
    coupons = tuple(_quoted_coupon(one, sellable) for one in discounts.applied)
    total_fen = sum(order.total_fen for order in orders)
    if total_fen > MAX_FEN:
        raise TradeTooLarge
    offer = _offer(orders, coupons, attribution, request)
    return Quote(
        orders=orders,
        unavailable=tuple(unavailable),
        attribution=attribution,
        units=units,
        goods_fen=sum(order.goods_fen for order in orders),
        freight_fen=sum(order.freight_fen for order in orders),
        discount_fen=sum(order.discount_fen for order in orders),
        total_fen=total_fen,
        coupons=coupons,
        offer=offer,
        offer_text=write_offer(offer),
        pickup=pickup,
    )


def _pickup(request: QuoteRequest, attribution: Attribution) -> OfferedPoint | None:
    if request.pickup_point_id is None:
        return None
    unit_id = attribution.buying_unit_id
    offered = offer_point(request.pickup_point_id, [unit_id] if unit_id else [])
    if offered.point.region_code != request.ship_to_code:
        # The place moved since the form was filled in: the goods would go elsewhere.
        raise PickupPointUnavailable
    return offered


def _lines_of(actor: Actor, request: QuoteRequest) -> Sequence[Wanted]:
    if request.lines is not None:
        return request.lines
    return [Wanted(line.sku_id, line.quantity) for line in carts.list_lines(actor.account_id)]


def _chosen(actor: Actor, request: QuoteRequest, is_placing: bool) -> list[HeldCoupon]:
    """Return the chosen coupons; raises CouponNotHeld for one that the actor does not hold."""
    wanted = set(request.coupon_ids)
    if not wanted:
        return []
    held = list_held(actor.account_id, wanted, is_locked=is_placing)
    if len(held) < len(wanted):
        raise CouponNotHeld
    return held


def _quoted_coupon(applied: AppliedCoupon, goods: Sequence[Goods]) -> QuotedCoupon:
    sums: dict[uuid.UUID, int] = {}
    for one, part in zip(goods, applied.parts, strict=False):
        if part:
            owner = one.sku.cooperative_id
            sums[owner] = sums.get(owner, 0) + part
    return QuotedCoupon(coupon=applied.coupon, by_cooperative=sums, reason=applied.reason)


def _merged(lines: Sequence[Wanted]) -> list[Wanted]:
    """Two lines of one SKU are one line: checked, priced and reserved as their sum."""
    sums: dict[uuid.UUID, int] = {}
    for line in lines:
        sums[line.sku_id] = sums.get(line.sku_id, 0) + line.quantity
    if not sums:
        raise NothingToBuy
    if len(sums) > MAX_LINES:
        raise TooManyLines(MAX_LINES)
    return [Wanted(sku_id, quantity) for sku_id, quantity in sorted(sums.items())]


def _priced_orders(
    sellable: Sequence[Goods],
    discounts: Discounts,
    terms: Terms,
    attribution: Attribution,
    sold_by_buyer: frozenset[uuid.UUID],
) -> tuple[QuotedOrder, ...]:
    by_cooperative: dict[uuid.UUID, list[tuple[int, Goods]]] = {}
    for index, goods in enumerate(sellable):
        by_cooperative.setdefault(goods.sku.cooperative_id, []).append((index, goods))
    facts: dict[int, SaleFacts] = {}
    for cooperative_id, items in by_cooperative.items():
        flags = doubts(cooperative_id in sold_by_buyer, False)
        shares = freight_shares(terms, [goods for _, goods in items])
        for (index, goods), share in zip(items, shares, strict=True):
            net_fen = goods.amount_fen - discounts.of(index)
            facts[index] = _facts(goods, net_fen, share, attribution, flags)
    told: dict[uuid.UUID, list[Told]] = {}
    judged = credit_service.judge(list(facts.values()), versions=terms.versions) if facts else []
    for outcome in judged:
        told.setdefault(outcome.line_id, []).append(Told.of(outcome))
    return tuple(
        _order(
            [
                _line(facts[index], goods, discounts.by_platform[index], told)
                for index, goods in items
            ]
        )
        for _, items in sorted(by_cooperative.items())
    )


def _line(
    facts: SaleFacts,
    goods: Goods,
    platform_discount_fen: int,
    told: dict[uuid.UUID, list[Told]],
) -> QuotedLine:
    return QuotedLine(
        id=facts.line_id,
        sku=goods.sku,
        quantity=goods.quantity,
        price_fen=goods.price_fen,
        amount_fen=goods.amount_fen,
        discount_fen=goods.amount_fen - facts.amount_fen,
        platform_discount_fen=platform_discount_fen,
        net_fen=facts.amount_fen,
        freight_fen=facts.freight_fen,
        helps=tuple(told.get(facts.line_id, ())),
    )


def _order(lines: Sequence[QuotedLine]) -> QuotedOrder:
    goods_fen = sum(line.amount_fen for line in lines)
    freight_fen = sum(line.freight_fen for line in lines)
    discount_fen = sum(line.discount_fen for line in lines)
    return QuotedOrder(
        cooperative_id=lines[0].sku.cooperative_id,
        cooperative_name=lines[0].sku.cooperative_name,
        lines=tuple(lines),
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        discount_fen=discount_fen,
        platform_discount_fen=sum(line.platform_discount_fen for line in lines),
        total_fen=goods_fen + freight_fen - discount_fen,
    )


def _facts(
    goods: Goods, net_fen: int, freight_fen: int, attribution: Attribution, flags: tuple[str, ...]
) -> SaleFacts:
    """Return the facts as if the trade were paid today: what counts is what is paid for the goods."""
    sku = goods.sku
    return SaleFacts(
        line_id=new_id(),
        sale_on=clock.today(),
        cooperative_id=sku.cooperative_id,
        cooperative_name=sku.cooperative_name,
        product_id=sku.product_id,
        product_name=sku.product_name,
        category=sku.category_code,
        product_kind=ProductKind(str(sku.product_kind)),
        origin_code=sku.origin_code,
        quantity=goods.quantity,
        unit=sku.unit,
        amount_fen=net_fen,
        freight_fen=freight_fen,
        buying_unit_id=attribution.buying_unit_id,
        buying_unit_name=attribution.buying_unit_name,
        buying_unit_kind=attribution.buying_unit_kind,
        buying_unit_is_budget=attribution.buying_unit_is_budget,
        attribution_code=attribution.region_code,
        channel=attribution.channel,
        outlet_id=attribution.outlet_id,
        certificate_no=sku.certificate_no,
        certificate_valid_from=sku.certificate_valid_from,
        certificate_valid_to=sku.certificate_valid_to,
        certificate_state=sku.certificate_state,
        is_food_or_farm=sku.is_food_or_farm,
        flags=flags,
    )


def _offer(
    orders: Sequence[QuotedOrder],
    coupons: Sequence[QuotedCoupon],
    attribution: Attribution,
    request: QuoteRequest,
) -> Offer:
    """Return what is offered: items, prices, freight, coupons, destination, attribution. Not the
    outcome: that is judged on the day of payment. Nor a coupon that takes off nothing: the page
    unticks it, and what is then sent has to be the same offer.
    """
    return Offer(
        lines={
            line.sku.sku_id: OfferedLine(line.quantity, line.price_fen, line.discount_fen)
            for order in orders
            for line in order.lines
        },
        freight={order.cooperative_id: order.freight_fen for order in orders},
        coupons={one.coupon.holding_id: one.discount_fen for one in coupons if one.discount_fen},
        ship_to_code=request.ship_to_code,
        pickup_point_id=request.pickup_point_id,
        region_code=attribution.region_code,
        buying_unit_id=attribution.buying_unit_id,
    )
