"""What the API takes in and shows of cooperatives."""

from marshmallow import fields

from marketplace.fields import RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.cooperatives.models import CooperativeKind, CooperativeState
from partners.credit_codes import CreditCodeField
from partners.regions.queries import tree
from partners.return_addresses.schemas import ConsigneeSchema


class CooperativeQuerySchema(ListQuerySchema):
    """Which admitted cooperatives: inside a region, with words in the name."""

    region = RegionCodeField(load_default=None)
    q = TextField(load_default=None, maximum=40)


class ApplicationQuerySchema(CooperativeQuerySchema):
    """Which applications: also by state, or with a verification due by a day."""

    state = fields.Enum(CooperativeState, by_value=True, load_default=None)
    verification_due_on = fields.Date(load_default=None)


class ApplyForCooperativeSchema(Schema):
    """An application for admission; households and home handicraft need no credit code."""

    name = TextField(required=True, minimum=2, maximum=60)
    kind = fields.Enum(CooperativeKind, by_value=True, required=True)
    region_code = RegionCodeField(required=True)
    credit_code = CreditCodeField(load_default=None, allow_none=True)
    introduction = TextField(load_default="", minimum=0, maximum=1000, multiline=True)
    return_address = fields.Nested(
        ConsigneeSchema,
        load_default=None,
        allow_none=True,
        metadata={"description": "Where goods go back to; without it silence on a return is paid"},
    )


class CooperativeNoteSchema(Schema):
    """What the office or the platform says with its decision."""

    note = TextField(required=True, maximum=500, multiline=True)


class IntroduceCooperativeSchema(Schema):
    """What a cooperative says of itself."""

    introduction = TextField(required=True, minimum=0, maximum=1000, multiline=True)


class CooperativeSchema(Schema):
    """A cooperative as everyone sees it."""

    id = fields.UUID()
    name = fields.String()
    kind = fields.Enum(CooperativeKind, by_value=True)
    kind_name = fields.Function(lambda row: str(row.kind.label), metadata={"type": "string"})
    region_code = fields.String()
    region_name = fields.Function(
        lambda row: tree().full_name(row.region_code), metadata={"type": "string"}
    )
    credit_code = fields.String(allow_none=True)
    introduction = fields.String()


class CooperativeApplicationSchema(CooperativeSchema):
    """A cooperative with its papers, for itself, its office and the platform."""

    state = fields.Enum(CooperativeState, by_value=True)
    state_name = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    note = fields.String(allow_none=True)
    applied_at = fields.DateTime()
    recommended_office_id = fields.UUID(allow_none=True)
    recommended_at = fields.DateTime(allow_none=True)
    approved_at = fields.DateTime(allow_none=True)
    verify_again_on = fields.Date(allow_none=True)
    version = fields.Integer()


class CooperativePageSchema(Schema):
    """One page of cooperatives."""

    items = fields.List(fields.Nested(CooperativeSchema))
    next = fields.String(allow_none=True)


class CooperativeApplicationPageSchema(Schema):
    """One page of applications."""

    items = fields.List(fields.Nested(CooperativeApplicationSchema))
    next = fields.String(allow_none=True)
