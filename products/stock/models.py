"""Tables of stock: every move of goods, and what each order holds."""

import uuid
from enum import StrEnum

from sqlalchemy import Computed, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, str_enum
from marketplace.language import Text


class StockMoveKind(StrEnum):
    """Why goods came or went."""

    RECEIVED = "received"  # harvested, made, delivered
    CORRECTED = "corrected"  # the count on the shelf says otherwise
    WRITTEN_OFF = "written_off"  # spoiled, broken, lost
    SHIPPED = "shipped"  # left with an order
    PUT_BACK = "put_back"  # came back from an order

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    StockMoveKind.RECEIVED: Text("入库", "received"),
    StockMoveKind.CORRECTED: Text("盘点更正", "corrected"),
    StockMoveKind.WRITTEN_OFF: Text("报损", "written off"),
    StockMoveKind.SHIPPED: Text("发货出库", "shipped"),
    StockMoveKind.PUT_BACK: Text("退货入库", "put back"),
}


class StockMove(Model):
    """A signed change of what is on hand; append-only, so ``on_hand`` is always a sum of these."""

    __tablename__ = "stock_moves"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        # The same cause moves a SKU once, however often it is reported.
        UniqueConstraint("cooperative_id", "sku_id", "kind", "cause_id"),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        Index("ix_stock_moves_order_id", "order_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID]
    kind: Mapped[StockMoveKind] = mapped_column(str_enum(StockMoveKind))
    quantity: Mapped[int]
    cause_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID | None]
    moved_by: Mapped[uuid.UUID | None]
    moved_at: Mapped[Instant]
    note: Mapped[str | None]


class Reservation(Model):
    """What an order holds of a SKU: ``quantity`` promised, of which some was released or shipped.

    ``held`` is what is still promised; ``returned_quantity`` counts what came back after shipping.
    """

    __tablename__ = "reservations"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "sku_id", "order_id"),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        Index("ix_reservations_order_id", "order_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    quantity: Mapped[int]
    released_quantity: Mapped[int] = mapped_column(default=0)
    shipped_quantity: Mapped[int] = mapped_column(default=0)
    returned_quantity: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(
        Computed("quantity - released_quantity - shipped_quantity", persisted=True)
    )
    reserved_at: Mapped[Instant]
