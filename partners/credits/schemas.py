"""What the API takes in and shows of credits and counting rules."""

from datetime import date

from marshmallow import fields, validate

from marketplace.fields import IdField, RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.credits.rules import Kind, Moment, Scheme

_A_DAY = validate.Range(date(1996, 1, 1), date(2100, 12, 31))


class RuleQuerySchema(ListQuerySchema):
    """Which rules: all versions, or those in force on a day."""

    on = fields.Date(load_default=None)


class AddRuleSchema(Schema):
    """The next version of a scheme's rule, from its first day on."""

    scheme = fields.Enum(Scheme, by_value=True, required=True)
    issuer = TextField(required=True, maximum=100)
    document = TextField(required=True, maximum=200)
    valid_from = fields.Date(required=True, validate=_A_DAY)
    valid_to = fields.Date(load_default=None, allow_none=True, validate=_A_DAY)
    confirms_at = fields.Enum(Moment, by_value=True, load_default=Moment.COMPLETION)
    counts_freight = fields.Boolean(load_default=False)
    waived_relations = fields.List(
        fields.String(
            validate=validate.OneOf(
                ["east_west_cooperation", "counterpart_support", "counterpart_cooperation"]
            )
        ),
        load_default=list,
    )
    waived_origins = fields.List(
        RegionCodeField(), load_default=list, validate=validate.Length(max=100)
    )
    private_buyer_kind = fields.Enum(Kind, by_value=True, load_default=None, allow_none=True)
    budget_unit_kinds = fields.List(
        TextField(maximum=40), load_default=list, validate=validate.Length(max=20)
    )
    note = TextField(minimum=0, maximum=500, load_default="")


class CountingRuleSchema(Schema):
    """A version of a scheme's rule with its settings."""

    id = fields.UUID()
    scheme = fields.String()
    version = fields.Integer()
    issuer = fields.String()
    document = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    confirms_at = fields.String()
    counts_freight = fields.Boolean()
    waived_relations = fields.List(fields.String())
    waived_origins = fields.List(fields.String())
    private_buyer_kind = fields.String(allow_none=True)
    budget_unit_kinds = fields.List(fields.String())
    note = fields.String()


class CountingRulePageSchema(Schema):
    """A page of rule versions, the newest of each scheme first."""

    items = fields.List(fields.Nested(CountingRuleSchema))
    next = fields.String(allow_none=True)


class NoteSchema(Schema):
    """Why an office decides so."""

    note = TextField(required=True, maximum=500)


class SettleTieSchema(NoteSchema):
    """The pairing that a sale counts for, and why."""

    pairing_id = IdField(required=True)


class ReattributeSaleSchema(NoteSchema):
    """The unit or the region that a sale counts for from now on, and why."""

    attribution_code = RegionCodeField(load_default=None)
    buying_unit_id = IdField(load_default=None)


class OutcomeSchema(Schema):
    """What a sale counts for under a scheme, with what stands of it now."""

    scheme = fields.String()
    standing = fields.String()
    stage = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    amount_fen = fields.Integer()
    net_fen = fields.Integer()
    region_code = fields.String(allow_none=True)
    pairing_id = fields.UUID(allow_none=True)
    tied_pairing_ids = fields.List(fields.UUID())
    reason_code = fields.String()
    reason = fields.Function(lambda outcome: str(outcome.reason), metadata={"type": "string"})


class MovementSchema(Schema):
    """One movement of a sale's credit."""

    id = fields.UUID()
    scheme = fields.String()
    stage = fields.String()
    amount_fen = fields.Integer()
    cause = fields.String(attribute="cause_kind")
    booked_on = fields.Date()
    counting_year = fields.Integer()
    corrects_year = fields.Integer(allow_none=True)


class CreditedSaleSchema(Schema):
    """The facts of a sale as they were judged."""

    line_id = fields.UUID(attribute="id")
    line_kind = fields.String()
    sale_on = fields.Date()
    cooperative_id = fields.UUID()
    cooperative_name = fields.String()
    product_name = fields.String()
    category = fields.String()
    product_kind = fields.String()
    origin_code = fields.String(allow_none=True)
    quantity = fields.Integer()
    unit = fields.String()
    amount_fen = fields.Integer()
    freight_fen = fields.Integer()
    returned_fen = fields.Integer()
    channel = fields.String()
    certificate_no = fields.String(allow_none=True)
    flags = fields.List(fields.String())
    completed_on = fields.Date(allow_none=True)
    held_on = fields.Date(allow_none=True)


class CreditedSalePageSchema(Schema):
    """A page of sales."""

    items = fields.List(fields.Nested(CreditedSaleSchema))
    next = fields.String(allow_none=True)


class CreditedSaleDetailSchema(Schema):
    """A sale with what it counts for under each scheme and every movement of its credit."""

    sale = fields.Nested(CreditedSaleSchema)
    outcomes = fields.List(fields.Nested(OutcomeSchema))
    movements = fields.List(fields.Nested(MovementSchema))
