"""Commands in: what goes into a parcel."""

from typing import Any

from marshmallow import fields, validate

from marketplace.fields import IdField, Matches, QuantityField
from marketplace.http import Schema
from marketplace.language import Text
from orders.fulfilment.label_sizes import LabelSize
from orders.orderbook.couriers import tidy_waybill

_COURIER = Text(
    "应为快递公司代码，由小写字母、数字和下划线组成",
    "A courier's code of small letters, digits and underscores, such as sf",
)
_WAYBILL = Text(
    "运单号应为 6 至 40 位字母和数字，如 1234567890123",
    "A waybill number has 6 to 40 letters and digits, such as 1234567890123",
)


class ShipItemSchema(Schema):
    """How many pieces of a line."""

    order_line_id = IdField(required=True)
    quantity = QuantityField(required=True)


class WaybillField(fields.String):
    """A waybill number, tidied: people paste them with spaces, in full width, in small letters."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return tidy_waybill(super()._deserialize(value, *args, **kwargs))


class WaybillSchema(Schema):
    """A courier and its waybill number."""

    courier_code = fields.String(
        required=True,
        validate=Matches(r"\A[a-z0-9_]{2,30}\Z", _COURIER),
    )
    waybill_no = WaybillField(
        required=True,
        validate=Matches(r"\A[A-Za-z0-9-]{6,40}\Z", _WAYBILL),
    )


class ShipOrderSchema(WaybillSchema):
    """A parcel; without items it holds everything still to be shipped."""

    items = fields.List(
        fields.Nested(ShipItemSchema), load_default=None, validate=validate.Length(1, 100)
    )


class PickedItemSchema(Schema):
    """So many pieces of one SKU."""

    sku_id = fields.UUID()
    product_name = fields.String()
    spec = fields.String()
    unit = fields.String()
    quantity = fields.Integer()
    order_count = fields.Integer()


class OrderToPackSchema(Schema):
    """An order on a pick list."""

    id = fields.UUID()
    order_no = fields.String()
    paid_at = fields.AwareDateTime()
    picked_at = fields.AwareDateTime(allow_none=True)
    remark = fields.String(allow_none=True)
    pickup_point_id = fields.UUID(allow_none=True)


class PickListSchema(Schema):
    """The goods of the orders to pack, summed by SKU; the first 200 orders, first paid first."""

    items = fields.List(fields.Nested(PickedItemSchema))
    orders = fields.List(fields.Nested(OrderToPackSchema))
    pieces = fields.Integer()


class LabelQuerySchema(Schema):
    """Which roll is in the printer."""

    size = fields.Enum(LabelSize, by_value=True, load_default=LabelSize.SMALL)
