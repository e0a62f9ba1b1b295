"""Every select on stock."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select

from marketplace.cursors import Page, paginate
from marketplace.database import db
from products.catalogue.models import Product, Sku
from products.stock.models import Reservation, StockMove, StockMoveKind


def lock_reservations(*order_ids: uuid.UUID) -> Sequence[Reservation]:
    """Return what orders hold, locked in SKU order; the values are those after any wait."""
    statement = (
        select(Reservation)
        .where(Reservation.order_id.in_(order_ids))
        .order_by(Reservation.sku_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).all()


def list_room_for_returns(
    order_ids: Sequence[uuid.UUID], sku_id: uuid.UUID
) -> list[tuple[uuid.UUID, int]]:
    """Return how many shipped pieces of a SKU each of some orders may still put back, in order."""
    rows = db.session.execute(
        select(
            Reservation.order_id, Reservation.shipped_quantity - Reservation.returned_quantity
        ).where(Reservation.order_id.in_(order_ids), Reservation.sku_id == sku_id)
    )
    room = {row[0]: row[1] for row in rows}
    return [(order_id, room[order_id]) for order_id in order_ids if room.get(order_id)]


def has_moved(order_id: uuid.UUID, kind: StockMoveKind, cause_id: uuid.UUID) -> bool:
    """Tell whether a cause has already moved goods of an order."""
    statement = select(StockMove.id).where(
        StockMove.order_id == order_id, StockMove.kind == kind, StockMove.cause_id == cause_id
    )
    return db.session.scalar(statement.limit(1)) is not None


def list_short(sku_ids: Iterable[uuid.UUID]) -> list[tuple[uuid.UUID, str, str, int]]:
    """Return (SKU, product name, spec, pieces free) of SKUs, to say what is missing."""
    statement = (
        select(Sku.id, Product.name, Sku.spec, Sku.on_hand - Sku.reserved)
        .join(Product, Product.id == Sku.product_id)
        .where(Sku.id.in_(list(sku_ids)))
        .order_by(Sku.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(statement)]


def get_move(sku: Sku, cause_id: uuid.UUID) -> StockMove:
    """Return the move of a SKU that a cause made."""
    return db.session.scalars(moves_of(sku).where(StockMove.cause_id == cause_id)).one()


def moves_of(sku: Sku) -> Select[StockMove]:
    """Return the select of a SKU's moves."""
    return select(StockMove).where(
        StockMove.cooperative_id == sku.cooperative_id, StockMove.sku_id == sku.id
    )


def list_moves(sku: Sku, limit: int, after: str | None) -> Page[StockMove]:
    """Return a SKU's moves, newest first."""
    return paginate(moves_of(sku), [(StockMove.id, "desc")], limit, after)
