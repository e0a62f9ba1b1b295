"""What the API takes in and shows of quotas."""

from marshmallow import fields, validate

from marketplace.fields import FenField, IdField, RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.credits.rules import Scheme
from partners.regions.queries import tree


class QuotaQuerySchema(ListQuerySchema):
    """Which quotas: of a year, a scheme, exactly a region."""

    year = fields.Integer(load_default=None, validate=validate.Range(1996, 2100))
    scheme = fields.Enum(Scheme, by_value=True, load_default=None)
    region = RegionCodeField(load_default=None)


class _DecisionSchema(Schema):
    amount_fen = FenField(required=True)
    document = TextField(required=True, maximum=200)
    effective_on = fields.Date(load_default=None)


class SetQuotaSchema(_DecisionSchema):
    """A task: whose, for which year, how much, by which paper, from which day on."""

    scheme = fields.Enum(Scheme, by_value=True, load_default=Scheme.PAIRING)
    region_code = RegionCodeField(required=True)
    year = fields.Integer(required=True, strict=True, validate=validate.Range(1996, 2100))
    pairing_id = IdField(load_default=None)
    buying_unit_id = IdField(load_default=None)


class ReviseQuotaSchema(_DecisionSchema):
    """Another amount for a task from a day on."""


class QuotaRevisionSchema(Schema):
    """What was decided for a quota, from when on."""

    amount_fen = fields.Integer()
    effective_on = fields.Date()
    document = fields.String()
    decided_at = fields.AwareDateTime()


class QuotaSchema(Schema):
    """A task and its revisions, oldest first; the last one in effect is the target."""

    id = fields.UUID(attribute="quota.id")
    scheme = fields.String(attribute="quota.scheme")
    region_code = fields.String(attribute="quota.region_code")
    region_name = fields.Function(
        lambda row: tree().full_name(row.quota.region_code), metadata={"type": "string"}
    )
    year = fields.Integer(attribute="quota.year")
    pairing_id = fields.UUID(attribute="quota.pairing_id", allow_none=True)
    buying_unit_id = fields.UUID(attribute="quota.buying_unit_id", allow_none=True)
    revisions = fields.List(fields.Nested(QuotaRevisionSchema))


class QuotaPageSchema(Schema):
    """A page of quotas."""

    items = fields.List(fields.Nested(QuotaSchema))
    next = fields.String(allow_none=True)
