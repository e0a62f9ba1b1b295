"""Freight templates in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from marketplace.fields import (
    MAX_QUANTITY,
    FenField,
    IdField,
    QuantityField,
    RegionCodeField,
    TextField,
)
from marketplace.http import Schema
from marketplace.language import Text
from orders.freight.models import Basis
from products.catalogue.schemas import StrictBoolean

MAX_ZONES = 50
MAX_REGIONS = 500
MAX_CHARGE_FEN = 1_000_000
MAX_UNITS = 1_000_000_000

_CHARGES = ("first_units", "first_fen", "further_units", "further_fen")
_FREE = ("free_from_fen", "free_from_pieces")
_NO_CHARGES = Text("不配送的地区不填运费", "Where nothing is delivered, nothing is charged")
_TWICE = Text("有地区写了两次", "A region is named twice")


class ZoneCommandSchema(Schema):
    """What sending to some regions costs; without regions, to everywhere else."""

    region_codes = fields.List(
        RegionCodeField(), load_default=list, validate=validate.Length(max=MAX_REGIONS)
    )
    is_served = StrictBoolean(load_default=True)
    first_units = QuantityField(load_default=None, allow_none=True, maximum=MAX_UNITS)
    first_fen = FenField(load_default=None, allow_none=True, maximum=MAX_CHARGE_FEN)
    further_units = QuantityField(load_default=None, allow_none=True, maximum=MAX_UNITS)
    further_fen = FenField(load_default=None, allow_none=True, maximum=MAX_CHARGE_FEN)
    free_from_fen = FenField(load_default=None, allow_none=True, minimum=1)
    free_from_pieces = QuantityField(load_default=None, allow_none=True)

    @validates_schema
    def _check_charges(self, data: dict[str, Any], **_: Any) -> None:
        if data["is_served"]:
            missing = [name for name in _CHARGES if data.get(name) is None]
            if missing:
                raise ValidationError(
                    {name: ["Missing data for required field."] for name in missing}
                )
        else:
            given = [name for name in (*_CHARGES, *_FREE) if data.get(name) is not None]
            if given:
                raise ValidationError({name: [_NO_CHARGES] for name in given})
        if len(set(data["region_codes"])) < len(data["region_codes"]):
            raise ValidationError({"region_codes": [_TWICE]})


class FreightTemplateCommandSchema(Schema):
    """A template whole: its measure and what it charges where."""

    name = TextField(required=True, maximum=40)
    basis = fields.Enum(Basis, by_value=True, required=True)
    is_default = StrictBoolean(load_default=False)
    zones = fields.List(
        fields.Nested(ZoneCommandSchema), required=True, validate=validate.Length(1, MAX_ZONES)
    )


class ZoneSchema(Schema):
    """A zone; without regions it is everywhere else."""

    region_codes = fields.List(fields.String())
    is_served = fields.Boolean(attribute="zone.is_served")
    first_units = fields.Integer(attribute="zone.first_units", allow_none=True)
    first_fen = fields.Integer(attribute="zone.first_fen", allow_none=True)
    further_units = fields.Integer(attribute="zone.further_units", allow_none=True)
    further_fen = fields.Integer(attribute="zone.further_fen", allow_none=True)
    free_from_fen = fields.Integer(attribute="zone.free_from_fen", allow_none=True)
    free_from_pieces = fields.Integer(attribute="zone.free_from_pieces", allow_none=True)


class FreightTemplateSchema(Schema):
    """A template with its zones."""

    id = fields.UUID(attribute="template.id")
    cooperative_id = fields.UUID(attribute="template.cooperative_id")
    name = fields.String(attribute="template.name")
    basis = fields.Enum(Basis, attribute="template.basis", by_value=True)
    is_default = fields.Boolean(attribute="template.is_default")
    version = fields.Integer(attribute="template.version")
    zones = fields.List(fields.Nested(ZoneSchema))


class FreightTemplatePageSchema(Schema):
    """One page of templates."""

    items = fields.List(fields.Nested(FreightTemplateSchema))
    next = fields.String(allow_none=True)


class ChooseTemplateSchema(Schema):
    """Which template sends a product; null: the cooperative's default."""

    template_id = IdField(required=True, allow_none=True)


class FreightPreviewQuerySchema(Schema):
    """So many pieces of a spec, sent to a place."""

    sku_id = IdField(required=True)
    quantity = fields.Integer(load_default=1, validate=validate.Range(1, MAX_QUANTITY))
    ship_to_code = RegionCodeField(required=True)


class FreightPreviewSchema(Schema):
    """What that would cost; ``is_served`` false: it is not sent there, and ``reason`` says so."""

    sku_id = fields.UUID()
    quantity = fields.Integer()
    ship_to_code = fields.String()
    ship_to_name = fields.String()
    is_served = fields.Boolean()
    freight_fen = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)
