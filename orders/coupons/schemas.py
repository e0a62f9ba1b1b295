"""Coupons in and out."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from marketplace.fields import FenField, IdField, QuantityField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from orders.coupons.models import HoldingState, Party
from orders.coupons.service import Terms

MAX_PRODUCTS = 200
MAX_OFF_FEN = 10_000_000

_NOT_BELOW = Text("门槛须高于优惠金额", "The threshold must exceed what is taken off")
_ENDS_FIRST = Text("结束时间须晚于开始时间", "It must end after it begins")
_NEEDS_SCOPE = Text(
    "由合作社承担的，请选合作社并填写协议文号",
    "Where a cooperative bears it, name the cooperative and the agreement",
)


class IssueCouponSchema(Schema):
    """So much off goods of at least so much, for so many, in [valid_from_at, valid_until_at)."""

    name = TextField(required=True, maximum=40)
    amount_off_fen = FenField(required=True, minimum=1, maximum=MAX_OFF_FEN)
    from_fen = FenField(required=True, minimum=2)
    total_limit = QuantityField(required=True)
    per_account_limit = QuantityField(load_default=1, maximum=100)
    valid_from_at = fields.AwareDateTime(required=True)
    valid_until_at = fields.AwareDateTime(required=True)
    product_ids = fields.List(
        IdField(), load_default=list, validate=validate.Length(max=MAX_PRODUCTS)
    )

    @validates_schema
    def _check_sense(self, data: dict[str, Any], **_: Any) -> None:
        wrong: dict[str, list[Any]] = {}
        if data["from_fen"] <= data["amount_off_fen"]:
            wrong["from_fen"] = [_NOT_BELOW]
        if data["valid_until_at"] <= data["valid_from_at"]:
            wrong["valid_until_at"] = [_ENDS_FIRST]
        if wrong:
            raise ValidationError(wrong)

    @post_load
    def _gather(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        names = Terms.__dataclass_fields__
        terms = Terms(**{name: data.pop(name) for name in list(data) if name in names})
        return {"terms": terms, **data}


class IssuePlatformCouponSchema(IssueCouponSchema):
    """A coupon of the platform; a cooperative bears it only for its goods and by agreement."""

    bearer = fields.Enum(Party, by_value=True, load_default=Party.PLATFORM)
    cooperative_id = IdField(load_default=None, allow_none=True)
    document = TextField(load_default=None, allow_none=True, maximum=100)

    @validates_schema
    def _check_bearer(self, data: dict[str, Any], **_: Any) -> None:
        if data["bearer"] is Party.COOPERATIVE and not (
            data["cooperative_id"] and data["document"]
        ):
            raise ValidationError({"cooperative_id": [_NEEDS_SCOPE]})


class CouponSchema(Schema):
    """A coupon as everybody may see it."""

    id = fields.UUID()
    coupon_no = fields.String()
    name = fields.String()
    issuer = fields.Enum(Party, by_value=True)
    cooperative_id = fields.UUID(allow_none=True)
    is_for_products = fields.Boolean()
    amount_off_fen = fields.Integer()
    from_fen = fields.Integer()
    per_account_limit = fields.Integer()
    valid_from_at = fields.AwareDateTime()
    valid_until_at = fields.AwareDateTime()


class CouponPageSchema(Schema):
    """One page of coupons."""

    items = fields.List(fields.Nested(CouponSchema))
    next = fields.String(allow_none=True)


class ClaimableQuerySchema(ListQuerySchema):
    """What helps to buy of a cooperative, or a product."""

    cooperative_id = IdField(load_default=None)
    product_id = IdField(load_default=None)


class HoldingSchema(Schema):
    """A coupon in the caller's hands."""

    id = fields.UUID(attribute="holding.id")
    state = fields.Enum(HoldingState, attribute="holding.state", by_value=True)
    standing = fields.String(metadata={"description": "held, used or expired"})
    trade_id = fields.UUID(attribute="holding.trade_id", allow_none=True)
    claimed_at = fields.AwareDateTime(attribute="holding.claimed_at")
    used_at = fields.AwareDateTime(attribute="holding.used_at", allow_none=True)
    coupon = fields.Nested(CouponSchema)


class HoldingPageSchema(Schema):
    """One page of held coupons."""

    items = fields.List(fields.Nested(HoldingSchema))
    next = fields.String(allow_none=True)


class IssuedCouponSchema(Schema):
    """A coupon with what became of it, for its issuer, finance and auditors."""

    coupon = fields.Nested(CouponSchema)
    bearer = fields.Enum(Party, attribute="coupon.bearer", by_value=True)
    document = fields.String(attribute="coupon.document", allow_none=True)
    total_limit = fields.Integer(attribute="coupon.total_limit")
    claimed = fields.Integer(attribute="coupon.claimed")
    used = fields.Integer()
    discount_fen = fields.Integer(
        metadata={"description": "What it took off trades that stand, before refunds"}
    )
    issued_at = fields.AwareDateTime(attribute="coupon.issued_at")
    stopped_at = fields.AwareDateTime(attribute="coupon.stopped_at", allow_none=True)


class IssuedCouponPageSchema(Schema):
    """One page of issued coupons."""

    items = fields.List(fields.Nested(IssuedCouponSchema))
    next = fields.String(allow_none=True)
