"""Commands in: what goes into a parcel."""

from marshmallow import fields, validate

from marketplace.fields import IdField, QuantityField
from marketplace.http import Schema


class ShipItemSchema(Schema):
    """How many pieces of a line."""

    order_line_id = IdField(required=True)
    quantity = QuantityField(required=True)


class WaybillSchema(Schema):
    """A courier and its waybill number."""

    courier_code = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[a-z0-9_]{2,30}\Z", error="Not a valid courier code."),
    )
    waybill_no = fields.String(
        required=True,
        validate=validate.Regexp(
            r"\A[A-Za-z0-9-]{6,40}\Z", error="A waybill number has 6 to 40 letters and digits."
        ),
    )


class ShipOrderSchema(WaybillSchema):
    """A parcel; without items it holds everything still to be shipped."""

    items = fields.List(
        fields.Nested(ShipItemSchema), load_default=None, validate=validate.Length(1, 100)
    )
