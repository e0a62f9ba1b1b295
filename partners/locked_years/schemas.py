"""What the API takes in and shows of locked years."""

from marshmallow import fields, validate

from marketplace.fields import RegionCodeField, TextField
from marketplace.http import Schema
from partners.credits.rules import Scheme
from partners.regions.queries import tree


class LockYearSchema(Schema):
    """Which year of which region is closed, and by which paper."""

    scheme = fields.Enum(Scheme, by_value=True, required=True)
    region_code = RegionCodeField(required=True)
    year = fields.Integer(required=True, strict=True, validate=validate.Range(2016, 2100))
    document = TextField(required=True, minimum=2, maximum=200)


class LockedYearSchema(Schema):
    """A closed year."""

    id = fields.UUID()
    scheme = fields.Enum(Scheme, by_value=True)
    region_code = fields.String()
    region_name = fields.Function(
        lambda row: tree().full_name(row.region_code), metadata={"type": "string"}
    )
    year = fields.Integer()
    document = fields.String()
    locked_at = fields.DateTime()


class LockedYearPageSchema(Schema):
    """One page of closed years, the newest first."""

    items = fields.List(fields.Nested(LockedYearSchema))
    next = fields.String(allow_none=True)
