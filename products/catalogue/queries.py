"""Every select on categories, products and SKUs; who may see and change which products."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, false, or_, select, true

from marketplace import clock
from marketplace.cursors import Page, paginate
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.permissions import Permission, ScopeKind
from marketplace.statements import fetch_all
from partners.credits.facts import ProductKind
from partners.offices.queries import governed_by
from products.catalogue.errors import ProductNotFound, SkuNotFound
from products.catalogue.models import (
    Category,
    ListingState,
    PriceChange,
    Product,
    ReturnClass,
    Sku,
)
from products.media.addresses import photo_url
from products.media.models import Photo
from products.media.queries import photos_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryNode:
    """A category as every process keeps it; ``path`` runs from the top to itself."""

    code: str
    parent_code: str | None
    path: tuple[str, ...]
    name: Text
    is_leaf: bool
    is_food: bool
    needs_quarantine: bool
    search_texts: tuple[str, ...]


_categories: dict[str, CategoryNode] | None = None


def categories() -> dict[str, CategoryNode]:
    """Return the tree of categories in its order; read once, since only migrations change it."""
    global _categories  # noqa: PLW0603 - one cache per process
    if _categories is None:
        _categories = _load_categories()
    return _categories


def _load_categories() -> dict[str, CategoryNode]:
    rows = db.session.scalars(select(Category).order_by(Category.position)).all()
    by_code = {row.code: row for row in rows}
    parents = {row.parent_code for row in rows}
    return {
        row.code: CategoryNode(
            code=row.code,
            parent_code=row.parent_code,
            path=tuple(row.path),
            name=Text(row.name_zh, row.name_en),
            is_leaf=row.code not in parents,
            is_food=row.is_food,
            needs_quarantine=row.needs_quarantine,
            search_texts=tuple(
                name for code in row.path for name in (by_code[code].name_zh, by_code[code].name_en)
            ),
        )
        for row in rows
    }


def writable_cooperatives(
    actor: Actor, permission: Permission = Permission.PRODUCT_WRITE
) -> frozenset[uuid.UUID]:
    """Return the cooperatives whose products the actor may change."""
    return actor.scopes(permission, ScopeKind.COOPERATIVE)


def manageable_by(actor: Actor, permission: Permission = Permission.PRODUCT_WRITE) -> Select[Any]:
    """Return the products that the actor may change: those of the actor's cooperatives."""
    return select(Product).where(
        Product.cooperative_id.in_(writable_cooperatives(actor, permission))
    )


def reviewable_by(actor: Actor) -> Select[Any]:
    """Return the products that the actor may list: all, or those made in the office's region."""
    return select(Product).where(governed_by(actor, Permission.PRODUCT_REVIEW, Product.origin_code))


def visible_to(actor: Actor) -> Select[Any]:
    """Return the products whose working papers the actor may see, listed or not."""
    mine = Product.cooperative_id.in_(writable_cooperatives(actor))
    auditing = true() if actor.is_platform(Permission.COOPERATIVE_READ) else false()
    return select(Product).where(
        or_(mine, auditing, governed_by(actor, Permission.PRODUCT_REVIEW, Product.origin_code))
    )


def get_product(actor: Actor, product_id: uuid.UUID) -> Product:
    """Return a product whose working papers the actor may see."""
    return _one(visible_to(actor), product_id)


def get_own_product(actor: Actor, product_id: uuid.UUID) -> Product:
    """Return a product that the actor may change, unlocked."""
    return _one(manageable_by(actor), product_id)


