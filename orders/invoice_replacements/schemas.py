"""Wishes for new invoices in and out."""

from marshmallow import fields

from marketplace.fields import IdField, TextField
from marketplace.http import Schema
from orders.invoice_replacements.models import ReplacementState
from orders.invoices.states import InvoiceType


class AskReplacementSchema(Schema):
    """To whom, and of which type, the invoice is to be made out anew, and why."""

    title_id = IdField(required=True)
    invoice_type = fields.Enum(InvoiceType, by_value=True, load_default=InvoiceType.ORDINARY)
    reason = TextField(minimum=2, maximum=200, required=True)


class ReplacementSchema(Schema):
    """A wish, without the title it names; ``successor_id`` is the request that came of it."""

    id = fields.UUID()
    invoice_id = fields.UUID()
    state = fields.Enum(ReplacementState, by_value=True)
    state_title = fields.Function(lambda wish: str(wish.state.label), metadata={"type": "string"})
    invoice_type = fields.Enum(InvoiceType, by_value=True)
    reason = fields.String()
    answer = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)
    successor_id = fields.UUID(allow_none=True)


class ReplacementListSchema(Schema):
    """The wishes for an invoice, newest first."""

    items = fields.List(fields.Nested(ReplacementSchema))
