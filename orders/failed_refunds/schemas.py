"""What the forms about refused refunds say."""

from marshmallow import fields

from marketplace.fields import TextField
from marketplace.http import Schema


class RetryRefundSchema(Schema):
    """Why it should work now."""

    note = TextField(required=True, maximum=500)


class RecordSettlementSchema(Schema):
    """How it was paid from the bank."""

    bank_serial = TextField(required=True, minimum=4, maximum=60)
    paid_on = fields.Date(required=True)
    note = TextField(required=True, maximum=500)
