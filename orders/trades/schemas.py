"""Nouns out: trades, attribution, and whose quota a line helps."""

from marshmallow import fields

from marketplace.http import Schema
from orders.trades.models import AttributionSource
from orders.trades.states import OrderState, TradeState


class ToldSchema(Schema):
    """Whether and for whom a line counts under one scheme."""

    scheme = fields.String()
    counts = fields.Boolean()
    is_held = fields.Boolean()
    stage = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    amount_fen = fields.Integer()
    net_fen = fields.Integer(metadata={"description": "What stands after refunds"})
    pairing_id = fields.UUID(allow_none=True)
    region_code = fields.String(allow_none=True)
    region_name = fields.String(allow_none=True)
    reason_code = fields.String()
    reason = fields.String(metadata={"description": "The reason, in the caller's language"})


class AttributionSchema(Schema):
    """Whom an order counts for."""

    source = fields.Enum(AttributionSource, by_value=True)
    region_code = fields.String(allow_none=True)
    region_name = fields.String(allow_none=True)
    buying_unit_id = fields.UUID(allow_none=True)
    buying_unit_name = fields.String(allow_none=True)
    channel = fields.String()
    outlet_id = fields.UUID(allow_none=True)


class OrderSummarySchema(Schema):
    """An order inside its trade."""

    id = fields.UUID()
    order_no = fields.String()
    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    state = fields.Enum(OrderState, by_value=True)
    goods_fen = fields.Integer()
    freight_fen = fields.Integer()
    discount_fen = fields.Integer()
    total_fen = fields.Integer()


class TradeSchema(Schema):
    """What is paid together."""

    id = fields.UUID(attribute="trade.id")
    trade_no = fields.String(attribute="trade.trade_no")
    state = fields.Enum(TradeState, attribute="trade.state", by_value=True)
    state_title = fields.String()
    actions = fields.List(fields.String())
    goods_fen = fields.Integer(attribute="trade.goods_fen")
    freight_fen = fields.Integer(attribute="trade.freight_fen")
    discount_fen = fields.Integer(attribute="trade.discount_fen")
    total_fen = fields.Integer(attribute="trade.total_fen")
    placed_at = fields.AwareDateTime(attribute="trade.placed_at")
    expires_at = fields.AwareDateTime(attribute="trade.expires_at")
    paid_at = fields.AwareDateTime(attribute="money_at", allow_none=True)
    closed_at = fields.AwareDateTime(attribute="trade.closed_at", allow_none=True)
    orders = fields.List(fields.Nested(OrderSummarySchema))


class TradePageSchema(Schema):
    """One page of trades."""

    items = fields.List(fields.Nested(TradeSchema))
    next = fields.String(allow_none=True)
