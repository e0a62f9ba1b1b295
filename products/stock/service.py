"""Use cases of stock: promise it, free it, ship it, take it back, count it.

Every change of the counters is one statement that locks the SKUs in id order and checks each
row as it stands after any wait, so that parallel buyers can neither oversell nor deadlock.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace import audit, clock
from marketplace.database import db
from marketplace.errors import Unprocessable
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from marketplace.statements import Part, fetch_all, write_together
from products.catalogue.models import Sku
from products.stock import queries
from products.stock.errors import ReservationShort, ReturnExceedsShipped, StockShort
from products.stock.models import Reservation, StockMove, StockMoveKind

MAX_ON_HAND = 100_000_000


@dataclass(frozen=True, slots=True)
class StockItem:
    """So many pieces of a SKU of a cooperative."""

    cooperative_id: uuid.UUID
    sku_id: uuid.UUID
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"not a quantity: {self.quantity}")


# One row per SKU comes in. `stock_locked` takes the rows in id order; the UPDATE then judges each row
# again in its newest version, since READ COMMITTED re-checks a row that changed while we waited.
_CHANGE = """
stock_change AS (
    SELECT * FROM unnest(
        CAST(%(cooperative_ids)s AS uuid[]), CAST(%(sku_ids)s AS uuid[]),
        CAST(%(on_hand)s AS bigint[]), CAST(%(reserved)s AS bigint[]),
        CAST(%(order_ids)s AS uuid[]), CAST(%(row_ids)s AS uuid[])
    ) AS c(cooperative_id, sku_id, on_hand, reserved, order_id, row_id)
), stock_locked AS MATERIALIZED (
    SELECT s.cooperative_id, s.id
    FROM skus s JOIN stock_change c ON s.cooperative_id = c.cooperative_id AND s.id = c.sku_id
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), stock_changed AS (
    UPDATE skus s
    SET on_hand = s.on_hand + c.on_hand, reserved = s.reserved + c.reserved
    FROM stock_change c JOIN stock_locked l ON l.cooperative_id = c.cooperative_id AND l.id = c.sku_id
    WHERE s.cooperative_id = c.cooperative_id AND s.id = c.sku_id
      AND s.on_hand + c.on_hand >= s.reserved + c.reserved AND s.reserved + c.reserved >= 0
      AND s.on_hand + c.on_hand <= %(max_on_hand)s
    RETURNING s.cooperative_id, s.id AS sku_id, c.on_hand, c.reserved, c.order_id, c.row_id
)
"""
_RESERVE = (
    _CHANGE
    + """, stock_reserved AS (
INSERT INTO reservations (id, cooperative_id, sku_id, order_id, quantity, released_quantity,
                          shipped_quantity, returned_quantity, reserved_at)
SELECT row_id, cooperative_id, sku_id, order_id, reserved, 0, 0, 0, %(at)s FROM stock_changed
RETURNING sku_id)
"""
)
_FREE = "WITH" + _CHANGE + "SELECT sku_id FROM stock_changed"  # noqa: S608 - both parts are constants
_MOVE = (
    "WITH"
    + _CHANGE
    + """
INSERT INTO stock_moves (id, cooperative_id, sku_id, kind, quantity, cause_id, order_id,
                         moved_by, moved_at, note)
SELECT row_id, cooperative_id, sku_id, %(kind)s, on_hand, %(cause_id)s, order_id, %(moved_by)s,
       %(at)s, %(note)s
