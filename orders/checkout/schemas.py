"""Commands in and quotes out."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.fields import IdField, QuantityField, RegionCodeField, TelephoneField, TextField
from marketplace.http import Schema
from marketplace.language import Text
from orders.checkout.changes import ChangeKind
from orders.checkout.offering import MAX_TOKEN
from orders.checkout.quoting import MAX_LINES
from orders.trades.models import AttributionSource
from orders.trades.schemas import AttributionSchema, ToldSchema

MAX_COUPONS = 20
MAX_REMARK = 200

_ONE_PLACE = Text(
    "收货地区、地址簿中的地址和自提点须填且只填一项",
    "Give either ship_to_code, address_id or pickup_point_id, and only one of them",
)
_COLLECTOR = Text(
    "选自提点时须填写取货人，其他方式不填",
    "Give collected_by with pickup_point_id, and only with it",
)
_ONE_RECIPIENT = Text(
    "收货人信息和地址簿中的地址须填且只填一项",
    "Give either ship_to or address_id, and only one of them",
)


class WantedSchema(Schema):
    """So many pieces of a SKU. Prices are ours to say."""

    sku_id = IdField(required=True)
    quantity = QuantityField(required=True)


class AttributionChoiceSchema(Schema):
    """For whom the purchase should count; left out, the default decides and explains itself."""

    source = fields.Enum(AttributionSource, by_value=True, load_default=None)
    buying_unit_id = IdField(load_default=None)
    region_code = RegionCodeField(load_default=None)
    outlet_id = IdField(load_default=None)


class QuoteRequestSchema(Schema):
    """What to price: lines, or the cart where they are left out; where to: a division, an
    address of the book, or a pick-up point.
    """

    lines = fields.List(
        fields.Nested(WantedSchema), load_default=None, validate=validate.Length(1, MAX_LINES)
    )
    ship_to_code = RegionCodeField(load_default=None)
    address_id = IdField(load_default=None)
    pickup_point_id = IdField(load_default=None)
    attribution = fields.Nested(AttributionChoiceSchema, load_default=dict)
    coupon_ids = fields.List(
        IdField(),
        load_default=list,
        validate=validate.Length(max=MAX_COUPONS),
        metadata={"description": "Coupons held: at most one of each issuer takes something off"},
    )

    @validates_schema
    def _name_one_place(self, data: dict[str, Any], **_: Any) -> None:
        places = ("ship_to_code", "address_id", "pickup_point_id")
        if sum(data[name] is not None for name in places) != 1:
            raise ValidationError([_ONE_PLACE], "ship_to_code")


class RecipientCommandSchema(Schema):
    """Who receives the goods, and where."""

    name = TextField(minimum=1, maximum=40, required=True)
    phone = TelephoneField(required=True)
    address = TextField(minimum=1, maximum=200, required=True)


class CollectorSchema(Schema):
    """Who collects the goods at the pick-up point."""

    name = TextField(minimum=1, maximum=40, required=True)
    phone = TelephoneField(required=True)


class RemarkToSchema(Schema):
    """A word to one cooperative about its part of the purchase."""

    cooperative_id = IdField(required=True)
    remark = TextField(required=True, maximum=MAX_REMARK, multiline=True)


class PlaceTradeSchema(QuoteRequestSchema):
    """A quote accepted: the same request, the quote's digest, and who receives the goods (who
    stands in the book, where ``address_id`` is given; who collects them, at a pick-up point).
    """

    quote_digest = fields.String(required=True, validate=validate.Length(1, 64))
    quote_token = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_TOKEN),
        metadata={"description": "The quote's, so that a refusal can tell what changed since"},
    )
    ship_to = fields.Nested(RecipientCommandSchema, load_default=None)
    collected_by = fields.Nested(CollectorSchema, load_default=None)
    remarks = fields.List(
        fields.Nested(RemarkToSchema),
        load_default=list,
        validate=validate.Length(max=MAX_LINES),
        metadata={"description": "Words to the cooperatives; no part of what the digest names"},
    )

    @validates_schema
    def _name_one_recipient(self, data: dict[str, Any], **_: Any) -> None:
        if (data["collected_by"] is None) != (data["pickup_point_id"] is None):
            raise ValidationError([_COLLECTOR], "collected_by")
        known = data["address_id"] is not None or data["pickup_point_id"] is not None
        if (data["ship_to"] is None) != known:
            raise ValidationError([_ONE_RECIPIENT], "ship_to")


class ChangeSchema(Schema):
    """One thing that is not as it was shown; amounts in fen, places by code."""

    kind = fields.Enum(ChangeKind, by_value=True)
    about_id = fields.UUID(allow_none=True)
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    text = fields.String()


class QuotedLineSchema(Schema):
    """A priced line and whose quota it would help."""

    sku_id = fields.UUID(attribute="sku.sku_id")
    product_id = fields.UUID(attribute="sku.product_id")
    product_name = fields.String(attribute="sku.product_name")
    spec = fields.String(attribute="sku.spec")
    unit = fields.String(attribute="sku.unit")
    photo_url = fields.String(attribute="sku.photo_url", allow_none=True)
    origin_code = fields.String(attribute="sku.origin_code", allow_none=True)
    certificate_no = fields.String(attribute="sku.certificate_no", allow_none=True)
    return_class = fields.String(attribute="sku.return_class")
    price_fen = fields.Integer(metadata={"description": "Of a piece, at this quantity"})
    list_price_fen = fields.Integer(attribute="sku.price_fen")
    quantity = fields.Integer()
    amount_fen = fields.Integer()
    discount_fen = fields.Integer()
    net_fen = fields.Integer()
    helps = fields.List(fields.Nested(ToldSchema))


class QuotedOrderSchema(Schema):
    """One cooperative's part."""

    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    goods_fen = fields.Integer()
    freight_fen = fields.Integer()
    discount_fen = fields.Integer()
    total_fen = fields.Integer()
    lines = fields.List(fields.Nested(QuotedLineSchema))


