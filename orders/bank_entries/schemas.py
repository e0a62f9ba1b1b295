"""The bank's entries and their matches as the API takes and tells them."""

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.fields import FenField, TextField
from marketplace.http import ListQuerySchema, Schema
from orders.bank_entries.models import EntryState, MatchKind, MatchState


class StatementFileSchema(Schema):
    """The bank's statement as a multipart upload: XLSX, or CSV in UTF-8 or GB18030, up to 5 MB."""

    file = Upload()


class ImportedSchema(Schema):
    """What a file brought; ``repeated`` rows were known before."""

    fresh = fields.Integer()
    matched = fields.Integer(metadata={"description": "New receipts for which a trade was found"})
    repeated = fields.Integer()


class EntryQuerySchema(ListQuerySchema):
    """Which entries."""

    state = fields.Enum(EntryState, by_value=True, load_default=None)


class PayerSchema(Schema):
    """Who is on the other side; the account by its last digits."""

    name = fields.String()
    account_masked = fields.String()
    bank_name = fields.String()
    remark = fields.String()


class BankMatchSchema(Schema):
    """What a receipt is said to be, and whether a second officer agreed."""

    id = fields.UUID()
    kind = fields.Enum(MatchKind, by_value=True)
    trade_id = fields.UUID(allow_none=True)
    movement_id = fields.UUID(allow_none=True)
    amount_fen = fields.Integer(metadata={"description": "All of the receipt, or a part of it"})
    state = fields.Enum(MatchState, by_value=True)
    reason = fields.String()
    proposed_by = fields.UUID()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class BankEntrySchema(Schema):
    """One line of the bank's statement."""

    id = fields.UUID()
    serial = fields.String()
    state = fields.Enum(EntryState, by_value=True)
    amount_fen = fields.Integer()
    occurred_at = fields.AwareDateTime()
    payer = fields.Nested(PayerSchema)


class WholeBankEntrySchema(Schema):
    """An entry and all that was said about it."""

    entry = fields.Nested(BankEntrySchema)
    matches = fields.List(fields.Nested(BankMatchSchema))


class BankEntryPageSchema(Schema):
    """One page of entries."""

    items = fields.List(fields.Nested(BankEntrySchema))
    next = fields.String(allow_none=True)


class ProposeMatchSchema(Schema):
    """What a receipt is for: a trade, a provider's payout, or nothing of ours."""

    kind = fields.Enum(MatchKind, by_value=True, load_default=MatchKind.TRADE)
    target = TextField(
        minimum=0,
        maximum=60,
        load_default="",
        metadata={
            "description": "The trade's number or its remark code, or the provider's number of its"
            " payout; empty for a return"
        },
    )
    amount_fen = FenField(
        load_default=None,
        allow_none=True,
        minimum=1,
        metadata={
            "description": "How much of the receipt is for the trade; none given: all that is left"
        },
    )
    reason = TextField(required=True, minimum=2, maximum=200)
