"""Commands in; pick-ups, and cooperatives' words on points, out."""

from marshmallow import fields

from marketplace.fields import Matches
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from orders.pickups.models import PickupRule
from orders.pickups.service import CODE_DIGITS
from orders.trades.states import PickupState

_COLLECTION_CODE = Text(
    "取货码是 {n} 位数字，如 12345678", "A collection code has {n} digits, such as 12345678"
).format(n=CODE_DIGITS)


class PickupQuerySchema(ListQuerySchema):
    """Which of a point's orders."""

    state = fields.Enum(PickupState, by_value=True, load_default=PickupState.ARRIVED)


class CodeField(fields.String):
    """A code as people read it out: spaces do not matter."""

    def _deserialize(self, value: object, *args: object, **kwargs: object) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)
        return "".join(text[:40].split())


class HandOutSchema(Schema):
    """The code that the buyer shows."""

    code = CodeField(
        required=True,
        validate=Matches(rf"\A[0-9]{{{CODE_DIGITS}}}\Z", _COLLECTION_CODE),
    )


class KeptParcelSchema(Schema):
    """A parcel by its number, and whether it is at the point."""

    id = fields.UUID()
    courier_code = fields.String()
    waybill_no = fields.String()
    arrived_at = fields.AwareDateTime(allow_none=True)
    left_at = fields.AwareDateTime(allow_none=True)


class KeptOrderSchema(Schema):
    """An order, or a replacement, at a point, as its keeper sees it; ``actions`` is what may be done now."""

    id = fields.UUID(attribute="pickup.id")
    order_no = fields.String()
    cooperative_name = fields.String()
    state = fields.Enum(PickupState, attribute="pickup.state", by_value=True)
    state_title = fields.String()
    is_complete = fields.Boolean(metadata={"description": "Everything of it has been sent"})
    is_replacement = fields.Boolean(metadata={"description": "The replacement of an exchange"})
    collector = fields.String(metadata={"description": "The family name, the rest hidden"})
    phone_end = fields.String(metadata={"description": "The last four digits"})
    parcels = fields.List(fields.Nested(KeptParcelSchema))
    arrived_at = fields.AwareDateTime(attribute="pickup.arrived_at", allow_none=True)
    due_at = fields.AwareDateTime(attribute="pickup.due_at", allow_none=True)
    ended_at = fields.AwareDateTime(attribute="pickup.ended_at", allow_none=True)
    actions = fields.List(fields.String())


class KeptOrderPageSchema(Schema):
    """One page of a point's orders, the longest there first."""

    items = fields.List(fields.Nested(KeptOrderSchema))
    next = fields.String(allow_none=True)


class PickupTermsSchema(Schema):
    """A cooperative's word on a point."""

    rule = fields.Enum(PickupRule, by_value=True, required=True)


class PickupOfOrderSchema(Schema):
    """Where and how an order is collected; ``code`` is for its buyer, while it waits there."""

    pickup_point_id = fields.UUID(attribute="row.pickup_point_id")
    point_name = fields.String(attribute="row.point_name")
    point_address = fields.String(attribute="row.point_address")
    point_hours = fields.String(attribute="row.point_hours")
    state = fields.Enum(PickupState, attribute="row.state", by_value=True)
    state_title = fields.String()
    code = fields.String(allow_none=True)
    arrived_at = fields.AwareDateTime(attribute="row.arrived_at", allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    due_outcome = fields.String(allow_none=True)
    reminded_at = fields.AwareDateTime(attribute="row.reminded_at", allow_none=True)