def find_product_names(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of products by id, whatever their state."""
    statement = select(Product.id, Product.name).where(Product.id.in_(list(product_ids)))
    return {row.id: row.name for row in db.session.execute(statement)}


def lock_product(
    actor: Actor, product_id: uuid.UUID, permission: Permission = Permission.PRODUCT_WRITE
) -> Product:
    """Return a product that the actor may change, locked."""
    return _one(manageable_by(actor, permission), product_id, lock=True)


def lock_reviewable(actor: Actor, product_id: uuid.UUID) -> Product:
    """Return a product that the actor may review, locked."""
    return _one(reviewable_by(actor), product_id, lock=True)


def _one(statement: Select[Any], product_id: uuid.UUID, *, lock: bool = False) -> Product:
    statement = statement.where(Product.id == product_id)
    if lock:
        statement = statement.with_for_update(key_share=True, of=Product)
    product: Product | None = db.session.scalar(statement.execution_options(populate_existing=True))
    if product is None:
        raise ProductNotFound
    return product


def list_managed(
    actor: Actor,
    *,
    state: ListingState | None = None,
    cooperative_id: uuid.UUID | None = None,
    limit: int = 20,
    after: str | None = None,
) -> Page[Product]:
    """Return the products whose papers the actor may see, newest first."""
    statement = visible_to(actor)
    if state is not None:
        statement = statement.where(Product.state == state)
    if cooperative_id is not None:
        statement = statement.where(Product.cooperative_id == cooperative_id)
    return paginate(statement, [(Product.id, "desc")], limit, after)


def select_to_review(actor: Actor) -> Select[Product]:
    """Select the submitted products that await the actor's review."""
    return reviewable_by(actor).where(Product.state == ListingState.SUBMITTED)


def list_to_review(actor: Actor, limit: int = 20, after: str | None = None) -> Page[Product]:
    """Return the submitted products that await the actor's review, the longest waiting first."""
    return paginate(
        select_to_review(actor), [(Product.submitted_at, "asc"), (Product.id, "asc")], limit, after
    )


def list_skus(product: Product) -> Sequence[Sku]:
    """Return a product's SKUs, cheapest first."""
    statement = select(Sku).where(
        Sku.cooperative_id == product.cooperative_id, Sku.product_id == product.id
    )
    return db.session.scalars(statement.order_by(Sku.price_fen, Sku.id)).all()


def skus_of(products: Sequence[Product]) -> dict[uuid.UUID, list[Sku]]:
    """Return the SKUs of some products by product, cheapest first, in one statement."""
    found: dict[uuid.UUID, list[Sku]] = {product.id: [] for product in products}
    statement = select(Sku).where(Sku.product_id.in_(found))
    for sku in db.session.scalars(statement.order_by(Sku.price_fen, Sku.id)):
        found[sku.product_id].append(sku)
    return found


def lock_sku(
    actor: Actor, sku_id: uuid.UUID, permission: Permission = Permission.PRODUCT_WRITE
) -> tuple[Product, Sku]:
    """Return a SKU that the actor may change with its product, the product locked."""
    product_id = _sku_of(manageable_by(actor, permission), sku_id).product_id
    product = lock_product(actor, product_id, permission)
    sku = db.session.get_one(Sku, sku_id, populate_existing=True)
    return product, sku


def get_sku(actor: Actor, sku_id: uuid.UUID, permission: Permission | None = None) -> Sku:
    """Return a SKU of a product that the actor may see, or change with a permission."""
    rows = visible_to(actor) if permission is None else manageable_by(actor, permission)
    return _sku_of(rows, sku_id)


def _sku_of(products: Select[Any], sku_id: uuid.UUID) -> Sku:
    statement = products.with_only_columns(Product.id).where(Product.id == Sku.product_id)
    sku = db.session.scalar(select(Sku).where(Sku.id == sku_id, statement.exists()))
    if sku is None:
        raise SkuNotFound
    return sku


def list_price_changes(sku: Sku, limit: int, after: str | None) -> Page[PriceChange]:
    """Return the prices that a SKU has had, newest first."""
    statement = select(PriceChange).where(
        PriceChange.cooperative_id == sku.cooperative_id, PriceChange.sku_id == sku.id
    )
    return paginate(
        statement, [(PriceChange.changed_at, "desc"), (PriceChange.id, "desc")], limit, after
    )


def get_lowest_price(sku: Sku, since: datetime) -> int:
    """Return the lowest price of a SKU since an instant, in fen: the most a "was" price may say.

    The price in force at that instant counts too.
    """
    earlier = select(PriceChange.changed_at).where(
        PriceChange.cooperative_id == sku.cooperative_id,
        PriceChange.sku_id == sku.id,
        PriceChange.changed_at <= since,
    )
    in_force = earlier.order_by(PriceChange.changed_at.desc()).limit(1).scalar_subquery()
    statement = select(PriceChange.price_fen).where(
        PriceChange.cooperative_id == sku.cooperative_id,
        PriceChange.sku_id == sku.id,
        or_(PriceChange.changed_at > since, PriceChange.changed_at == in_force),
    )
    return min(db.session.scalars(statement).all(), default=sku.price_fen)


@dataclass(frozen=True, slots=True)
class ManagedProduct:
    """A product with what belongs to it, as its cooperative and its reviewers see it."""

    product: Product
    skus: Sequence[Sku]
    photos: Sequence[Photo]


def describe(products: Sequence[Product]) -> list[ManagedProduct]:
    """Return products with their SKUs and photos, in two statements however many they are."""
    if not products:
        return []
    skus, photos = skus_of(products), photos_of(products)
    return [ManagedProduct(p, skus[p.id], photos[p.id]) for p in products]


@dataclass(frozen=True, slots=True, kw_only=True)
class SellableSku:
    """All that a quote and an order line take from the catalogue, as it is at this moment.

    ``origin_code`` is the judged origin: where it grew, where its main material grew, or where it
    was made; None when that is unknown. The certificate is the one in force today, else the last.
    """

    sku_id: uuid.UUID
    cooperative_id: uuid.UUID
    cooperative_name: str
    product_id: uuid.UUID
    product_name: str
    spec: str
    unit: str
    weight_g: int
    price_fen: int
    available: int
    is_listed: bool
    product_kind: ProductKind
    category_code: str
    category_name: str
    is_food_or_farm: bool
    origin_code: str | None
    certificate_no: str | None
    certificate_valid_from: date | None
    certificate_valid_to: date | None
    certificate_state: str | None
    return_class: ReturnClass
    photo_url: str | None
    volume_cm3: int | None


# The ids come by a subselect, which hides how many they are: the planner would otherwise think a
# plan made for just these cheaper, and plan anew each time, which costs four times the reading.
_SELLABLE = """
    SELECT s.id, s.cooperative_id, c.name AS cooperative_name, p.id AS product_id,
           p.name AS product_name, s.spec, s.unit, s.weight_g, s.price_fen,
           s.on_hand - s.reserved AS available,
           s.is_active AND p.state = 'listed' AND c.state = 'active' AS is_listed,
           p.kind, p.category_code, k.name_zh, k.is_food OR p.kind = 'agricultural' AS is_food,
           p.judged_origin_code, f.certificate_no, f.valid_from, f.valid_to, f.state,
           p.return_class, p.cover_digest, s.volume_cm3
    FROM skus s
    JOIN products p ON p.cooperative_id = s.cooperative_id AND p.id = s.product_id
    JOIN cooperatives c ON c.id = s.cooperative_id
    JOIN categories k ON k.code = p.category_code
    LEFT JOIN LATERAL (
        SELECT certificate_no, valid_from, valid_to, state
        FROM certificates
        WHERE product_id = p.id AND state IN ('active', 'suspended', 'revoked')
        ORDER BY (state = 'active' AND %(today)s BETWEEN valid_from AND valid_to) DESC, valid_to DESC
        LIMIT 1
    ) f ON true
    WHERE s.id = ANY((SELECT CAST(%(sku_ids)s AS uuid[]))::uuid[])
    ORDER BY s.id
"""


def get_category(code: str) -> CategoryNode:
    """Return a category that is known to exist."""
    return categories()[code]


def list_sellable(sku_ids: Sequence[uuid.UUID]) -> list[SellableSku]:
    """Return what is to know of SKUs for a cart, a quote or an order; unknown ids are left out."""
    arguments = {"sku_ids": list(sku_ids), "today": clock.today()}
    return [_sellable(row) for row in fetch_all(_SELLABLE, arguments)]


def _sellable(row: Any) -> SellableSku:
    return SellableSku(
        sku_id=row[0],
        cooperative_id=row[1],
        cooperative_name=row[2],
        product_id=row[3],
        product_name=row[4],
        spec=row[5],
        unit=row[6],
        weight_g=row[7],
        price_fen=row[8],
        available=max(0, row[9]),
        is_listed=row[10],
        product_kind=ProductKind(row[11]),
        category_code=row[12],
        category_name=row[13],
        is_food_or_farm=row[14],
        origin_code=row[15],
        certificate_no=row[16],
        certificate_valid_from=row[17],
        certificate_valid_to=row[18],
        certificate_state=row[19],
        return_class=ReturnClass(row[20]),
        photo_url=photo_url(row[21]) if row[21] else None,
        volume_cm3=row[22],
    )
