"""Household shares in and out: counts, sums, codes and reasons from a list; no text to write in."""

from typing import Any

from marshmallow import fields, post_load, validate

from marketplace.fields import FenField, Matches, QuantityField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from orders.household_shares.kinds import ExcessReason, HouseholdKind, ReturnReason, ShareState
from orders.household_shares.service import Returned

MAX_LINES = 200
_PLACE_CODE = Text(
    "应为区划代码：县 6 位、乡镇 9 位、村 12 位，如 511922103",
    "Enter a division code of 6, 9 or 12 digits, such as 511922103",
)


class ReturnedLineSchema(Schema):
    """How many households of a kind in a place got how much."""

    # Six digits: a county; nine: a township; twelve: a village.
    place_code = fields.String(
        required=True,
        validate=Matches(r"\A[1-9][0-9]{5}([0-9]{3}){0,2}\Z", _PLACE_CODE),
    )
    kind = fields.Enum(HouseholdKind, by_value=True, required=True)
    households = QuantityField(required=True)
    amount_fen = FenField(required=True, minimum=1)

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Returned:
        """Return the line as the service takes it."""
        return Returned(**values)


class EnterHouseholdShareSchema(Schema):
    """What of a statement went back to households."""

    lines = fields.List(
        fields.Nested(ReturnedLineSchema), required=True, validate=validate.Length(1, MAX_LINES)
    )
    # How many payment vouchers are kept for it.
    vouchers = QuantityField(minimum=0, load_default=0)
    # Needed where more was returned than the statement pays.
    excess_reason = fields.Enum(ExcessReason, by_value=True, load_default=None, allow_none=True)


class ReturnHouseholdShareSchema(Schema):
    """Why it is sent back."""

    reason = fields.Enum(ReturnReason, by_value=True, required=True)


class HouseholdShareQuerySchema(ListQuerySchema):
    """Which shares."""

    state = fields.Enum(ShareState, by_value=True, load_default=None)


class ShareYearQuerySchema(Schema):
    """Which year; by default this one."""

    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2100), allow_none=True)


class ReturnedShownSchema(Schema):
    """A line of a share."""

    place_code = fields.String()
    kind = fields.Enum(HouseholdKind, by_value=True)
    households = fields.Integer()
    amount_fen = fields.Integer()


class HouseholdShareSchema(Schema):
    """A revision of a statement's household share."""

    id = fields.UUID(attribute="share.id")
    cooperative_id = fields.UUID(attribute="share.cooperative_id")
    cooperative_name = fields.String()
    statement_id = fields.UUID(attribute="share.statement_id")
    statement_no = fields.String()
    revision = fields.Integer(attribute="share.revision")
    state = fields.Enum(ShareState, by_value=True, attribute="share.state")
    year = fields.Integer(attribute="share.year")
    statement_fen = fields.Integer(attribute="share.statement_fen")
    households = fields.Integer(attribute="share.households")
    amount_fen = fields.Integer(attribute="share.amount_fen")
    excess_reason = fields.Enum(
        ExcessReason, by_value=True, attribute="share.excess_reason", allow_none=True
    )
    vouchers = fields.Integer(attribute="share.vouchers")
    entered_at = fields.DateTime(attribute="share.entered_at")
    reviewed_at = fields.DateTime(attribute="share.reviewed_at", allow_none=True)
    return_reason = fields.Enum(
        ReturnReason, by_value=True, attribute="share.return_reason", allow_none=True
    )
    lines = fields.List(fields.Nested(ReturnedShownSchema))


class HouseholdShareListSchema(Schema):
    """The revisions of a statement's share, the newest first."""

    items = fields.List(fields.Nested(HouseholdShareSchema))


class HouseholdSharePageSchema(HouseholdShareListSchema):
    """One page of shares."""

    next = fields.String(allow_none=True)


class HomeSumSchema(Schema):
    """What the cooperatives of a region, or of a pairing's western end, returned in a year."""

    pairing_id = fields.UUID(allow_none=True)
    east_name = fields.String(allow_none=True)
    region_code = fields.String()
    region_name = fields.String()
    statements = fields.Integer()
    payable_fen = fields.Integer()
    waiting = fields.Integer()
    attested = fields.Integer()
    households = fields.Integer()
    amount_fen = fields.Integer()


class HomeSumListSchema(Schema):
    """An office's rows; those of wider and narrower pairings are not to be added up."""

    items = fields.List(fields.Nested(HomeSumSchema))


class CountySumSchema(Schema):
    """A county's attested shares of a year."""

    county_code = fields.String()
    name = fields.String()
    households = fields.Integer()
    amount_fen = fields.Integer()


class PublishedSharesSchema(Schema):
    """What is published of a year; counties with few households stand together or not at all."""

    year = fields.Integer()
    counties = fields.List(fields.Nested(CountySumSchema))
    households = fields.Integer()
    amount_fen = fields.Integer()
