"""Place a trade from a quote: the few statements that every purchase passes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import orjson
from flask import current_app

from marketplace import audit, clock, secrets
from marketplace.database import detached
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announcement, announcing
from marketplace.statements import Part, count_of
from orders.carts import service as carts
from orders.checkout.attribution import Attribution
from orders.checkout.changes import list_changes
from orders.checkout.errors import QuoteChanged, RemarkToNobody
from orders.checkout.offering import read_token
from orders.checkout.quoting import Quote, QuotedLine, QuotedOrder, QuoteRequest, make_quote
from orders.checkout.schemas import ChangeSchema, QuoteSchema
from orders.coupons.service import Use, noting_uses, use_coupons
from orders.pickups.offering import address_of, writing_pickups
from orders.requisitions.thresholds import require_no_approval
from orders.trades.models import Order, Trade
from orders.trades.states import OrderState, TradeState
from orders.trades.whole import WholeTrade
from partners.regions.queries import tree
from products.stock import service as stock

# Looked up by the statement that writes the line, so that a fee costs no round trip of its own:
# what the schedule says that day stays on the line.
_LOOKED_UP = {"fee_rate_bp": "fee_rate_on(category_code, %(ordered_on)s)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives the goods and where: personal data, sealed before it is stored."""

    name: str
    phone: str
    address: str

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        return secrets.seal(
            orjson.dumps({"name": self.name, "phone": self.phone, "address": self.address}).decode()
        )

    @classmethod
    def unseal(cls, sealed: bytes) -> "Recipient":
        """Read what ``seal`` made."""
        return cls(**orjson.loads(secrets.unseal(sealed)))


def place_trade(
    actor: Actor,
    request: QuoteRequest,
    *,
    recipient: Recipient,
    quote_digest: str,
    quote_token: str = "",
    is_approved: bool = False,
    pay_within: timedelta | None = None,
) -> WholeTrade:
    """Make a trade and its orders exactly as quoted, and hold their stock.

    Raises QuoteChanged with the new quote, and what changed since ``quote_token``, when anything
    the buyer saw is different now: nobody pays a price that they were not shown. StockShort when others were faster. RemarkToNobody. ApprovalRequired
    where the unit wants a second person first, unless one approved (``orders.requisitions``).
    """
    quote = make_quote(actor, request, is_placing=True)
    if quote.unavailable or quote.digest != quote_digest:
        raise changed(quote, quote_digest, quote_token)
    settled = quote.attribution
    if settled.approval_from_fen is not None and settled.buying_unit_id and not is_approved:
        require_no_approval(
            actor.account_id, settled.buying_unit_id, settled.approval_from_fen, quote.total_fen
        )
    if not request.remarks.keys() <= {order.cooperative_id for order in quote.orders}:
        raise RemarkToNobody
    if quote.pickup is not None:
        recipient = replace(recipient, address=address_of(quote.pickup.point))
    trade = _trade_values(actor, quote, pay_within)
    sealed = recipient.seal()
    orders = [
        _order_values(trade, order, quote.attribution, sealed, request) for order in quote.orders
    ]
    lines = [
        _line_values(order["id"], position, line)
        for order, quoted in zip(orders, quote.orders, strict=True)
        for position, line in enumerate(quoted.lines, start=1)
    ]
    uses = _coupon_uses(quote, orders)
    use_coupons(actor.account_id, trade["id"], {use.holding_id for use in uses})
    if request.lines is None:
        carts.take_bought(actor.account_id, [line["sku_id"] for line in lines])
    audited = audit.writing([audit.entry("trade.placed", "trade", trade["id"], actor=actor)])
    # Last, because stock is what others buy too: its rows are held for the commit only.
    noted = [noting_uses(actor.account_id, trade["id"], uses)] if uses else []
    kept = [writing_pickups(quote.pickup.point, orders)] if quote.pickup else []
    beside = [_writing(trade, orders, lines), *kept, *noted, audited, _telling(trade, settled)]
    stock.reserve_all(_stock_items(lines), beside=beside)
    placed = [detached(Order, order) for order in orders]
    return WholeTrade(detached(Trade, trade), placed, is_buyers=True)


def changed(quote: Quote, quote_digest: str, quote_token: str = "") -> QuoteChanged:
    """Return the refusal of an offer that is not what the quote says now, telling what changed."""
    changes = list_changes(read_token(quote_token, quote_digest), quote)
    return QuoteChanged(
        QuoteSchema().dump(quote),
        ChangeSchema(many=True).dump(changes),
        [change.text for change in changes],
    )


def _telling(trade: dict[str, Any], settled: Attribution) -> Part:
    placed = announcement(
        EventKind.TRADE_PLACED,
        subject_id=trade["id"],
        account_id=trade["account_id"],
        buying_unit_id=settled.buying_unit_id,
        facts={"state": trade["state"], "total_fen": trade["total_fen"]},
    )
    return announcing([placed])


def _trade_values(actor: Actor, quote: Quote, pay_within: timedelta | None) -> dict[str, Any]:
    now = clock.now()
    if pay_within is None:
        pay_within = timedelta(minutes=current_app.config["SETTINGS"].trade_expires_minutes)
    return {
        "id": new_id(),
        "account_id": actor.account_id,
        "trade_no": new_number("JY"),
        "state": TradeState.OPEN,
        "goods_fen": quote.goods_fen,
        "freight_fen": quote.freight_fen,
        "discount_fen": quote.discount_fen,
        "total_fen": quote.total_fen,
        "placed_at": now,
        "expires_at": now + pay_within,
    }


