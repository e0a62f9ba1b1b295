"""Addresses in, and out to those whose book they stand in."""

from marshmallow import fields

from marketplace.fields import IdField, RegionCodeField, TelephoneField, TextField
from marketplace.http import Schema


class DetailsSchema(Schema):
    """Who receives the goods, the street, and a short name such as 学校食堂."""

    name = TextField(minimum=1, maximum=40, required=True)
    phone = TelephoneField(required=True)
    address = TextField(minimum=1, maximum=200, required=True)
    label = TextField(minimum=0, maximum=12, load_default="")


class ChangeAddressSchema(DetailsSchema):
    """An address as it is to be; a former division code is read as what became of it."""

    region_code = RegionCodeField(required=True)


class AddAddressSchema(ChangeAddressSchema):
    """A new address, in one's own book or in that of a unit one buys for."""

    buying_unit_id = IdField(load_default=None, allow_none=True)
    is_default = fields.Boolean(load_default=False)


class AddressReceiptSchema(Schema):
    """What was written, without the person: answers to creating requests are stored for a while."""

    id = fields.UUID()
    buying_unit_id = fields.UUID(allow_none=True)
    region_code = fields.String()
    is_default = fields.Boolean()
    version = fields.Integer()


class AddressSchema(Schema):
    """An address in clear. ``region_code`` is today's, also where the division was renamed."""

    id = fields.UUID(attribute="row.id")
    buying_unit_id = fields.UUID(attribute="row.buying_unit_id", allow_none=True)
    unit_name = fields.String(allow_none=True)
    label = fields.String(attribute="details.label")
    name = fields.String(attribute="details.name")
    phone = fields.String(attribute="details.phone")
    region_code = fields.String()
    region_name = fields.String()
    address = fields.String(attribute="details.address")
    is_default = fields.Boolean(attribute="row.is_default")
    version = fields.Integer(attribute="row.version")


class AddressPageSchema(Schema):
    """One page of addresses, the newest first."""

    items = fields.List(fields.Nested(AddressSchema))
    next = fields.String(allow_none=True)
