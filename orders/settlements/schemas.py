"""Settlement in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validates

from marketplace.fields import FenField, IdField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from marketplace.money import MAX_FEN
from orders.settlements.models import CorrectionPart, CorrectionState, LineKind, RunState
from orders.settlements.states import StatementState

_NOT_ZERO = Text(
    "更正金额不能为 0：补给合作社填正数，扣回填负数",
    "A correction is not zero: above zero is more for the cooperative, below is less",
)


class HexField(fields.String):
    """Bytes, shown as hexadecimal digits."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else bytes(value).hex()


class StartRunSchema(Schema):
    """Up to the beginning of which day everything is settled."""

    end_on = fields.Date(required=True)


class StateCountSchema(Schema):
    """How many statements of a run stand in a state."""

    state = fields.Enum(StatementState, by_value=True)
    statements = fields.Integer()


class SettlementRunSchema(Schema):
    """A run and how far it is: ``cooperatives_done`` of ``cooperatives``."""

    id = fields.UUID(attribute="run.id")
    end_on = fields.Date(attribute="run.end_on")
    state = fields.Enum(RunState, by_value=True, attribute="run.state")
    cooperatives = fields.Integer(attribute="run.cooperatives")
    cooperatives_done = fields.Integer(attribute="run.cooperatives_done")
    statements = fields.Integer(attribute="run.statements")
    started_at = fields.DateTime(attribute="run.started_at")
    finished_at = fields.DateTime(attribute="run.finished_at", allow_none=True)
    by_state = fields.List(fields.Nested(StateCountSchema))


class SettlementRunPageSchema(Schema):
    """One page of runs."""

    items = fields.List(fields.Nested(SettlementRunSchema))
    next = fields.String(allow_none=True)


class StatementQuerySchema(ListQuerySchema):
    """Which statements."""

    state = fields.Enum(StatementState, by_value=True, load_default=None)
    cooperative_id = IdField(load_default=None)
    run_id = IdField(load_default=None)
    text = TextField(
        load_default=None,
        maximum=60,
        data_key="q",
        metadata={"description": "A part of the cooperative's name, or of the statement's number"},
    )


class StatementSchema(Schema):
    """What a cooperative is owed for [start_on, end_on)."""

    id = fields.UUID()
    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    run_id = fields.UUID()
    statement_no = fields.String()
    state = fields.Enum(StatementState, by_value=True)
    start_on = fields.Date()
    end_on = fields.Date()
    line_count = fields.Integer()
    gross_fen = fields.Integer()
    refunds_fen = fields.Integer()
    fee_fen = fields.Integer()
    fee_refunded_fen = fields.Integer()
    correction_fen = fields.Integer(
        metadata={
            "description": "Put right of earlier lines by two officers; below zero: taken back"
        }
    )
    carried_forward_fen = fields.Integer()
    balance_fen = fields.Integer()
    payable_fen = fields.Integer()
    own_discount_fen = fields.Integer(
        metadata={"description": "Discounts the cooperative bears; taken off the gross already"}
    )
    coupon_fen = fields.Integer(
        metadata={"description": "What the platform pays for its coupons; contained in the gross"}
    )
    coupon_back_fen = fields.Integer(
        metadata={"description": "What of that goes back; contained in the refunds"}
    )
    bank_name = fields.String(allow_none=True)
    account_masked = fields.String(allow_none=True)
    hash = HexField(allow_none=True)
    issued_at = fields.DateTime(allow_none=True)
    confirm_due_at = fields.DateTime(
        allow_none=True,
        metadata={"description": "Neither confirmed nor disputed by then, it confirms itself"},
    )
    confirmed_at = fields.DateTime(allow_none=True)
    released_at = fields.DateTime(allow_none=True)
    paid_at = fields.DateTime(allow_none=True)
    bank_serial = fields.String(allow_none=True)
    failure = fields.String(allow_none=True)


