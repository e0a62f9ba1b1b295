"""What the API takes in and shows of products as their cooperatives and reviewers see them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from marketplace.fields import (
    FenField,
    IdField,
    Matches,
    QuantityField,
    RegionCodeField,
    TextField,
)
from marketplace.http import ListQuerySchema, Schema
from marketplace.language import Text
from partners.credits.facts import ProductKind
from partners.regions.queries import tree
from products.catalogue.models import ListingState, ReturnClass
from products.media.schemas import PhotoSchema

MAX_PRICE_FEN = 100_000_000
TEN_YEARS_IN_DAYS = 3660

_SC_LICENCE = Text(
    "应为 SC 加 14 位数字，如 SC10151192200015",
    "Enter SC and 14 digits such as SC10151192200015",
)
_NOTHING_TO_CHANGE = Text(
    "请至少填写一项要修改的内容", "Give at least one of the facts that are to change"
)


class StrictBoolean(fields.Boolean):
    """true or false, nothing that merely looks like it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class _ProductFactsSchema(Schema):
    """The facts of a product that may stay open until it is submitted."""

    main_material_code = RegionCodeField(allow_none=True)
    is_prepackaged = StrictBoolean()
    sc_licence_no = fields.String(
        allow_none=True,
        validate=Matches(r"\ASC[0-9]{14}\Z", _SC_LICENCE),
    )
    quarantine_certificate_no = TextField(maximum=60, allow_none=True)
    shelf_life_days = QuantityField(maximum=TEN_YEARS_IN_DAYS, allow_none=True)
    storage_conditions = TextField(maximum=100, allow_none=True)
    net_content = TextField(maximum=40, allow_none=True)


class CreateProductSchema(_ProductFactsSchema):
    """A new product; what is missing may follow until it is submitted."""

    cooperative_id = IdField(required=True)
    name = TextField(required=True, maximum=60)
    kind = fields.Enum(ProductKind, by_value=True, required=True)
    category_code = TextField(required=True, maximum=40)
    description = TextField(load_default="", minimum=0, maximum=5000, multiline=True)
    origin_code = RegionCodeField(required=True)
    return_class = fields.Enum(ReturnClass, by_value=True, required=True)


class UpdateProductSchema(_ProductFactsSchema):
    """The facts to change; those left out stay."""

    name = TextField(maximum=60)
    kind = fields.Enum(ProductKind, by_value=True)
    category_code = TextField(maximum=40)
    description = TextField(minimum=0, maximum=5000, multiline=True)
    origin_code = RegionCodeField()
    return_class = fields.Enum(ReturnClass, by_value=True)


class ReturnProductSchema(Schema):
    """Why a product goes back to its cooperative."""

    reason = TextField(required=True, maximum=500, multiline=True)


class AddSkuSchema(Schema):
    """A new spec of a product with what is on the shelf."""

    spec = TextField(required=True, maximum=40)
    unit = TextField(required=True, maximum=10)
    weight_g = QuantityField(required=True)
    volume_cm3 = QuantityField(
        load_default=None,
        allow_none=True,
        maximum=100_000_000,
        metadata={"description": "Packed; needed where freight is charged by volume"},
    )
    price_fen = FenField(required=True, minimum=1, maximum=MAX_PRICE_FEN)
    on_hand = QuantityField(load_default=0, minimum=0)


class UpdateSkuSchema(Schema):
    """What to change of a spec; stock changes by moves only."""

    spec = TextField(maximum=40)
    unit = TextField(maximum=10)
    weight_g = QuantityField()
    volume_cm3 = QuantityField(allow_none=True, maximum=100_000_000)
    price_fen = FenField(minimum=1, maximum=MAX_PRICE_FEN)
    is_active = StrictBoolean()

    @validates_schema
    def has_changes(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError([_NOTHING_TO_CHANGE])


class SkuSchema(Schema):
    """A spec as its cooperative sees it."""

    id = fields.UUID(required=True)
    product_id = fields.UUID(required=True)
    spec = fields.String(required=True)
    unit = fields.String(required=True)
    weight_g = fields.Integer(required=True)
    volume_cm3 = fields.Integer(required=True, allow_none=True)
    price_fen = fields.Integer(required=True)
    is_active = fields.Boolean(required=True)
    on_hand = fields.Integer(required=True)
    reserved = fields.Integer(required=True)
    version = fields.Integer(required=True)


class ManagedProductQuerySchema(ListQuerySchema):
    """Which products: in a state, of a cooperative."""

    state = fields.Enum(ListingState, by_value=True, load_default=None)
    cooperative_id = IdField(load_default=None)


def _place_name(attribute: str) -> fields.Function:
    def name(row: Any) -> str | None:
        code = getattr(row.product, attribute)
        return tree().full_name(code) if code else None

    return fields.Function(name, metadata={"type": "string"})


class ManagedProductSchema(Schema):
    """A product with its papers, for its cooperative, its reviewers and auditors."""

    id = fields.UUID()
    cooperative_id = fields.UUID()
    name = fields.String()
    kind = fields.Enum(ProductKind, by_value=True)
    category_code = fields.String()
    description = fields.String()
    origin_code = fields.String()
    origin_name = _place_name("origin_code")
    main_material_code = fields.String(allow_none=True)
    judged_origin_code = fields.String(allow_none=True)
    judged_origin_name = _place_name("judged_origin_code")
    return_class = fields.Enum(ReturnClass, by_value=True)
    is_prepackaged = fields.Boolean()
    sc_licence_no = fields.String(allow_none=True)
    quarantine_certificate_no = fields.String(allow_none=True)
    shelf_life_days = fields.Integer(allow_none=True)
    storage_conditions = fields.String(allow_none=True)
    net_content = fields.String(allow_none=True)
    state = fields.Enum(ListingState, by_value=True)
    return_reason = fields.String(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
    reviewed_at = fields.AwareDateTime(allow_none=True)
    listed_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    version = fields.Integer()
    skus = fields.List(fields.Nested(SkuSchema))
    photos = fields.List(fields.Nested(PhotoSchema))

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Read the product's own facts from the product."""
        return getattr(obj if attr in ("skus", "photos") else obj.product, attr, default)


class ManagedProductPageSchema(Schema):
    """One page of products with their papers."""

    items = fields.List(fields.Nested(ManagedProductSchema))
    next = fields.String(allow_none=True)


class PriceChangeSchema(Schema):
    """A price that a spec has had from an instant on."""

    id = fields.UUID()
    price_fen = fields.Integer()
    changed_at = fields.AwareDateTime()


class PriceChangePageSchema(Schema):
    """One page of a spec's prices."""

    items = fields.List(fields.Nested(PriceChangeSchema))
    next = fields.String(allow_none=True)
