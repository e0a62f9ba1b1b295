"""What the API takes in and shows of stock moves."""

from marshmallow import fields

from marketplace.fields import MAX_QUANTITY, TextField, WholeField
from marketplace.http import Schema
from products.stock.models import StockMoveKind


class AdjustStockSchema(Schema):
    """Pieces received or written off (a count), or a correction (signed)."""

    kind = fields.Enum(StockMoveKind, by_value=True, required=True)
    quantity = WholeField(required=True, minimum=-MAX_QUANTITY, maximum=MAX_QUANTITY)
    note = TextField(load_default=None, maximum=200, allow_none=True)


class StockMoveSchema(Schema):
    """A signed change of what is on hand."""

    id = fields.UUID()
    kind = fields.Enum(StockMoveKind, by_value=True)
    quantity = fields.Integer()
    order_id = fields.UUID(allow_none=True)
    moved_at = fields.AwareDateTime()
    note = fields.String(allow_none=True)


class StockMovePageSchema(Schema):
    """One page of a spec's moves."""

    items = fields.List(fields.Nested(StockMoveSchema))
    next = fields.String(allow_none=True)
