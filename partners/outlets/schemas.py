"""What the API takes in and shows of outlets."""

from marshmallow import fields

from marketplace.fields import RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.outlets.models import OutletKind
from partners.regions.queries import tree


class OutletQuerySchema(ListQuerySchema):
    """Which outlets: open on a day, inside a region, of a kind, with words in the name."""

    open_on = fields.Date(load_default=None)
    region = RegionCodeField(load_default=None)
    kind = fields.Enum(OutletKind, by_value=True, load_default=None)
    q = TextField(load_default=None, maximum=40)


class OpenOutletSchema(Schema):
    """A new outlet."""

    name = TextField(required=True, minimum=2, maximum=60)
    kind = fields.Enum(OutletKind, by_value=True, required=True)
    region_code = RegionCodeField(required=True)
    address = TextField(load_default="", minimum=0, maximum=200)
    opened_on = fields.Date(required=True)


class DescribeOutletSchema(Schema):
    """Name and address of an outlet."""

    name = TextField(required=True, minimum=2, maximum=60)
    address = TextField(required=True, minimum=0, maximum=200)


class CloseOutletSchema(Schema):
    """The last day of an outlet."""

    closed_on = fields.Date(required=True)


class OutletSchema(Schema):
    """An outlet."""

    id = fields.UUID()
    name = fields.String()
    kind = fields.Enum(OutletKind, by_value=True)
    kind_name = fields.Function(lambda row: str(row.kind.label), metadata={"type": "string"})
    region_code = fields.String()
    region_name = fields.Function(
        lambda row: tree().full_name(row.region_code), metadata={"type": "string"}
    )
    address = fields.String()
    opened_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    version = fields.Integer()


class OutletPageSchema(Schema):
    """One page of outlets."""

    items = fields.List(fields.Nested(OutletSchema))
    next = fields.String(allow_none=True)
