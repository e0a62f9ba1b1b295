"""Direct bookings as the API takes and tells them."""

from marshmallow import fields

from marketplace.fields import TextField
from marketplace.http import ListQuerySchema, Schema
from orders.direct_bookings.models import BookingState
from orders.journal.direct_entries import Purpose


class ProposeBookingSchema(Schema):
    """What the money of a difference is.

    A bank entry may be ``bank_charge``, ``interest``, ``own_funds`` or ``other``; a provider's
    movement ``provider_fee``, ``own_funds`` or ``other``.
    """

    purpose = fields.Enum(Purpose, by_value=True, required=True)
    reason = TextField(required=True, minimum=2, maximum=200)


class DirectBookingQuerySchema(ListQuerySchema):
    """Which bookings."""

    state = fields.Enum(BookingState, by_value=True, load_default=None)


class DirectBookingSchema(Schema):
    """What the bank or a provider moved by itself, and whether a second officer agreed.

    ``confirmed`` ones are in the journal, under this id as the cause.
    """

    id = fields.UUID()
    purpose = fields.Enum(Purpose, by_value=True)
    bank_entry_id = fields.UUID(allow_none=True)
    movement_id = fields.UUID(allow_none=True)
    amount_fen = fields.Integer(metadata={"description": "Below zero: money that left"})
    state = fields.Enum(BookingState, by_value=True)
    reason = fields.String()
    proposed_by = fields.UUID()
    proposed_at = fields.AwareDateTime()
    decided_by = fields.UUID(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)


class DirectBookingPageSchema(Schema):
    """One page of bookings."""

    items = fields.List(fields.Nested(DirectBookingSchema))
    next = fields.String(allow_none=True)