class StatementPageSchema(Schema):
    """One page of statements."""

    items = fields.List(fields.Nested(StatementSchema))
    next = fields.String(allow_none=True)


class DisputeSchema(Schema):
    """What the cooperative does not agree with, and what finance says."""

    id = fields.UUID()
    line_id = fields.UUID()
    reason = fields.String()
    raised_at = fields.DateTime()
    answer = fields.String(allow_none=True)
    answered_at = fields.DateTime(allow_none=True)


class CorrectionSchema(Schema):
    """What one officer proposed to put right of a line, and whether another one agreed."""

    id = fields.UUID()
    statement_id = fields.UUID()
    line_id = fields.UUID()
    dispute_id = fields.UUID(allow_none=True)
    part = fields.Enum(CorrectionPart, by_value=True)
    amount_fen = fields.Integer()
    reason = fields.String()
    state = fields.Enum(CorrectionState, by_value=True)
    proposed_at = fields.DateTime()
    decided_at = fields.DateTime(allow_none=True)


class WholeStatementSchema(StatementSchema):
    """A statement with its disputes, and what of it was put right."""

    disputes = fields.List(fields.Nested(DisputeSchema))
    corrections = fields.List(fields.Nested(CorrectionSchema))


class LineQuerySchema(ListQuerySchema):
    """Which lines."""

    kind = fields.Enum(LineKind, by_value=True, load_default=None)


class SettlementLineSchema(Schema):
    """A line of a statement: something sold, or refunded after its order was completed."""

    id = fields.UUID(attribute="line.id")
    kind = fields.Enum(LineKind, by_value=True, attribute="line.kind")
    order_id = fields.UUID(attribute="line.order_id")
    order_no = fields.String()
    order_line_id = fields.UUID(attribute="line.order_line_id")
    product_name = fields.String(attribute="sold.product_name")
    spec = fields.String(attribute="sold.spec")
    quantity = fields.Integer(attribute="sold.quantity")
    fee_rate_bp = fields.Integer(attribute="sold.fee_rate_bp")
    booked_on = fields.Date(attribute="line.booked_on")
    gross_fen = fields.Integer(attribute="line.gross_fen")
    refunds_fen = fields.Integer(attribute="line.refunds_fen")
    fee_fen = fields.Integer(attribute="line.fee_fen")
    fee_refunded_fen = fields.Integer(attribute="line.fee_refunded_fen")
    correction_fen = fields.Integer(attribute="line.correction_fen")
    payable_fen = fields.Integer(attribute="line.payable_fen")
    own_discount_fen = fields.Integer(attribute="line.own_discount_fen")
    coupon_fen = fields.Integer(attribute="line.coupon_fen")
    coupon_back_fen = fields.Integer(attribute="line.coupon_back_fen")


class SettlementLinePageSchema(Schema):
    """One page of a statement's lines."""

    items = fields.List(fields.Nested(SettlementLineSchema))
    next = fields.String(allow_none=True)


class DisputeLineSchema(Schema):
    """A dispute names the line and says why."""

    line_id = IdField(required=True)
    reason = TextField(required=True, minimum=2, maximum=500, multiline=True)


class AnswerDisputeSchema(Schema):
    """An answer to a dispute."""

    answer = TextField(required=True, minimum=2, maximum=500, multiline=True)


class ProposeCorrectionSchema(Schema):
    """More for the cooperative above zero, less below; another officer agrees to it."""

    line_id = IdField(required=True)
    part = fields.Enum(CorrectionPart, by_value=True, load_default=CorrectionPart.AMOUNT)
    amount_fen = FenField(required=True, minimum=-MAX_FEN)
    reason = TextField(required=True, minimum=2, maximum=500, multiline=True)

    @validates("amount_fen")
    def _check_amount(self, value: int, **_: Any) -> None:
        if value == 0:
            raise ValidationError([_NOT_ZERO])
