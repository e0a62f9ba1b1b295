"""The API of buying: quotes and trades."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.addresses.choosing import fill_in_address
from orders.checkout import closing, service
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import Quote, QuoteRequest, make_quote
from orders.checkout.schemas import (
    PlaceTradeSchema,
    QuoteRequestSchema,
    QuoteSchema,
)
from orders.checkout.service import Recipient
from orders.checkout.sifting import Wanted
from orders.pickups.choosing import fill_in_pickup
from orders.trades import queries
from orders.trades.models import Trade
from orders.trades.schemas import TradePageSchema, TradeSchema
from orders.trades.whole import WholeTrade, get_whole_trade, with_orders

blp = ApiBlueprint(
    "checkout", __name__, url_prefix="/api/v1", description="报价与下单 Quotes and trades"
)


def read_request(command: dict[str, Any]) -> QuoteRequest:
    """Return what a command wants priced; its address is filled in already."""
    lines = command["lines"]
    return QuoteRequest(
        lines=None if lines is None else [Wanted(**line) for line in lines],
        ship_to_code=command["ship_to_code"],
        attribution=AttributionChoice(**command["attribution"]),
        coupon_ids=command["coupon_ids"],
        pickup_point_id=command["pickup_point_id"],
        remarks={one["cooperative_id"]: one["remark"] for one in command.get("remarks", ())},
    )


@blp.route("/quotes", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@blp.arguments(QuoteRequestSchema)
@blp.response(200, QuoteSchema)
def quote_purchase(command: dict[str, Any]) -> Quote:
    """Price lines or the cart, and say whose quota each line would help. Changes nothing."""
    fill_in_address(current_actor(), command)
    fill_in_pickup(command)
    return make_quote(current_actor(), read_request(command))


@blp.route("/trades", methods=["POST"])
@requires(Permission.TRADE_PLACE)
@idempotent
@blp.arguments(PlaceTradeSchema)
@blp.response(201, TradeSchema)
def place_trade(command: dict[str, Any]) -> WholeTrade:
    """Place what was quoted: one trade, one order per cooperative, stock held until it expires."""
    with transaction():
        fill_in_address(current_actor(), command)
        fill_in_pickup(command)
        return service.place_trade(
            current_actor(),
            read_request(command),
            recipient=Recipient(**command["ship_to"]),
            quote_digest=command["quote_digest"],
            quote_token=command["quote_token"],
        )


@blp.route("/trades", methods=["GET"])
@requires(Permission.TRADE_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, TradePageSchema)
def list_trades(query: dict[str, Any]) -> Page[WholeTrade]:
    """List the caller's trades, newest first."""
    actor = current_actor()
    page = paginate(
        queries.trades_visible_to(actor), [(Trade.id, "desc")], query["limit"], query["after"]
    )
    return Page(with_orders(actor, page.items), page.next)


@blp.route("/trades/<uuid:trade_id>", methods=["GET"])
@requires(Permission.TRADE_READ)
@blp.response(200, TradeSchema)
def get_trade(trade_id: uuid.UUID) -> WholeTrade:
    """Show a trade with its orders and what may be done with it now."""
    return get_whole_trade(current_actor(), trade_id)


@blp.route("/trades/<uuid:trade_id>/cancel", methods=["POST"])
@requires(Permission.TRADE_CANCEL)
@blp.response(200, TradeSchema)
def cancel_trade(trade_id: uuid.UUID) -> WholeTrade:
    """Cancel an unpaid trade; its stock is free again. Asks the payment provider first."""
    closing.cancel_trade(current_actor(), trade_id)
    return get_whole_trade(current_actor(), trade_id)
