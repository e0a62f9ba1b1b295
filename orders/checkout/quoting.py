"""The quote: what a purchase costs now, and whose quota it helps. It reads and changes nothing."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.money import MAX_FEN
from orders.carts import queries as carts
from orders.checkout.attribution import Attribution, AttributionChoice, attribute
from orders.checkout.errors import NothingToBuy, TooManyLines, TradeTooLarge
from orders.pricing.freight import Goods, freight_shares, why_undeliverable
from orders.pricing.terms import Terms, load_terms
from orders.trades.facts import doubts, sold_by
from orders.trades.told import Told
from partners.buying_units.models import BuyingUnit
from partners.credits import service as credit_service
from partners.credits.facts import ProductKind, SaleFacts
from products.catalogue.queries import SellableSku, list_sellable

MAX_LINES = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces of a SKU."""

    sku_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRequest:
    """What to price: lines (None: the cart), where it goes, for whom it counts."""

    lines: Sequence[Wanted] | None
    ship_to_code: str
    attribution: AttributionChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A priced line; ``id`` becomes the order line's if the quote is placed at once."""

    id: uuid.UUID
    sku: SellableSku
    quantity: int
    amount_fen: int
    discount_fen: int
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
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """Something wanted that cannot be sold now, and why."""

    sku_id: uuid.UUID
    product_name: str | None
    quantity: int
    available: int
    reason: Text


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
    digest: str

    @property
    def needs_approval(self) -> bool:
        """Tell whether the unit wants a second person to approve a purchase of this size."""
        from_fen = self.attribution.approval_from_fen
        return from_fen is not None and self.total_fen >= from_fen


def make_quote(actor: Actor, request: QuoteRequest) -> Quote:
    """Price a purchase and say for every line whose quota it would help, or why none.

    Raises NothingToBuy, TooManyLines, TradeTooLarge and what attribution raises.
    """
    wanted = _merged(_lines_of(actor, request))
    attribution, units = attribute(actor, request.attribution, request.ship_to_code)
    skus = {sku.sku_id: sku for sku in list_sellable([item.sku_id for item in wanted])}
    terms = load_terms(skus.values(), request.ship_to_code)
    sellable, unavailable = _sift(wanted, skus, terms, request.ship_to_code)
    orders = _priced_orders(sellable, terms, attribution, sold_by(actor))
    total_fen = sum(order.total_fen for order in orders)
    if total_fen > MAX_FEN:
        raise TradeTooLarge
    return Quote(
        orders=orders,
        unavailable=tuple(unavailable),
        attribution=attribution,
        units=units,
        goods_fen=sum(order.goods_fen for order in orders),
        freight_fen=sum(order.freight_fen for order in orders),
        discount_fen=sum(order.discount_fen for order in orders),
        total_fen=total_fen,
        digest=_digest(orders, attribution, request.ship_to_code),
    )


def _lines_of(actor: Actor, request: QuoteRequest) -> Sequence[Wanted]:
    if request.lines is not None:
        return request.lines
    return [Wanted(line.sku_id, line.quantity) for line in carts.list_lines(actor.account_id)]


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


def _sift(
    wanted: Sequence[Wanted], skus: dict[uuid.UUID, SellableSku], terms: Terms, ship_to_code: str
) -> tuple[list[Goods], list[Unavailable]]:
    sellable: list[Goods] = []
    unavailable: list[Unavailable] = []
    for item in wanted:
        sku = skus.get(item.sku_id)
        reason = _why_unavailable(sku, item.quantity)
        if sku is not None and reason is None:
            goods = Goods(sku, item.quantity, sku.price_fen)
            reason = why_undeliverable(terms, goods, ship_to_code)
            if reason is None:
                sellable.append(goods)
                continue
        unavailable.append(
            Unavailable(
                sku_id=item.sku_id,
                product_name=sku.product_name if sku else None,
                quantity=item.quantity,
                available=max(sku.available, 0) if sku and sku.is_listed else 0,
                reason=reason or Text("商品不存在", "No such item"),
            )
        )
    return sellable, unavailable


def _why_unavailable(sku: SellableSku | None, quantity: int) -> Text | None:
    if sku is None:
        return Text("商品不存在", "No such item")
    if not sku.is_listed:
        return Text("商品已下架", "No longer sold")
    if sku.available < quantity:
        return Text("库存只剩 {left} 件", "Only {left} left in stock").format(
            left=max(sku.available, 0)
        )
    return None


def _priced_orders(
    sellable: Sequence[Goods],
    terms: Terms,
    attribution: Attribution,
    sold_by_buyer: frozenset[uuid.UUID],
) -> tuple[QuotedOrder, ...]:
    by_cooperative: dict[uuid.UUID, list[Goods]] = {}
    for goods in sellable:
        by_cooperative.setdefault(goods.sku.cooperative_id, []).append(goods)
    facts = {
        goods.sku.sku_id: _facts(
            goods, share, attribution, doubts(cooperative_id in sold_by_buyer, False)
        )
        for cooperative_id, items in by_cooperative.items()
        for goods, share in zip(items, freight_shares(terms, items), strict=True)
    }
    told: dict[uuid.UUID, list[Told]] = {}
    for outcome in credit_service.judge(list(facts.values())) if facts else []:
        told.setdefault(outcome.line_id, []).append(Told.of(outcome))
    return tuple(
        _order([_line(facts[goods.sku.sku_id], goods.sku, told) for goods in items])
        for _, items in sorted(by_cooperative.items())
    )


def _line(facts: SaleFacts, sku: SellableSku, told: dict[uuid.UUID, list[Told]]) -> QuotedLine:
    return QuotedLine(
        id=facts.line_id,
        sku=sku,
        quantity=facts.quantity,
        amount_fen=facts.amount_fen,
        discount_fen=0,
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
        total_fen=goods_fen + freight_fen - discount_fen,
    )


def _facts(
    goods: Goods, freight_fen: int, attribution: Attribution, flags: tuple[str, ...]
) -> SaleFacts:
    """Return the facts as if the trade were paid today."""
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
        amount_fen=goods.amount_fen,
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


def _digest(orders: Sequence[QuotedOrder], attribution: Attribution, ship_to_code: str) -> str:
    """Name what is offered: items, prices, freight, destination, attribution. Not the outcome:
    that is judged on the day of payment.
    """
    parts = [
        f"{line.sku.sku_id}*{line.quantity}@{line.sku.price_fen}-{line.discount_fen}"
        for order in orders
        for line in order.lines
    ]
    parts += [f"{order.cooperative_id}+{order.freight_fen}" for order in orders]
    parts += [ship_to_code, attribution.region_code, str(attribution.buying_unit_id)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
