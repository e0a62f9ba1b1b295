"""What the API shows of offices."""

from marshmallow import fields

from marketplace.fields import IdField, RegionCodeField
from marketplace.http import ListQuerySchema, Schema
from partners.regions.models import RegionLevel
from partners.regions.queries import tree


class OfficeQuerySchema(ListQuerySchema):
    """Which offices: all inside a region, or those directly under another office."""

    region = RegionCodeField(load_default=None)
    parent_id = IdField(load_default=None)


class OfficeSchema(Schema):
    """A coordination office."""

    id = fields.UUID()
    name = fields.String()
    level = fields.Enum(RegionLevel, by_value=True)
    region_code = fields.String()
    region_name = fields.Function(
        lambda office: tree().full_name(office.region_code), metadata={"type": "string"}
    )
    parent_id = fields.UUID(allow_none=True)


class OfficePageSchema(Schema):
    """One page of offices."""

    items = fields.List(fields.Nested(OfficeSchema))
    next = fields.String(allow_none=True)