FROM stock_changed
RETURNING sku_id
"""
)

ItemsByOrder = Mapping[uuid.UUID | None, Sequence[StockItem]]


def _change(
    statement: str,
    items_by_order: ItemsByOrder,
    *,
    on_hand: int = 0,
    reserved: int = 0,
    **more: Any,
) -> None:
    """Run a change of the counters, all or none; the signs say which counter goes which way."""
    rows, arguments = _arguments(items_by_order, on_hand=on_hand, reserved=reserved, **more)
    if rows:
        _check(rows, {row.sku_id for row in fetch_all(statement, arguments)})


def _arguments(
    items_by_order: ItemsByOrder, *, on_hand: int = 0, reserved: int = 0, **more: Any
) -> tuple[list[StockItem], dict[str, Any]]:
    rows = [(order_id, item) for order_id, items in items_by_order.items() for item in items]
    items = [item for _, item in rows]
    return items, {
        "cooperative_ids": [item.cooperative_id for item in items],
        "sku_ids": [item.sku_id for item in items],
        "on_hand": [item.quantity * on_hand for item in items],
        "reserved": [item.quantity * reserved for item in items],
        "order_ids": [order_id for order_id, _ in rows],
        "row_ids": [new_id() for _ in items],
        "max_on_hand": MAX_ON_HAND,
        **more,
    }


def _check(items: Sequence[StockItem], done: Collection[uuid.UUID]) -> None:
    if len(done) < len(items):
        raise _short([item for item in items if item.sku_id not in done])


def _short(items: Sequence[StockItem]) -> StockShort:
    wanted = {item.sku_id: item.quantity for item in items}
    rows = queries.list_short(wanted)
    names = "、".join(f"{name}（{spec}）" for _, name, spec, _ in rows)
    detail = Text("以下商品库存不足：{names}", "Not enough in stock: {names}").format(names=names)
    skus = [
        {"sku_id": str(sku_id), "wanted": wanted[sku_id], "available": max(0, available)}
        for sku_id, _, _, available in rows
    ]
    return StockShort(detail, skus=skus)


def _summed(items: Iterable[StockItem]) -> list[StockItem]:
    """Return one item per SKU: two lines of one SKU are checked as their sum."""
    sums: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    for item in items:
        key = (item.cooperative_id, item.sku_id)
        sums[key] = sums.get(key, 0) + item.quantity
    return [StockItem(*key, quantity) for key, quantity in sums.items()]


def reserve(order_id: uuid.UUID, items: Iterable[StockItem]) -> None:
    """Promise pieces to an order, all or none; raises StockShort."""
    reserve_all({order_id: list(items)})


def reserve_all(
    items_by_order: Mapping[uuid.UUID, Sequence[StockItem]], *, beside: Sequence[Part] = ()
) -> None:
    """Promise pieces to the orders of a trade in one statement, all or none.

    Stands last in the buyer's transaction, since it locks what others buy too; ``beside`` is
    written in the same statement before it. Raises StockShort, after which the transaction must
    be rolled back.
    """
    wanted: ItemsByOrder = {key: _summed(items) for key, items in items_by_order.items()}
    items, values = _arguments(wanted, reserved=1, at=clock.now())
    part = Part(_RESERVE, values, "ARRAY(SELECT sku_id FROM stock_reserved) AS stock_reserved")
    _check(items, write_together(*beside, part).stock_reserved)


def release(order_id: uuid.UUID, items: Iterable[StockItem] | None = None) -> None:
    """Free what an order holds: everything still held (safe to repeat), or the pieces named."""
    if items is None:
        release_all([order_id])
        return
    held = _take_held(order_id, items, Reservation.released_quantity.key)
    _change(_FREE, {order_id: held}, reserved=-1)


def release_all(order_ids: Iterable[uuid.UUID]) -> None:
    """Free everything that some orders still hold, in one statement; safe to repeat."""
    freed: dict[uuid.UUID | None, list[StockItem]] = {}
    for reservation in queries.lock_reservations(*order_ids):
        if reservation.held > 0:
            item = StockItem(reservation.cooperative_id, reservation.sku_id, reservation.held)
            freed.setdefault(reservation.order_id, []).append(item)
            reservation.released_quantity += reservation.held
    db.session.flush()
    _change(_FREE, freed, reserved=-1)


def _take_held(order_id: uuid.UUID, items: Iterable[StockItem], counter: str) -> list[StockItem]:
    """Count pieces that an order holds as released or shipped; raises ReservationShort."""
    reservations = {(r.cooperative_id, r.sku_id): r for r in queries.lock_reservations(order_id)}
    taken = _summed(items)
    for item in taken:
        reservation = reservations.get((item.cooperative_id, item.sku_id))
        if reservation is None or reservation.held < item.quantity:
            raise ReservationShort(sku_id=str(item.sku_id))
        setattr(reservation, counter, getattr(reservation, counter) + item.quantity)
    db.session.flush()
    return taken


def ship(
    order_id: uuid.UUID,
    items: Iterable[StockItem],
    *,
    actor: Actor | None = None,
    cause_id: uuid.UUID | None = None,
) -> None:
    """Take held pieces off the shelf. A repeated ``cause_id`` (the parcel) changes nothing."""
    cause_id = cause_id or new_id()
    # Locked first, looked up second: a repeat that waited for the first sees its moves.
    queries.lock_reservations(order_id)
    if queries.has_moved(order_id, StockMoveKind.SHIPPED, cause_id):
        return
    held = _take_held(order_id, items, Reservation.shipped_quantity.key)
    facts = _move_facts(StockMoveKind.SHIPPED, cause_id, actor)
    _change(_MOVE, {order_id: held}, on_hand=-1, reserved=-1, **facts)


def put_back(
    order_id: uuid.UUID,
    items: Iterable[StockItem],
    cause_id: uuid.UUID,
    *,
    actor: Actor | None = None,
) -> None:
    """Put shipped pieces that came back on the shelf again; a repeated cause changes nothing."""
    reservations = {(r.cooperative_id, r.sku_id): r for r in queries.lock_reservations(order_id)}
    if queries.has_moved(order_id, StockMoveKind.PUT_BACK, cause_id):
        return
    back = _summed(items)
    for item in back:
        reservation = reservations.get((item.cooperative_id, item.sku_id))
        if (
            reservation is None
            or reservation.returned_quantity + item.quantity > reservation.shipped_quantity
        ):
            raise ReturnExceedsShipped(sku_id=str(item.sku_id))
        reservation.returned_quantity += item.quantity
    db.session.flush()
    facts = _move_facts(StockMoveKind.PUT_BACK, cause_id, actor)
    _change(_MOVE, {order_id: back}, on_hand=1, **facts)


def _move_facts(
    kind: StockMoveKind, cause_id: uuid.UUID, actor: Actor | None, note: str | None = None
) -> dict[str, Any]:
    moved_by = actor.id if actor else None
    return {
        "kind": kind, "cause_id": cause_id, "moved_by": moved_by, "at": clock.now(), "note": note,
    }  # fmt: skip


# What a person may do to the count, and which way it goes; ``None``: as the sign says.
_SIGN = {
    StockMoveKind.RECEIVED: 1,
    StockMoveKind.WRITTEN_OFF: -1,
    StockMoveKind.CORRECTED: None,
}


def adjust_stock(
    actor: Actor, sku: Sku, *, kind: StockMoveKind, quantity: int, note: str | None = None
) -> StockMove:
    """Receive, write off or correct pieces of a SKU; what orders hold cannot be taken away."""
    if kind not in _SIGN:
        raise Unprocessable(
            fields={"kind": Text("不能手工登记这类出入库", "This kind of move is not made by hand")}
        )
    sign = _SIGN[kind]
    if quantity == 0 or (sign is not None and quantity < 0):
        raise Unprocessable(
            fields={"quantity": Text("数量须大于 0", "The quantity must be more than 0")}
        )
    signed = quantity * (sign or 1)
    item = StockItem(sku.cooperative_id, sku.id, abs(signed))
    before = sku.on_hand
    facts = _move_facts(kind, new_id(), actor, note)
    _change(_MOVE, {None: [item]}, on_hand=1 if signed > 0 else -1, **facts)
    db.session.refresh(sku, ["on_hand", "reserved"])
    audit.record(
        "stock.adjusted",
        "sku",
        sku.id,
        actor=actor,
        before={"on_hand": before},
        after={"on_hand": sku.on_hand, "kind": str(kind)},
    )
    return queries.get_move(sku, facts["cause_id"])
