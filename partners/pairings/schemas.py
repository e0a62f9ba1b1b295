"""What the API takes in and shows of pairings."""

from marshmallow import fields

from marketplace.fields import RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.pairings.models import Relation
from partners.regions.queries import tree


class PairingQuerySchema(ListQuerySchema):
    """Which pairings: in force on a day, of an eastern or a western region, of a relation."""

    on = fields.Date(load_default=None)
    east = RegionCodeField(load_default=None)
    west = RegionCodeField(load_default=None)
    relation = fields.Enum(Relation, by_value=True, load_default=None)


class AddPairingSchema(Schema):
    """A new pairing with its paper."""

    east_code = RegionCodeField(required=True)
    west_code = RegionCodeField(required=True)
    west_organisation_code = TextField(load_default=None, maximum=40)
    relation = fields.Enum(Relation, by_value=True, required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    document = TextField(required=True, maximum=200)
    evidence = TextField(required=True, maximum=500)
    is_assumed = fields.Boolean(load_default=False)


class EndPairingSchema(Schema):
    """The last day of a pairing and the paper that says so."""

    valid_to = fields.Date(required=True)
    document = TextField(required=True, maximum=200)


class PairingSchema(Schema):
    """A pairing with its period (both days included) and what it rests on."""

    id = fields.UUID()
    east_code = fields.String()
    east_name = fields.Function(
        lambda row: tree().full_name(row.east_code), metadata={"type": "string"}
    )
    west_code = fields.String()
    west_name = fields.Function(
        lambda row: tree().full_name(row.west_code), metadata={"type": "string"}
    )
    west_organisation_code = fields.String(allow_none=True)
    relation = fields.Enum(Relation, by_value=True)
    relation_name = fields.Function(
        lambda row: str(row.relation.label), metadata={"type": "string"}
    )
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    document = fields.String(allow_none=True)
    end_document = fields.String(allow_none=True)
    evidence = fields.String()
    is_assumed = fields.Boolean(
        metadata={"description": "True where no source settles part of it (a start year)"}
    )
    version = fields.Integer()


class PairingPageSchema(Schema):
    """One page of pairings."""

    items = fields.List(fields.Nested(PairingSchema))
    next = fields.String(allow_none=True)
