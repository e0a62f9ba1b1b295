"""The API of bulk prices and limits: public to read, their cooperative's to set."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from products.catalogue.errors import ProductNotFound
from products.catalogue.models import Product
from products.catalogue.queries import get_own_product, list_skus, lock_product, lock_sku
from products.listings.queries import get_detail
from products.offers import service
from products.offers.queries import Offers, find_offers
from products.offers.schemas import OffersSchema, SetBuyerLimitsSchema, SetPriceStepsSchema

blp = ApiBlueprint(
    "offers", __name__, url_prefix="/api/v1", description="批量价与限购 Bulk prices and limits"
)


Answer = tuple[Offers, int, dict[str, str]]


def _shown(product: Product) -> Offers:
    return find_offers(product.id, [sku.id for sku in list_skus(product)])


def _tagged(offers: Offers) -> Answer:
    return offers, 200, {"ETag": etag_of(offers.version)}


@blp.route("/products/<uuid:product_id>/offers", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, OffersSchema)
def get_offers(product_id: uuid.UUID) -> Answer:
    """Show the bulk prices of a listed product's specs (to its cooperative, of any), and how many
    one buyer may order.
    """
    try:
        product = get_detail(product_id)
    except ProductNotFound:
        return _tagged(_shown(get_own_product(current_actor(), product_id)))
    return _tagged(find_offers(product.id, [sku.id for sku in product.skus]))


@blp.route("/skus/<uuid:sku_id>/price-steps", methods=["PUT"])
@requires(Permission.PRODUCT_WRITE)
@blp.arguments(SetPriceStepsSchema)
@blp.response(200, OffersSchema)
def set_price_steps(command: dict[str, Any], sku_id: uuid.UUID) -> Answer:
    """Set a spec's bulk prices, each better than what a smaller quantity costs. If-Match as read."""
    actor = current_actor()
    with transaction():
        product, sku = lock_sku(actor, sku_id)
        check_if_match(_shown(product).version)
        service.set_price_steps(actor, sku, command["steps"])
        return _tagged(_shown(product))


@blp.route("/products/<uuid:product_id>/buyer-limits", methods=["PUT"])
@requires(Permission.PRODUCT_WRITE)
@blp.arguments(SetBuyerLimitsSchema)
@blp.response(200, OffersSchema)
def set_buyer_limits(command: dict[str, Any], product_id: uuid.UUID) -> Answer:
    """Set how many pieces one buyer (account, and buying unit) may order. If-Match as read."""
    actor = current_actor()
    with transaction():
        product = lock_product(actor, product_id)
        check_if_match(_shown(product).version)
        service.set_buyer_limits(actor, product, command["limits"])
        return _tagged(_shown(product))
