"""The API of stock: a cooperative counts what it has."""

import uuid
from typing import Any

from marketplace.cursors import Page
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from products.catalogue.queries import get_sku
from products.stock import queries, service
from products.stock.models import StockMove
from products.stock.schemas import AdjustStockSchema, StockMovePageSchema, StockMoveSchema

blp = ApiBlueprint("stock", __name__, url_prefix="/api/v1", description="库存 Stock")


@blp.route("/skus/<uuid:sku_id>/stock-moves", methods=["POST"])
@requires(Permission.STOCK_WRITE)
@idempotent
@blp.arguments(AdjustStockSchema)
@blp.response(201, StockMoveSchema)
def adjust_stock(command: dict[str, Any], sku_id: uuid.UUID) -> StockMove:
    """Receive, write off or correct pieces; what orders hold cannot be taken away."""
    actor = current_actor()
    with transaction():
        sku = get_sku(actor, sku_id, Permission.STOCK_WRITE)
        return service.adjust_stock(actor, sku, **command)


@blp.route("/skus/<uuid:sku_id>/stock-moves", methods=["GET"])
@requires(Permission.COOPERATIVE_READ)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, StockMovePageSchema)
def list_stock_moves(query: dict[str, Any], sku_id: uuid.UUID) -> Page[StockMove]:
    """List a spec's moves, newest first."""
    return queries.list_moves(get_sku(current_actor(), sku_id), **query)
