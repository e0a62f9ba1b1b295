"""What the API shows of reports."""

from typing import Any

from marshmallow import fields, validate

from marketplace import clock
from marketplace.fields import IdField
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from partners.credits.rules import Kind, Scheme, Stage
from partners.regions.queries import tree

# The first eastern and western provinces were paired in 1996.
_A_YEAR = validate.Range(1996, 2100)


class ReportListQuerySchema(Schema):
    """Of which year (this one unless said), under which scheme."""

    year = fields.Integer(load_default=lambda: clock.today().year, validate=_A_YEAR)
    scheme = fields.Enum(Scheme, by_value=True, load_default=Scheme.PAIRING)


class ReportQuerySchema(ReportListQuerySchema):
    """And as booked by the end of which day (now unless said)."""

    on = fields.Date(load_default=None)


class LineQuerySchema(ListQuerySchema):
    """Which figure's lines: of a year, a scheme, a stage, a kind, a pairing's total."""

    year = fields.Integer(load_default=lambda: clock.today().year, validate=_A_YEAR)
    scheme = fields.Enum(Scheme, by_value=True, load_default=Scheme.PAIRING)
    stage = fields.Enum(Stage, by_value=True, load_default=None)
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    pairing_id = IdField(load_default=None)


class AmountsSchema(Schema):
    """Purchase and assisted sale apart, and their sum."""

    direct_purchase_fen = fields.Integer()
    assisted_sale_fen = fields.Integer()
    total_fen = fields.Integer()


class FiguresSchema(Schema):
    """Where a task stands; only the confirmed amount is done."""

    target_fen = fields.Integer(allow_none=True)
    pending = fields.Nested(AmountsSchema)
    confirmed = fields.Nested(AmountsSchema)
    held = fields.Nested(AmountsSchema)
    corrections_fen = fields.Integer()
    remaining_fen = fields.Integer(allow_none=True)
    done_percent = fields.Float(allow_none=True)
    year_gone_percent = fields.Float()
    pace = fields.String(allow_none=True)
    pace_label = fields.Function(
        lambda figures: str(figures.pace.label) if figures.pace else None,
        metadata={"type": ["string", "null"]},
    )


class PairingFiguresSchema(Schema):
    """A pairing's total in the report's region, with the pairings inside it."""

    pairing_id = fields.UUID(attribute="pairing.id")
    relation = fields.String(attribute="pairing.relation")
    east_code = fields.String(attribute="pairing.east_code")
    east_name = fields.String()
    west_code = fields.String(attribute="pairing.west_code")
    west_name = fields.String()
    valid_from = fields.Date(attribute="pairing.valid_from")
    valid_to = fields.Date(attribute="pairing.valid_to", allow_none=True)
    included_pairing_ids = fields.List(fields.UUID())
    figures = fields.Nested(FiguresSchema)


class RegionFiguresSchema(Schema):
    """What a region inside contributes."""

    region_code = fields.String()
    region_name = fields.String()
    figures = fields.Nested(FiguresSchema)


class UnitFiguresSchema(Schema):
    """What a buying unit has done of its reserved share."""

    buying_unit_id = fields.UUID()
    buying_unit_name = fields.String()
    figures = fields.Nested(FiguresSchema)


class QuotaReportSummarySchema(Schema):
    """A region's year under a scheme, the total only."""

    region_code = fields.String()
    region_name = fields.String()
    year = fields.Integer()
    scheme = fields.String()
    as_of = fields.AwareDateTime()
    total = fields.Nested(FiguresSchema)


class QuotaReportSchema(QuotaReportSummarySchema):
    """A region's year under a scheme: the total, by pairing, region inside and buying unit."""

    pairings = fields.List(fields.Nested(PairingFiguresSchema))
    regions = fields.List(fields.Nested(RegionFiguresSchema))
    buying_units = fields.List(fields.Nested(UnitFiguresSchema))


class QuotaReportListSchema(Schema):
    """The reports that are the caller's first."""

    items = fields.List(fields.Nested(QuotaReportSummarySchema))


class MonthFiguresSchema(Schema):
    """What a month moved of the year's figures."""

    month = fields.Date()
    pending_fen = fields.Integer()
    confirmed_fen = fields.Integer()
    held_fen = fields.Integer()


class MonthListSchema(Schema):
    """The months of a year that moved anything, in order."""

    items = fields.List(fields.Nested(MonthFiguresSchema))


def _name(code: str | None) -> str | None:
    return tree().full_name(code) if code is not None and code in tree() else None


def _name_field(attribute: str) -> Any:
    return fields.Function(
        lambda row: _name(getattr(row, attribute)), metadata={"type": ["string", "null"]}
    )


class ReportLineSchema(Schema):
    """One credit behind a figure, with the facts of its sale and the rule that judged it."""

    id = fields.UUID()
    line_id = fields.UUID()
    booked_on = fields.Date()
    sale_on = fields.Date()
    counting_year = fields.Integer()
    corrects_year = fields.Integer(allow_none=True)
    scheme = fields.String()
    stage = fields.String()
    kind = fields.String()
    cause = fields.String(attribute="cause_kind")
    amount_fen = fields.Integer()
    region_code = fields.String()
    region_name = _name_field("region_code")
    pairing_id = fields.UUID(allow_none=True)
    buying_unit_name = fields.String(allow_none=True)
    attribution_code = fields.String(allow_none=True)
    cooperative_name = fields.String()
    product_name = fields.String()
    category = fields.String()
    origin_code = fields.String(allow_none=True)
    origin_name = _name_field("origin_code")
    quantity = fields.Integer()
    unit = fields.String()
    sale_amount_fen = fields.Integer()
    channel = fields.String()
    certificate_no = fields.String(allow_none=True)
    rule_version = fields.Integer()
    rule_document = fields.String()
    reason = fields.Function(
        lambda row: str(Text(row.reason_zh, row.reason_en)), metadata={"type": "string"}
    )


class ReportLinePageSchema(Schema):
    """A page of lines, the newest first."""

    items = fields.List(fields.Nested(ReportLineSchema))
    next = fields.String(allow_none=True)
