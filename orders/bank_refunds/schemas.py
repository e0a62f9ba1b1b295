"""Bank refund lists in and out."""

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.http import Schema
from orders.bank_refunds.models import ListState
from orders.payouts.models import PayoutState


class BankRefundSchema(Schema):
    """One payment back; where it goes is told in full by the file for the bank only."""

    payment_no = fields.String()
    refund_id = fields.UUID(allow_none=True)
    bank_entry_id = fields.UUID()
    payee_name = fields.String(attribute="paid_to.name")
    payee_account_masked = fields.String(attribute="paid_to.account_masked")
    amount_fen = fields.Integer()
    state = fields.Enum(PayoutState, by_value=True)
    bank_serial = fields.String(allow_none=True)
    failure = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)


class BankRefundListSchema(Schema):
    """What goes back in one file."""

    id = fields.UUID()
    list_no = fields.String()
    state = fields.Enum(ListState, by_value=True)
    payments = fields.Integer()
    total_fen = fields.Integer()
    made_by = fields.UUID()
    made_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class WholeBankRefundListSchema(Schema):
    """A list with its payments."""

    list = fields.Nested(BankRefundListSchema)
    payments = fields.List(fields.Nested(BankRefundSchema))


class BankRefundListPageSchema(Schema):
    """One page of lists."""

    items = fields.List(fields.Nested(BankRefundListSchema))
    next = fields.String(allow_none=True)


class RefundResultFileSchema(Schema):
    """The bank's answer as a multipart upload: XLSX, or CSV in UTF-8 or GB18030, up to 5 MB."""

    file = Upload()
