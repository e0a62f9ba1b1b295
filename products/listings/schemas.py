"""What the shop window's API answers, for the OpenAPI document; the bytes come from msgspec."""

from marshmallow import fields

from marketplace.http import Schema


class ProductCardSchema(Schema):
    """A product as a list shows it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    category_code = fields.String(required=True)
    category_name = fields.String(required=True)
    origin_code = fields.String(required=True, allow_none=True)
    origin_name = fields.String(required=True, allow_none=True)
    cooperative_id = fields.UUID(required=True)
    cooperative_name = fields.String(required=True)
    price_from_fen = fields.Integer(required=True)
    spec = fields.String(required=True)
    unit = fields.String(required=True)
    is_in_stock = fields.Boolean(required=True)
    certificate_no = fields.String(required=True, allow_none=True)
    certificate_valid_to = fields.Date(required=True, allow_none=True)
    photo_url = fields.String(required=True, allow_none=True)
    listed_at = fields.AwareDateTime(required=True)


class ProductCardPageSchema(Schema):
    """One page of cards."""

    items = fields.List(fields.Nested(ProductCardSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PlaceSchema(Schema):
    """A region by code and full name."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class ListedSkuSchema(Schema):
    """A spec that can be bought."""

    id = fields.UUID(required=True)
    spec = fields.String(required=True)
    unit = fields.String(required=True)
    weight_g = fields.Integer(required=True)
    price_fen = fields.Integer(required=True)
    available = fields.Integer(required=True)


class ListedPhotoSchema(Schema):
    """A photo in its two sizes."""

    large_url = fields.String(required=True)
    small_url = fields.String(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class ListedCertificateSchema(Schema):
    """The certificate in force today."""

    certificate_no = fields.String(required=True)
    issuer_name = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    linked_households = fields.Integer(required=True)
    linked_villages = fields.Integer(required=True)
    linked_jobs = fields.Integer(required=True)
    linked_income_fen = fields.Integer(required=True)


class ProductDetailSchema(Schema):
    """A listed product in full."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    category_code = fields.String(required=True)
    category_name = fields.String(required=True)
    description = fields.String(required=True)
    origin = fields.Nested(PlaceSchema, required=True)
    main_material = fields.Nested(PlaceSchema, required=True, allow_none=True)
    judged_origin = fields.Nested(PlaceSchema, required=True, allow_none=True)
    cooperative_id = fields.UUID(required=True)
    cooperative_name = fields.String(required=True)
    return_class = fields.String(required=True)
    is_prepackaged = fields.Boolean(required=True)
    sc_licence_no = fields.String(required=True, allow_none=True)
    quarantine_certificate_no = fields.String(required=True, allow_none=True)
    shelf_life_days = fields.Integer(required=True, allow_none=True)
    storage_conditions = fields.String(required=True, allow_none=True)
    net_content = fields.String(required=True, allow_none=True)
    price_from_fen = fields.Integer(required=True)
    listed_at = fields.AwareDateTime(required=True)
    certificate = fields.Nested(ListedCertificateSchema, required=True, allow_none=True)
    skus = fields.List(fields.Nested(ListedSkuSchema), required=True)
    photos = fields.List(fields.Nested(ListedPhotoSchema), required=True)


class CategorySchema(Schema):
    """A category; ``path`` runs from the top to itself, products hang on leaves."""

    code = fields.String(required=True)
    parent_code = fields.String(required=True, allow_none=True)
    path = fields.List(fields.String(), required=True)
    name = fields.String(required=True)
    is_leaf = fields.Boolean(required=True)
    is_food = fields.Boolean(required=True)
    needs_quarantine = fields.Boolean(required=True)


class CategoryListSchema(Schema):
    """The whole tree of categories, in its order."""

    items = fields.List(fields.Nested(CategorySchema), required=True)