def _order_values(
    trade: dict[str, Any],
    order: QuotedOrder,
    attribution: Attribution,
    ship_to: bytes,
    request: QuoteRequest,
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "cooperative_id": order.cooperative_id,
        "cooperative_name": order.cooperative_name,
        "trade_id": trade["id"],
        "account_id": trade["account_id"],
        "order_no": new_number("DD"),
        "state": OrderState.UNPAID,
        "buying_unit_id": attribution.buying_unit_id,
        "buying_unit_name": attribution.buying_unit_name,
        "buying_unit_kind": attribution.buying_unit_kind,
        "buying_unit_is_budget": attribution.buying_unit_is_budget,
        "attribution_code": attribution.region_code,
        "attribution_source": attribution.source,
        "channel": attribution.channel,
        "outlet_id": attribution.outlet_id,
        "goods_fen": order.goods_fen,
        "freight_fen": order.freight_fen,
        "discount_fen": order.discount_fen,
        "platform_discount_fen": order.platform_discount_fen,
        "total_fen": order.total_fen,
        "freight_refunded_fen": 0,
        "ship_to": ship_to,
        "ship_to_code": request.ship_to_code,
        "pickup_point_id": request.pickup_point_id,
        "remark": request.remarks.get(order.cooperative_id),
        "placed_at": trade["placed_at"],
    }


def _line_values(order_id: uuid.UUID, position: int, line: QuotedLine) -> dict[str, Any]:
    sku = line.sku
    origin = sku.origin_code
    return {
        "id": line.id,
        "cooperative_id": sku.cooperative_id,
        "order_id": order_id,
        "position": position,
        "sku_id": sku.sku_id,
        "product_id": sku.product_id,
        "product_name": sku.product_name,
        "spec": sku.spec,
        "unit": sku.unit,
        "weight_g": sku.weight_g,
        "category_code": sku.category_code,
        "category_name": sku.category_name,
        "product_kind": str(sku.product_kind),
        "is_food_or_farm": sku.is_food_or_farm,
        "photo_url": sku.photo_url,
        "origin_code": origin,
        "origin_name": tree().full_name(origin) if origin and origin in tree() else None,
        "certificate_no": sku.certificate_no,
        "certificate_valid_from": sku.certificate_valid_from,
        "certificate_valid_to": sku.certificate_valid_to,
        "certificate_state": sku.certificate_state,
        "price_fen": line.price_fen,
        "list_price_fen": sku.price_fen if line.price_fen < sku.price_fen else None,
        "quantity": line.quantity,
        "amount_fen": line.amount_fen,
        "discount_fen": line.discount_fen,
        "platform_discount_fen": line.platform_discount_fen,
        "platform_returned_fen": 0,
        "net_fen": line.net_fen,
        "freight_fen": line.freight_fen,
        "fee_rate_bp": None,
        "told": [told.as_json() for told in line.helps],
        "return_class": str(sku.return_class),
        "shipped_quantity": 0,
        "released_quantity": 0,
        "claimed_fen": 0,
        "claimed_quantity": 0,
        "refunded_fen": 0,
    }


def _writing(
    trade: dict[str, Any], orders: list[dict[str, Any]], lines: list[dict[str, Any]]
) -> Part:
    """Return the writing of a trade, its orders and their lines."""
    values = {
        "trade": _json([trade]),
        "orders": _json(orders),
        "lines": _json(lines),
        "ordered_on": clock.shanghai_date(trade["placed_at"]),
    }
    inserts = _insert_of(tuple(trade), tuple(orders[0]), tuple(lines[0]))
    # All three are told of, in their order, so that they are written before the stock is locked.
    told = [count_of(each) for each in ("placed_trade", "placed_orders", "placed_lines")]
    return Part(inserts, values, ", ".join(told))


@cache
def _insert_of(trade: tuple[str, ...], order: tuple[str, ...], line: tuple[str, ...]) -> str:
    """Write out the inserts; the columns are named, so that one added later keeps its default."""

    def insert(name: str, table: str, columns: tuple[str, ...], rows: str) -> str:
        names = ", ".join(columns)
        values = ", ".join(_LOOKED_UP.get(column, column) for column in columns)
        source = f"jsonb_populate_recordset(NULL::{table}, CAST(%({rows})s AS jsonb))"
        return (
            f"{name} AS (INSERT INTO {table} ({names}) SELECT {values} FROM {source}"  # noqa: S608 - our own names
            " RETURNING id)"
        )

    return ", ".join(
        (
            insert("placed_trade", "trades", trade, "trade"),
            insert("placed_orders", "orders", order, "orders"),
            insert("placed_lines", "order_lines", line, "lines"),
        )
    )


def _json(rows: list[dict[str, Any]]) -> str:
    """Return rows as JSON that PostgreSQL reads into columns; bytes in its hexadecimal form."""
    return orjson.dumps(rows, default=lambda sealed: f"\\x{sealed.hex()}").decode()


def _coupon_uses(quote: Quote, orders: Sequence[dict[str, Any]]) -> list[Use]:
    """Return what each chosen coupon takes off each order; one that takes off nothing is kept."""
    order_ids = {order["cooperative_id"]: order["id"] for order in orders}
    return [
        Use(
            holding_id=one.coupon.holding_id,
            coupon_id=one.coupon.coupon_id,
            bearer=one.coupon.bearer,
            cooperative_id=cooperative_id,
            order_id=order_ids[cooperative_id],
            discount_fen=discount_fen,
        )
        for one in quote.coupons
        for cooperative_id, discount_fen in one.by_cooperative.items()
    ]


def _stock_items(lines: Sequence[dict[str, Any]]) -> dict[uuid.UUID, list[stock.StockItem]]:
    items: dict[uuid.UUID, list[stock.StockItem]] = {}
    for line in lines:
        item = stock.StockItem(line["cooperative_id"], line["sku_id"], line["quantity"])
        items.setdefault(line["order_id"], []).append(item)
    return items
