"""What the API takes in and shows of recounts."""

from datetime import date

from marshmallow import fields, validate

from marketplace.fields import TextField
from marketplace.http import Schema
from partners.credits.rules import Scheme
from partners.credits.schemas import CreditedSaleSchema, OutcomeSchema

_A_DAY = validate.Range(date(1996, 1, 1), date(2100, 12, 31))


class ProposeRecountSchema(Schema):
    """Which sales are judged again, by which paper, and why."""

    scheme = fields.Enum(Scheme, by_value=True, required=True)
    first_on = fields.Date(required=True, validate=_A_DAY)
    last_on = fields.Date(required=True, validate=_A_DAY)
    document = TextField(required=True, maximum=200)
    note = TextField(required=True, maximum=500)


class RecountSchema(Schema):
    """A recount and where it stands."""

    id = fields.UUID()
    scheme = fields.String()
    first_on = fields.Date()
    last_on = fields.Date()
    document = fields.String()
    note = fields.String()
    state = fields.String()
    state_label = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    proposed_at = fields.AwareDateTime()
    approved_at = fields.AwareDateTime(allow_none=True)
    posted_at = fields.AwareDateTime(allow_none=True)
    changed_count = fields.Integer(allow_none=True)


class RecountPageSchema(Schema):
    """A page of recounts, the newest first."""

    items = fields.List(fields.Nested(RecountSchema))
    next = fields.String(allow_none=True)


class DifferenceSchema(Schema):
    """A sale that would count otherwise."""

    sale = fields.Nested(CreditedSaleSchema)
    before = fields.Nested(OutcomeSchema)
    after = fields.Nested(OutcomeSchema)


class DifferencePageSchema(Schema):
    """The differences among the next sales of the range; there may be more behind an empty page."""

    items = fields.List(fields.Nested(DifferenceSchema))
    next = fields.String(allow_none=True)
