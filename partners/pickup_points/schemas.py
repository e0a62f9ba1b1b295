"""What the API takes in and shows of pick-up points."""

from marshmallow import fields, validate

from marketplace.fields import IdField, RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.identity.schemas import PhoneField
from partners.pickup_points.models import HolderKind
from partners.pickup_points.service import contact_of
from partners.regions.queries import tree


class PickupPointQuerySchema(ListQuerySchema):
    """Which points: those one may order to, keeps or manages; inside a region, of a word."""

    show = fields.String(load_default="open", validate=validate.OneOf(("open", "kept", "managed")))
    region = RegionCodeField(load_default=None)
    q = TextField(load_default=None, maximum=40)


class DescribePickupPointSchema(Schema):
    """What is said of a point."""

    name = TextField(required=True, minimum=2, maximum=60)
    region_code = RegionCodeField(required=True)
    address = TextField(required=True, minimum=2, maximum=200)
    hours = TextField(required=True, minimum=2, maximum=100)
    contact = TextField(required=True, minimum=2, maximum=60)
    is_for_unit_only = fields.Boolean(load_default=False)


class RegisterPickupPointSchema(DescribePickupPointSchema):
    """A new point, and whose place it is."""

    holder_kind = fields.Enum(HolderKind, by_value=True, required=True)
    holder_id = IdField(required=True)


class KeeperCommandSchema(Schema):
    """Who keeps the point: by telephone; the account is made if there is none."""

    phone = PhoneField(required=True)


class KeeperSchema(Schema):
    """Somebody who keeps a point."""

    account_id = fields.UUID()
    granted_at = fields.AwareDateTime()


class PickupPointSchema(Schema):
    """A pick-up point."""

    id = fields.UUID()
    name = fields.String()
    region_code = fields.String()
    region_name = fields.Function(
        lambda row: tree().full_name(row.region_code), metadata={"type": "string"}
    )
    address = fields.String()
    hours = fields.String()
    contact = fields.Function(contact_of, metadata={"type": "string"})
    holder_kind = fields.Enum(HolderKind, by_value=True)
    holder_id = fields.UUID()
    is_for_unit_only = fields.Boolean()
    is_active = fields.Boolean()
    version = fields.Integer()


class PickupPointPageSchema(Schema):
    """One page of pick-up points."""

    items = fields.List(fields.Nested(PickupPointSchema))
    next = fields.String(allow_none=True)
