"""The bank account's balance as the API takes and tells it."""

from marshmallow import fields

from marketplace.fields import FenField, TextField
from marketplace.http import Schema
from orders.bank_balance.models import OpeningState
from orders.bank_balance.sheet import OutstandingKind
from orders.reconciliation.models import Item


class BankBalanceQuerySchema(Schema):
    """The end of which Shanghai day; today: as it stands now."""

    day = fields.Date(required=True)


class OutstandingItemSchema(Schema):
    """An item that only one side has; ``item`` is null for the opening balance."""

    kind = fields.Enum(OutstandingKind, by_value=True)
    item = fields.Enum(Item, by_value=True, allow_none=True)
    subject_id = fields.UUID()
    day = fields.Date()
    amount_fen = fields.Integer(metadata={"description": "Below zero: money that left"})


class BalanceReasonSchema(Schema):
    """A part of the difference that no item explains, in the caller's language."""

    title = fields.Function(lambda one: str(one[0]), metadata={"type": "string"})
    amount_fen = fields.Function(lambda one: one[1], metadata={"type": "integer"})


class BankBalanceSchema(Schema):
    """Both balances at the end of a day, what only one side has, and the adjusted balances.

    ``statement_fen`` is null where neither the imported entries carry a balance nor an opening
    balance is confirmed; ``is_carried`` tells which of the two it is.
    """

    day = fields.Date()
    statement_fen = fields.Integer(allow_none=True)
    is_carried = fields.Boolean()
    booked_fen = fields.Integer()
    items = fields.List(fields.Nested(OutstandingItemSchema))
    adjusted_statement_fen = fields.Integer(allow_none=True)
    adjusted_booked_fen = fields.Integer()
    gap_fen = fields.Integer(allow_none=True)
    reasons = fields.List(fields.Nested(BalanceReasonSchema))


class ProposeOpeningSchema(Schema):
    """What the bank's statement says of the beginning of a day, no later than the first entry's."""

    day = fields.Date(required=True)
    amount_fen = FenField(required=True)
    reason = TextField(required=True, minimum=2, maximum=200)


class BankOpeningSchema(Schema):
    """The opening balance, and whether a second officer agreed."""

    id = fields.UUID()
    day = fields.Date()
    amount_fen = fields.Integer()
    state = fields.Enum(OpeningState, by_value=True)
    reason = fields.String()
    proposed_by = fields.UUID()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
