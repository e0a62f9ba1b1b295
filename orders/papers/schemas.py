"""Papers in and out."""

from marshmallow import fields

from marketplace.http import Schema
from orders.papers.models import PaperKind


class MakePaperSchema(Schema):
    """Which paper of the order is wanted."""

    kind = fields.Enum(PaperKind, by_value=True, required=True)


class OrderPaperSchema(Schema):
    """A paper: its number, the code and the hash by which a copy is checked."""

    id = fields.UUID()
    order_id = fields.UUID()
    kind = fields.Enum(PaperKind, by_value=True)
    paper_no = fields.String()
    code = fields.String()
    content_hash = fields.Function(lambda paper: paper.content_hash.hex())
    total_fen = fields.Integer()
    made_at = fields.AwareDateTime()


class OfferSchema(Schema):
    """A kind of paper that may be taken now; ``paper`` is null until somebody asks for it."""

    kind = fields.Enum(PaperKind, by_value=True)
    paper = fields.Nested(OrderPaperSchema, allow_none=True)


class OfferListSchema(Schema):
    """The papers that an order has or may have now."""

    items = fields.List(fields.Nested(OfferSchema))


class CheckedPaperSchema(Schema):
    """What anybody with the code may know of a paper: no person, no goods, no address."""

    kind = fields.Enum(PaperKind, by_value=True)
    paper_no = fields.String()
    cooperative_name = fields.String()
    buying_unit_name = fields.String()
    total_fen = fields.Integer()
    content_hash = fields.Function(lambda paper: paper.content_hash.hex())
    made_at = fields.AwareDateTime()
