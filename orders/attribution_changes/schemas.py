"""What the API takes in and shows of applications to change an attribution."""

from marshmallow import fields

from marketplace.fields import IdField, RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from orders.attribution_changes.models import ChangeState
from partners.regions.queries import tree


class ApplyForChangeSchema(Schema):
    """A unit of the buyer's, or an eastern region; and why."""

    buying_unit_id = IdField(load_default=None, allow_none=True)
    region_code = RegionCodeField(load_default=None, allow_none=True)
    reason = TextField(required=True, minimum=2, maximum=500)


class DecideChangeSchema(Schema):
    """What the office says with its decision."""

    note = TextField(required=True, maximum=500)


class ChangeQuerySchema(ListQuerySchema):
    """Which applications."""

    state = fields.Enum(ChangeState, by_value=True, load_default=None)


class AttributionChangeSchema(Schema):
    """An application and where it stands."""

    id = fields.UUID()
    order_id = fields.UUID()
    state = fields.Enum(ChangeState, by_value=True)
    state_name = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    from_unit_name = fields.String(allow_none=True)
    from_code = fields.String(allow_none=True)
    to_unit_id = fields.UUID(allow_none=True)
    to_unit_name = fields.String(allow_none=True)
    to_code = fields.String()
    to_region_name = fields.Function(
        lambda row: tree().full_name(row.to_code), metadata={"type": "string"}
    )
    reason = fields.String()
    note = fields.String(allow_none=True)
    applied_at = fields.DateTime()
    decided_at = fields.DateTime(allow_none=True)


class AttributionChangePageSchema(Schema):
    """One page of applications, the newest first."""

    items = fields.List(fields.Nested(AttributionChangeSchema))
    next = fields.String(allow_none=True)
