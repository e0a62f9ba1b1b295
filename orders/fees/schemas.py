"""The fee schedule in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.fields import RateField, TextField
from marketplace.http import Schema
from marketplace.language import Text
from orders.fees.models import MAX_RATE_BP

_ENDS_FIRST = Text(
    "结束日期须晚于开始日期；一直有效的不填",
    "Must end after it begins; leave it out if it never ends",
)


class SetFeeRateSchema(Schema):
    """A rate from a day on; without a category it is for all goods that have no rate of their own."""

    category_code = TextField(load_default=None, allow_none=True, maximum=40)
    rate_bp = RateField(required=True, maximum=MAX_RATE_BP)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    document = TextField(required=True, maximum=100)

    @validates_schema
    def _check_period(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("valid_to") is not None and data["valid_to"] <= data["valid_from"]:
            raise ValidationError([_ENDS_FIRST], "valid_to")


class FeeRateSchema(Schema):
    """A dated rate, in hundredths of a per cent."""

    id = fields.UUID()
    category_code = fields.String(allow_none=True)
    rate_bp = fields.Integer(validate=validate.Range(0, MAX_RATE_BP))
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    document = fields.String()
    set_at = fields.DateTime()


class FeeRatePageSchema(Schema):
    """One page of rates."""

    items = fields.List(fields.Nested(FeeRateSchema))
    next = fields.String(allow_none=True)
