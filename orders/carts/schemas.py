"""Commands in and the cart out."""

from marshmallow import fields

from marketplace.fields import IdField, QuantityField
from marketplace.http import Schema
from orders.carts.service import StaleReason


class AddToCartSchema(Schema):
    """So many more pieces of a SKU."""

    sku_id = IdField(required=True)
    quantity = QuantityField(load_default=1)


class SetCartLineSchema(Schema):
    """Exactly so many pieces."""

    quantity = QuantityField(required=True)


class CartLineSchema(Schema):
    """A line of the cart beside what the SKU is now; ``stale`` says what changed since."""

    sku_id = fields.UUID(attribute="line.sku_id")
    quantity = fields.Integer(attribute="line.quantity")
    price_seen_fen = fields.Integer(attribute="line.price_seen_fen")
    added_at = fields.AwareDateTime(attribute="line.added_at")
    price_fen = fields.Integer(metadata={"description": "Of a piece, in this quantity"})
    list_price_fen = fields.Integer(attribute="sku.price_fen")
    amount_fen = fields.Integer()
    available = fields.Integer(attribute="sku.available")
    product_id = fields.UUID(attribute="sku.product_id")
    product_name = fields.String(attribute="sku.product_name")
    spec = fields.String(attribute="sku.spec")
    unit = fields.String(attribute="sku.unit")
    photo_url = fields.String(attribute="sku.photo_url", allow_none=True)
    cooperative_id = fields.UUID(attribute="sku.cooperative_id")
    cooperative_name = fields.String(attribute="sku.cooperative_name")
    origin_code = fields.String(attribute="sku.origin_code", allow_none=True)
    stale = fields.List(fields.Enum(StaleReason, by_value=True))
    notes = fields.List(fields.String())


class CartSchema(Schema):
    """The cart; ``goods_fen`` sums the lines that can be bought as they stand, at bulk prices."""

    lines = fields.List(fields.Nested(CartLineSchema))
    goods_fen = fields.Integer()
