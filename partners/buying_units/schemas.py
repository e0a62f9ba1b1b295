"""What the API takes in and shows of buying units."""

from marshmallow import fields, validate

from marketplace.fields import FenField, RateField, RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.buying_units.models import (
    BASIS_POINTS,
    BuyingUnitKind,
    BuyingUnitState,
    CanteenArrangement,
)
from partners.credit_codes import CreditCodeField
from partners.regions.queries import tree


class BuyingUnitQuerySchema(ListQuerySchema):
    """Which units: inside a region, in a state, with words in the name."""

    region = RegionCodeField(load_default=None)
    state = fields.Enum(BuyingUnitState, by_value=True, load_default=None)
    q = TextField(load_default=None, maximum=40)


class RegisterBuyingUnitSchema(Schema):
    """A unit that wants to buy; the unit above it is named by its credit code."""

    name = TextField(required=True, minimum=2, maximum=60)
    kind = fields.Enum(BuyingUnitKind, by_value=True, required=True)
    region_code = RegionCodeField(required=True)
    credit_code = CreditCodeField(required=True)
    is_budget_unit = fields.Boolean(load_default=False)
    parent_credit_code = CreditCodeField(load_default=None, allow_none=True)


class BuyingUnitNoteSchema(Schema):
    """What the office says with its decision."""

    note = TextField(required=True, maximum=500, multiline=True)


class DescribeCanteenSchema(Schema):
    """Whether there is a canteen, who files a shared one, who runs an outsourced one."""

    canteen = fields.Enum(CanteenArrangement, by_value=True, required=True)
    filed_by_credit_code = CreditCodeField(load_default=None, allow_none=True)
    contractor = TextField(load_default=None, allow_none=True, maximum=60)


class ApprovalRuleSchema(Schema):
    """From which amount on a second person approves purchases; 0: all of them, null: none."""

    approval_from_fen = FenField(required=True, allow_none=True)


class FilePurchasingSchema(Schema):
    """The yearly filing; the reserved amount follows from it."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(2020, 2100))
    canteen_purchasing_fen = FenField(required=True)
    share_basis_points = RateField(
        required=True,
        maximum=BASIS_POINTS,
        metadata={"description": "1000 is 10 %"},
    )
    union_purchasing_fen = FenField(load_default=0)
    remark = TextField(load_default="", minimum=0, maximum=500, multiline=True)


class BuyingUnitSchema(Schema):
    """A buying unit with its canteen and where its registration stands."""

    id = fields.UUID()
    name = fields.String()
    kind = fields.Enum(BuyingUnitKind, by_value=True)
    kind_name = fields.Function(lambda row: str(row.kind.label), metadata={"type": "string"})
    is_budget_unit = fields.Boolean()
    region_code = fields.String()
    region_name = fields.Function(
        lambda row: tree().full_name(row.region_code), metadata={"type": "string"}
    )
    parent_id = fields.UUID(allow_none=True)
    credit_code = fields.String()
    canteen = fields.Enum(CanteenArrangement, by_value=True)
    canteen_filed_by_id = fields.UUID(allow_none=True)
    canteen_contractor = fields.String(allow_none=True)
    state = fields.Enum(BuyingUnitState, by_value=True)
    state_name = fields.Function(lambda row: str(row.state.label), metadata={"type": "string"})
    approval_from_fen = fields.Integer(allow_none=True)
    note = fields.String(allow_none=True)
    applied_at = fields.DateTime()
    approved_at = fields.DateTime(allow_none=True)
    version = fields.Integer()


class BuyingUnitFilingSchema(Schema):
    """One revision of a yearly filing."""

    id = fields.UUID()
    unit_id = fields.UUID()
    year = fields.Integer()
    revision = fields.Integer()
    canteen = fields.Enum(CanteenArrangement, by_value=True)
    canteen_purchasing_fen = fields.Integer()
    share_basis_points = fields.Integer()
    reserved_fen = fields.Integer()
    union_purchasing_fen = fields.Integer()
    remark = fields.String()
    filed_at = fields.DateTime()


class BuyingUnitPageSchema(Schema):
    """One page of buying units."""

    items = fields.List(fields.Nested(BuyingUnitSchema))
    next = fields.String(allow_none=True)


class BuyingUnitFilingPageSchema(Schema):
    """One page of filings, the newest first."""

    items = fields.List(fields.Nested(BuyingUnitFilingSchema))
    next = fields.String(allow_none=True)
