"""The API by which cooperatives keep their products, and offices and the platform review them."""

import uuid
from collections.abc import Callable
from typing import Any

from marketplace.cursors import Page
from marketplace.database import transaction
from marketplace.http import (
    ApiBlueprint,
    ListQuerySchema,
    check_if_match,
    etag_of,
    idempotent,
    requires,
)
from marketplace.identity.actor import Actor, current_actor
from marketplace.permissions import Permission
from products.catalogue import queries, service
from products.catalogue.models import PriceChange, Product
from products.catalogue.queries import ManagedProduct
from products.catalogue.schemas import (
    AddSkuSchema,
    CreateProductSchema,
    ManagedProductPageSchema,
    ManagedProductQuerySchema,
    ManagedProductSchema,
    PriceChangePageSchema,
    ReturnProductSchema,
    SkuSchema,
    UpdateProductSchema,
    UpdateSkuSchema,
)

blp = ApiBlueprint(
    "catalogue", __name__, url_prefix="/api/v1", description="产品：编制、送审、上下架 Products"
)

Answer = tuple[Any, int, dict[str, str]]


def _shown(product: Product, status: int = 200) -> Answer:
    return queries.describe([product])[0], status, {"ETag": etag_of(product.version)}


@blp.route("/managed-products", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.arguments(ManagedProductQuerySchema, location="query")
@blp.response(200, ManagedProductPageSchema)
def list_managed_products(query: dict[str, Any]) -> Page[ManagedProduct]:
    """List products with their papers: one's own, or those of the region one answers for."""
    page = queries.list_managed(current_actor(), **query)
    return Page(queries.describe(page.items), page.next)


@blp.route("/managed-products/<uuid:product_id>", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.response(200, ManagedProductSchema)
def get_managed_product(product_id: uuid.UUID) -> Answer:
    """Show a product with its papers; the ETag is what a change sends as If-Match."""
    return _shown(queries.get_product(current_actor(), product_id))


@blp.route("/product-reviews", methods=["GET"])
@requires(Permission.PRODUCT_REVIEW)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, ManagedProductPageSchema)
def list_product_reviews(query: dict[str, Any]) -> Page[ManagedProduct]:
    """List the products that await one's review, the longest waiting first."""
    page = queries.list_to_review(current_actor(), **query)
    return Page(queries.describe(page.items), page.next)


@blp.route("/products", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@idempotent
@blp.arguments(CreateProductSchema)
@blp.response(201, ManagedProductSchema)
def create_product(command: dict[str, Any]) -> Answer:
    """Draft a product of one's cooperative."""
    with transaction():
        return _shown(service.create_product(current_actor(), **command), 201)


@blp.route("/products/<uuid:product_id>", methods=["PATCH"])
@requires(Permission.PRODUCT_WRITE)
@blp.arguments(UpdateProductSchema)
@blp.response(200, ManagedProductSchema)
def update_product(command: dict[str, Any], product_id: uuid.UUID) -> Answer:
    """Change a product that is not on sale; a paused one becomes a draft again."""
    actor = current_actor()
    with transaction():
        product = queries.lock_product(actor, product_id)
        check_if_match(product.version)
        return _shown(service.update_product(actor, product, **command))


def _step(product_id: uuid.UUID, take: Callable[[Actor, Product], None]) -> Answer:
    actor = current_actor()
    with transaction():
        product = queries.lock_product(actor, product_id)
        check_if_match(product.version)
        take(actor, product)
        return _shown(product)


@blp.route("/products/<uuid:product_id>/submit", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(200, ManagedProductSchema)
def submit_product(product_id: uuid.UUID) -> Answer:
    """Hand a product in for review."""
    return _step(product_id, service.submit_product)


@blp.route("/products/<uuid:product_id>/pause", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(200, ManagedProductSchema)
def pause_product(product_id: uuid.UUID) -> Answer:
    """Take a product off sale for a while."""
    return _step(product_id, service.pause_product)


@blp.route("/products/<uuid:product_id>/resume", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(200, ManagedProductSchema)
def resume_product(product_id: uuid.UUID) -> Answer:
    """Put a paused product on sale again."""
    return _step(product_id, service.resume_product)


@blp.route("/products/<uuid:product_id>/withdraw", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@blp.response(200, ManagedProductSchema)
def withdraw_product(product_id: uuid.UUID) -> Answer:
    """Give a product up for good."""
    return _step(product_id, service.withdraw_product)


@blp.route("/products/<uuid:product_id>/approve", methods=["POST"])
@requires(Permission.PRODUCT_REVIEW)
@blp.response(200, ManagedProductSchema)
def approve_product(product_id: uuid.UUID) -> Answer:
    """Put a submitted product on sale, in the version that was read."""
    actor = current_actor()
    with transaction():
        product = queries.lock_reviewable(actor, product_id)
        check_if_match(product.version)
        service.approve_product(actor, product)
        return _shown(product)


@blp.route("/products/<uuid:product_id>/return", methods=["POST"])
@requires(Permission.PRODUCT_REVIEW)
@blp.arguments(ReturnProductSchema)
@blp.response(200, ManagedProductSchema)
def return_product(command: dict[str, Any], product_id: uuid.UUID) -> Answer:
    """Send a submitted product back with the reason."""
    actor = current_actor()
    with transaction():
        product = queries.lock_reviewable(actor, product_id)
        check_if_match(product.version)
        service.return_product(actor, product, **command)
        return _shown(product)


@blp.route("/products/<uuid:product_id>/skus", methods=["POST"])
@requires(Permission.PRODUCT_WRITE)
@idempotent
@blp.arguments(AddSkuSchema)
@blp.response(201, SkuSchema)
def add_sku(command: dict[str, Any], product_id: uuid.UUID) -> Answer:
    """Add a spec to a product."""
    actor = current_actor()
    with transaction():
        sku = service.add_sku(actor, queries.lock_product(actor, product_id), **command)
        return sku, 201, {"ETag": etag_of(sku.version)}


@blp.route("/skus/<uuid:sku_id>", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.response(200, SkuSchema)
def get_sku(sku_id: uuid.UUID) -> Answer:
    """Show a spec with its counted stock."""
    sku = queries.get_sku(current_actor(), sku_id)
    return sku, 200, {"ETag": etag_of(sku.version)}


@blp.route("/skus/<uuid:sku_id>", methods=["PATCH"])
@requires(Permission.PRODUCT_WRITE)
@blp.arguments(UpdateSkuSchema)
@blp.response(200, SkuSchema)
def update_sku(command: dict[str, Any], sku_id: uuid.UUID) -> Answer:
    """Change a spec, its price, or whether it is on sale."""
    actor = current_actor()
    with transaction():
        product, sku = queries.lock_sku(actor, sku_id)
        check_if_match(sku.version)
        service.update_sku(actor, product, sku, **command)
        return sku, 200, {"ETag": etag_of(sku.version)}


@blp.route("/skus/<uuid:sku_id>/price-changes", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, PriceChangePageSchema)
def list_price_changes(query: dict[str, Any], sku_id: uuid.UUID) -> Page[PriceChange]:
    """List the prices that a spec has had, newest first."""
    return queries.list_price_changes(queries.get_sku(current_actor(), sku_id), **query)
