"""Bulk prices and limits in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.fields import FenField, IdField, QuantityField
from marketplace.http import Schema
from marketplace.language import Text
from products.catalogue.schemas import MAX_PRICE_FEN, StrictBoolean
from products.offers.models import Period

MAX_STEPS = 20
MAX_LIMITS = 101

_NOTHING = Text("请填写每单或一段时间内的限购数量", "Give a limit per order or per period")
_NO_PERIOD = Text("请选择限购的时间", "Choose the period")
_TWICE = Text("同一规格只能限购一次", "A spec is limited twice")


class PriceStepSchema(Schema):
    """The price of one piece from a quantity on."""

    from_quantity = QuantityField(required=True, minimum=2)
    price_fen = FenField(required=True, minimum=1, maximum=MAX_PRICE_FEN)
    is_for_units = StrictBoolean(load_default=False)


class SetPriceStepsSchema(Schema):
    """All bulk prices of a spec; an empty list ends them."""

    steps = fields.List(
        fields.Nested(PriceStepSchema), required=True, validate=validate.Length(max=MAX_STEPS)
    )


class BuyerLimitSchema(Schema):
    """How many pieces one buyer may order; without a spec, of all of the product's together."""

    sku_id = IdField(load_default=None, allow_none=True)
    per_order = QuantityField(load_default=None, allow_none=True)
    per_period = QuantityField(load_default=None, allow_none=True)
    period = fields.Enum(Period, by_value=True, load_default=None, allow_none=True)

    @validates_schema
    def _check_sense(self, data: dict[str, Any], **_: Any) -> None:
        if data["per_order"] is None and data["per_period"] is None:
            raise ValidationError({"per_order": [_NOTHING]})
        if (data["per_period"] is None) != (data["period"] is None):
            raise ValidationError({"period": [_NO_PERIOD]})


class SetBuyerLimitsSchema(Schema):
    """All limits of a product; an empty list ends them."""

    limits = fields.List(
        fields.Nested(BuyerLimitSchema), required=True, validate=validate.Length(max=MAX_LIMITS)
    )

    @validates_schema
    def _check_single(self, data: dict[str, Any], **_: Any) -> None:
        named = [limit["sku_id"] for limit in data["limits"]]
        if len(set(named)) < len(named):
            raise ValidationError({"limits": [_TWICE]})


class OfferedStepSchema(PriceStepSchema):
    """A bulk price and its spec."""

    sku_id = fields.UUID()


class OffersSchema(Schema):
    """On what terms a product is offered beside its prices."""

    product_id = fields.UUID()
    version = fields.Integer(metadata={"description": "Of the entity tag that changes name"})
    price_steps = fields.List(fields.Nested(OfferedStepSchema))
    buyer_limits = fields.List(fields.Nested(BuyerLimitSchema))