class QuotedCouponSchema(Schema):
    """A chosen coupon: what it takes off, or the reason why nothing."""

    id = fields.UUID(attribute="coupon.holding_id")
    name = fields.String(attribute="coupon.name")
    discount_fen = fields.Integer()
    reason = fields.String(allow_none=True)


class UnavailableSchema(Schema):
    """Something wanted that cannot be sold now."""

    sku_id = fields.UUID()
    product_name = fields.String(allow_none=True)
    quantity = fields.Integer()
    available = fields.Integer()
    reason = fields.String()
    remedy = fields.String(metadata={"description": "What the buyer can do about it"})


class QuotedAttributionSchema(AttributionSchema):
    """Whom it would count for, and why."""

    explanation = fields.String()


class UnitChoiceSchema(Schema):
    """A unit that the caller buys for."""

    id = fields.UUID()
    name = fields.String()
    region_code = fields.String()


class QuoteSchema(Schema):
    """A priced purchase; ``quote_digest`` is repeated when placing it, ``quote_token`` too if one
    wants to be told what changed.
    """

    quote_digest = fields.String(attribute="digest")
    quote_token = fields.String(attribute="token")
    needs_approval = fields.Boolean()
    orders = fields.List(fields.Nested(QuotedOrderSchema))
    unavailable = fields.List(fields.Nested(UnavailableSchema))
    attribution = fields.Nested(QuotedAttributionSchema)
    units = fields.List(fields.Nested(UnitChoiceSchema))
    pickup_point_id = fields.UUID(attribute="offer.pickup_point_id", allow_none=True)
    coupons = fields.List(fields.Nested(QuotedCouponSchema))
    goods_fen = fields.Integer()
    freight_fen = fields.Integer()
    discount_fen = fields.Integer()
    total_fen = fields.Integer()
