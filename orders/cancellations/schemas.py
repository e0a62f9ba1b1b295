"""Commands in: why an order is called off, and why not."""

from marshmallow import fields

from marketplace.fields import TextField
from marketplace.http import Schema
from orders.cancellations.models import CancellationReason


class CancelSchema(Schema):
    """Why."""

    reason = fields.Enum(CancellationReason, by_value=True, required=True)
    note = TextField(load_default=None, allow_none=True, maximum=500, multiline=True)


class RefuseCancellationSchema(Schema):
    """A refusal says why."""

    answer = TextField(minimum=2, maximum=500, required=True, multiline=True)
