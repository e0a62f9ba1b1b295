"""Products as tests need them: listed, certified and in stock, in a handful of statements."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ARRAY, Text, cast, func

from marketplace import clock, statements
from marketplace.database import db
from marketplace.ids import new_id, new_number
from partners.credits.facts import ProductKind
from partners.regions.queries import tree
from products.catalogue import queries
from products.catalogue.models import (
    ListingState,
    Product,
    ReturnClass,
    Sku,
    judged_origin,
)
from products.certificates.models import Certificate, CertificateState
from products.listings.service import refresh_listings
from products.media.models import Photo
from products.search.terms import product_terms, sort_key
from products.stock.models import StockMoveKind

NANJIANG = "511922"
XINHE = "652925"
XUYONG = "510524"


@dataclass(frozen=True, slots=True)
class MadeProduct:
    """A product with its only SKU, and its certificate if it has one."""

    product: Product
    sku: Sku
    certificate: Certificate | None

    @property
    def id(self) -> uuid.UUID:
        return self.product.id


def make_product(
    cooperative_id: uuid.UUID,
    *,
    name: str = "南江黄羊肉",
    kind: ProductKind = ProductKind.AGRICULTURAL,
    category_code: str = "other_snacks",
    origin_code: str = NANJIANG,
    main_material_code: str | None = None,
    state: ListingState = ListingState.LISTED,
    price_fen: int = 5800,
    spec: str = "500 克",
    unit: str = "袋",
    weight_g: int = 500,
    on_hand: int = 100,
    is_certified: bool = True,
    valid_from: date = date(2019, 1, 1),
    valid_to: date = date(2029, 12, 31),
    certificate_state: CertificateState = CertificateState.ACTIVE,
    certificate: dict[str, Any] | None = None,
    **facts: Any,
) -> MadeProduct:
    """Make a product of a cooperative, by default listed, certified and with 100 pieces on hand."""
    product = _insert_product(
        cooperative_id, name=name, kind=kind, category_code=category_code,
        origin_code=origin_code, main_material_code=main_material_code, state=state,
        price_from_fen=price_fen, **facts,
    )  # fmt: skip
    sku = make_sku(
        product, spec=spec, unit=unit, weight_g=weight_g, price_fen=price_fen, on_hand=on_hand
    )
    certified = None
    if is_certified:
        certified = make_certificate(
            product, state=certificate_state, valid_from=valid_from, valid_to=valid_to,
            **(certificate or {}),
        )  # fmt: skip
    if state is ListingState.LISTED:
        refresh_listings([product.id])
    return MadeProduct(product, sku, certified)


def _insert_product(cooperative_id: uuid.UUID, **facts: Any) -> Product:
    name, category = facts["name"], queries.categories()[facts["category_code"]]
    origin = judged_origin(facts["kind"], facts["origin_code"], facts["main_material_code"])
    path = tree().path(origin) if origin else ()
    terms = product_terms(
        name,
        other_texts=[*category.search_texts, *(tree().name(code) for code in path)],
        region_codes=path,
        category_codes=category.path,
    )
    now = clock.now()
    values = {
        "description": f"{name}，产地直发。",
        "return_class": ReturnClass.SEVEN_DAYS,
        "created_by": new_id(), "created_at": now,
        "submitted_by": new_id(), "submitted_at": now,
        "reviewed_by": new_id(), "reviewed_at": now, "listed_at": now,
        "name_key": sort_key(name), "terms": func.array_to_tsvector(cast(terms, ARRAY(Text))),
    }  # fmt: skip
    product = Product(cooperative_id=cooperative_id, **(values | facts))
    db.session.add(product)
    db.session.flush()
    return product


def make_sku(
    product: Product,
    *,
    spec: str = "500 克",
    unit: str = "袋",
    weight_g: int = 500,
    price_fen: int = 5800,
    on_hand: int = 100,
    **facts: Any,
) -> Sku:
    """Make a SKU of a product, with its first price and the move behind what is on hand."""
    now = clock.now()
    sku = Sku(
        id=new_id(), cooperative_id=product.cooperative_id, product_id=product.id, spec=spec,
        unit=unit, weight_g=weight_g, price_fen=price_fen, on_hand=on_hand, created_at=now, **facts,
    )  # fmt: skip
    db.session.add(sku)
    db.session.flush()
    statements.execute(
        _FIRST_PRICE_AND_STOCK,
        {
            "cooperative_id": sku.cooperative_id, "sku_id": sku.id, "price_fen": price_fen,
            "somebody": new_id(), "now": now, "price_id": new_id(), "move_id": new_id(),
            "received": str(StockMoveKind.RECEIVED), "quantity": on_hand,
        },
    )  # fmt: skip
    return sku


_FIRST_PRICE_AND_STOCK = """
    WITH priced AS (
        INSERT INTO price_changes (id, cooperative_id, sku_id, price_fen, changed_by, changed_at)
        VALUES (%(price_id)s, %(cooperative_id)s, %(sku_id)s, %(price_fen)s, %(somebody)s, %(now)s)
    )
    INSERT INTO stock_moves (id, cooperative_id, sku_id, kind, quantity, cause_id, moved_at)
    SELECT %(move_id)s::uuid, %(cooperative_id)s::uuid, %(sku_id)s::uuid, %(received)s::text, %(quantity)s::int,
        %(somebody)s::uuid, %(now)s::timestamptz
    WHERE %(quantity)s::int > 0
"""


def make_certificate(
    product: Product,
    *,
    state: CertificateState = CertificateState.ACTIVE,
    valid_from: date = date(2019, 1, 1),
    valid_to: date = date(2029, 12, 31),
    **facts: Any,
) -> Certificate:
    """Make a certificate of a product; the four steps were taken by four people."""
    at = datetime(2019, 1, 1, tzinfo=UTC)
    values = {
        "certificate_no": new_number("RD"),
        "origin_code": judged_origin(
            product.kind, product.origin_code, product.main_material_code
        )
        or product.origin_code,
        "issuer_name": "示例县对口办",
        "linked_households": 12, "linked_villages": 2, "linked_jobs": 5,
        "linked_income_fen": 36_000_000,
        "applied_by": new_id(), "applied_at": at,
        "county_certified_by": new_id(), "county_certified_at": at,
        "city_reviewed_by": new_id(), "city_reviewed_at": at,
        "activated_by": new_id(), "activated_at": at,
    }  # fmt: skip
    certificate = Certificate(
        cooperative_id=product.cooperative_id, product_id=product.id, state=state,
        valid_from=valid_from, valid_to=valid_to, **(values | facts),
    )  # fmt: skip
    db.session.add(certificate)
    db.session.flush()
    return certificate


def make_photo(product: Product, *, position: int = 0) -> Photo:
    """Make a photo's row; no file stands behind it."""
    photo = Photo(
        cooperative_id=product.cooperative_id, product_id=product.id, position=position,
        digest=secrets.token_hex(32), width=1280, height=960, size_bytes=120_000,
        uploaded_by=new_id(), uploaded_at=clock.now(),
    )  # fmt: skip
    db.session.add(photo)
    db.session.flush()
    return photo
