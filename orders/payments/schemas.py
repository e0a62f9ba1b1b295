"""Payments as the API takes and tells them."""

from marshmallow import fields

from marketplace.fields import FenField, TextField
from marketplace.http import Schema
from orders.payments.models import (
    PaymentOutcome,
    PaymentState,
    RefundReason,
    RefundState,
)


class StartPaymentSchema(Schema):
    """By which provider a trade is to be paid; what it costs is not the caller's to say."""

    provider = TextField(maximum=40, load_default="sandbox")
    method = TextField(
        maximum=40,
        load_default="",
        metadata={"description": "A means of the provider, e.g. alipay; its usual one if left out"},
    )
    payment_method = TextField(
        maximum=100,
        load_default=None,
        metadata={"description": "For cards: what the provider's own tools made of the card"},
    )


class StartRepaymentSchema(StartPaymentSchema):
    """By which provider a debt is to be repaid, and how much of it."""

    amount_fen = FenField(
        minimum=1,
        load_default=None,
        metadata={"description": "All that is owed for the trade if left out"},
    )


class RefundSchema(Schema):
    """Money on its way back."""

    id = fields.UUID()
    refund_no = fields.String()
    reason = fields.Enum(RefundReason, by_value=True)
    state = fields.Enum(RefundState, by_value=True)
    amount = fields.Integer(metadata={"description": "In the smallest unit of the currency"})
    currency = fields.String()
    order_id = fields.UUID(allow_none=True)
    requested_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class PaymentSchema(Schema):
    """An attempt to pay a trade, as it stands at this moment."""

    id = fields.UUID(attribute="attempt.id")
    payment_no = fields.String(attribute="attempt.payment_no")
    trade_id = fields.UUID(attribute="attempt.trade_id")
    provider = fields.String(attribute="attempt.provider")
    method = fields.String(attribute="attempt.method")
    state = fields.Enum(PaymentState, by_value=True, attribute="attempt.state")
    outcome = fields.Enum(
        PaymentOutcome, by_value=True, allow_none=True, attribute="attempt.outcome"
    )
    message = fields.String(metadata={"description": "How it stands, in the caller's language"})
    amount_fen = fields.Integer(attribute="attempt.amount_fen")
    captured = fields.Integer(
        attribute="attempt.captured",
        metadata={"description": "What came in, in the smallest unit of its currency"},
    )
    captured_currency = fields.String(allow_none=True, attribute="attempt.captured_currency")
    refunded = fields.Integer(
        attribute="attempt.refunded",
        metadata={"description": "What of it goes or went back, in the same unit"},
    )
    redirect_url = fields.String(
        allow_none=True, metadata={"description": "Where to pay, while it can be paid"}
    )
    qr_code = fields.String(
        allow_none=True,
        metadata={"description": "What a wallet scans to pay, while it can be paid"},
    )
    created_at = fields.AwareDateTime(attribute="attempt.created_at")
    succeeded_at = fields.AwareDateTime(allow_none=True, attribute="attempt.succeeded_at")
    refunds = fields.List(fields.Nested(RefundSchema))
