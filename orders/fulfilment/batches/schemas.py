"""Tables of waybills in; what becomes of each parcel out."""

from typing import Any

from flask_smorest.fields import Upload
from marshmallow import fields, post_load, validate

from marketplace.fields import TextField
from marketplace.http import Schema
from orders.fulfilment.batches.checking import RowState
from orders.fulfilment.batches.reading import MAX_ROWS, Entered


class WaybillRowSchema(Schema):
    """One row: an order, a courier by code or name (left out: told by the number), a number.

    ``line`` is the line's place in the order and ``quantity`` how much of it the parcel holds; both
    left out, it holds all that is left. Rows of one order, courier and number are one parcel.
    """

    order_no = TextField(required=True, maximum=60)
    courier = TextField(load_default="", minimum=0, maximum=40)
    waybill_no = TextField(required=True, maximum=60)
    line = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, 1000))
    quantity = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, 1_000_000))


class WaybillRowsSchema(Schema):
    """A table of waybills."""

    rows = fields.List(
        fields.Nested(WaybillRowSchema), required=True, validate=validate.Length(1, MAX_ROWS)
    )

    @post_load
    def _as_entered(self, data: dict[str, Any], **_: Any) -> list[Entered]:
        return [
            Entered(
                row=number,
                order_no=row["order_no"],
                courier=row["courier"],
                waybill_no=row["waybill_no"],
                line="" if row["line"] is None else str(row["line"]),
                quantity="" if row["quantity"] is None else str(row["quantity"]),
            )
            for number, row in enumerate(data["rows"], start=1)
        ]


class WaybillFileSchema(Schema):
    """The table as a multipart upload: XLSX, or CSV in UTF-8 or GB18030, up to 5 MB, 500 rows."""

    file = Upload()


class CheckedParcelSchema(Schema):
    """What becomes of a parcel; ``rows`` are the rows that tell of it, from one."""

    rows = fields.List(fields.Integer())
    order_no = fields.String()
    order_id = fields.UUID(allow_none=True)
    courier_code = fields.String()
    courier_name = fields.String()
    waybill_no = fields.String()
    goods = fields.List(fields.String())
    state = fields.Enum(RowState, by_value=True)
    reason = fields.String(
        allow_none=True, metadata={"description": "Everything against it, in a sentence"}
    )
    reasons = fields.List(fields.String())
    warning = fields.String(allow_none=True)
