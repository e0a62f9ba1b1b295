"""Bank refund lists in and out."""

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.fields import AccountNumberField, TextField
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
    payee_set_by = fields.UUID(
        allow_none=True,
        metadata={"description": "Who gave another account than the payer's, if anybody did"},
    )
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


class CorrectPayeeSchema(Schema):
    """Another account for a payer whose own the bank could not pay to."""

    name = TextField(required=True, minimum=2, maximum=100)
    account_no = AccountNumberField(required=True)
    bank_name = TextField(required=True, minimum=2, maximum=100)
    reason = TextField(required=True, minimum=2, maximum=200)


class CorrectedPayeeSchema(Schema):
    """That another account was given, and by whom."""

    id = fields.UUID()
    bank_entry_id = fields.UUID()
    reason = fields.String()
    set_by = fields.UUID()
    set_at = fields.AwareDateTime()


class RefundResultFileSchema(Schema):
    """The bank's answer as a multipart upload: XLSX, or CSV in UTF-8 or GB18030, up to 5 MB."""

    file = Upload()
