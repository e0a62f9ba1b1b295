"""Terms, debts and their ageing as the API takes and tells them."""

from marshmallow import fields, validate

from marketplace.fields import FenField, IdField, TextField
from marketplace.http import Schema
from orders.receivables.models import DUE_DAYS, GRACE_DAYS, LONGEST_DUE_DAYS, ChangeState


class PayableSchema(Schema):
    """What a unit owes for one order, and when it is due."""

    id = fields.UUID(attribute="receivable.id")
    buying_unit_id = fields.UUID(attribute="receivable.buying_unit_id")
    trade_id = fields.UUID(attribute="receivable.trade_id")
    trade_no = fields.String()
    order_id = fields.UUID(attribute="receivable.order_id")
    order_no = fields.String()
    cooperative_name = fields.String()
    amount_fen = fields.Integer(attribute="receivable.amount_fen")
    reduced_fen = fields.Integer(
        attribute="receivable.reduced_fen", metadata={"description": "Refunded, so not owed"}
    )
    owed_fen = fields.Integer(attribute="receivable.owed_fen")
    due_on = fields.Date(
        attribute="receivable.due_on",
        allow_none=True,
        metadata={"description": "None until the goods are accepted"},
    )
    settled_at = fields.AwareDateTime(attribute="receivable.settled_at", allow_none=True)


class PayablesSchema(Schema):
    """All that the caller's units owe, the first due first."""

    items = fields.List(fields.Nested(PayableSchema))


class AgeingSchema(Schema):
    """What one unit owes by days since it was due."""

    buying_unit_id = fields.UUID()
    unit_name = fields.String()
    limit_fen = fields.Integer()
    owed_fen = fields.Integer(metadata={"description": "What is written off is no part of it"})
    current_fen = fields.Integer(metadata={"description": "Not due yet, or due today"})
    up_to_15_fen = fields.Integer()
    up_to_30_fen = fields.Integer()
    over_30_fen = fields.Integer()
    written_off_fen = fields.Integer(metadata={"description": "Given up in the books, owed still"})


class AgeingListSchema(Schema):
    """Every unit with terms or debts, the most overdue first."""

    items = fields.List(fields.Nested(AgeingSchema))


class ProposeTermsSchema(Schema):
    """Up to how much a unit may owe, and for how long; another officer grants it."""

    buying_unit_id = IdField(required=True)
    limit_fen = FenField(required=True)
    due_days = fields.Integer(
        load_default=DUE_DAYS, validate=validate.Range(1, LONGEST_DUE_DAYS), strict=True
    )
    grace_days = fields.Integer(
        load_default=GRACE_DAYS, validate=validate.Range(0, 60), strict=True
    )
    reason = TextField(required=True, minimum=2, maximum=200)


class TermsChangeSchema(Schema):
    """Terms that one officer proposed, and whether another one granted them."""

    id = fields.UUID()
    buying_unit_id = fields.UUID()
    limit_fen = fields.Integer()
    due_days = fields.Integer()
    grace_days = fields.Integer()
    reason = fields.String()
    state = fields.Enum(ChangeState, by_value=True)
    proposed_by = fields.UUID()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class ProposeWriteOffSchema(Schema):
    """Why a debt is given up."""

    reason = TextField(required=True, minimum=2, maximum=500, multiline=True)


class WriteOffSchema(Schema):
    """That one officer proposed to give a debt up, and whether another one agreed."""

    id = fields.UUID()
    buying_unit_id = fields.UUID()
    receivable_id = fields.UUID()
    amount_fen = fields.Integer()
    reason = fields.String()
    state = fields.Enum(ChangeState, by_value=True)
    proposed_by = fields.UUID()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
