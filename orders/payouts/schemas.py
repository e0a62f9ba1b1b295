"""Payout batches in and out."""

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.http import Schema
from orders.payout_accounts.models import PayoutChannel
from orders.payouts.models import PayoutState


class PayoutSchema(Schema):
    """One payout; where it goes is told by the file for the bank only."""

    payout_no = fields.String()
    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    statement_id = fields.UUID()
    statement_no = fields.String()
    amount_fen = fields.Integer()
    state = fields.Enum(PayoutState, by_value=True)
    bank_serial = fields.String(allow_none=True)
    failure = fields.String(allow_none=True)
    answered_at = fields.DateTime(allow_none=True)


class PayoutBatchSchema(Schema):
    """What goes to the bank in one file."""

    id = fields.UUID()
    batch_no = fields.String()
    channel = fields.Enum(PayoutChannel, by_value=True)
    payouts = fields.Integer()
    total_fen = fields.Integer()
    made_at = fields.DateTime()


class WholePayoutBatchSchema(Schema):
    """A batch with its payouts."""

    batch = fields.Nested(PayoutBatchSchema)
    payouts = fields.List(fields.Nested(PayoutSchema))


class PayoutBatchPageSchema(Schema):
    """One page of batches."""

    items = fields.List(fields.Nested(PayoutBatchSchema))
    next = fields.String(allow_none=True)


class ResultFileSchema(Schema):
    """The bank's answer as a multipart upload: XLSX, or CSV in UTF-8 or GB18030, up to 5 MB."""

    file = Upload()


class TakenSchema(Schema):
    """What a result file changed; ``repeated`` rows were known before."""

    paid = fields.Integer()
    failed = fields.Integer()
    repeated = fields.Integer()
