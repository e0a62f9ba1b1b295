"""Tables of trades (the buyer's), orders and order lines (the cooperative's)."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.trades.states import OrderState, TradeState


class AttributionSource(StrEnum):
    """Why an order counts for the region it counts for."""

    BUYING_UNIT = "buying_unit"
    OUTLET = "outlet"
    DELIVERY = "delivery"
    CHOSEN = "chosen"


class Trade(Model):
    """What one buyer pays together: an order per cooperative. It owns no goods, only the payment."""

    __tablename__ = "trades"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "trade_no"),
        CheckConstraint(
            "total_fen = goods_fen + freight_fen - discount_fen AND total_fen >= 0", name="total"
        ),
        Index("ix_trades_expires_at", "expires_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    trade_no: Mapped[str] = mapped_column(Text)
    state: Mapped[TradeState] = mapped_column(str_enum(TradeState))
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    discount_fen: Mapped[Fen]
    total_fen: Mapped[Fen]
    placed_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    paid_at: Mapped[datetime | None]
    # The attempt whose money paid it; any other success is sent back.
    paid_attempt_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    closed_at: Mapped[datetime | None]


class Order(Model):
    """One cooperative's part of a trade, with what was agreed and whom it counts for."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "order_no"),
        CheckConstraint(
            "total_fen = goods_fen + freight_fen - discount_fen AND total_fen >= 0", name="total"
        ),
        CheckConstraint(
            "platform_discount_fen BETWEEN 0 AND discount_fen", name="platform_discount"
        ),
        Index("ix_orders_account", "account_id", "id"),
        Index("ix_orders_trade", "trade_id"),
        Index("ix_orders_attribution", "attribution_code", "id"),
        Index(
            "ix_orders_buying_unit",
            "buying_unit_id",
            "id",
            postgresql_where=text("buying_unit_id IS NOT NULL"),
        ),
        Index("ix_orders_accept_due", "accept_due_at", postgresql_where=text("state = 'shipped'")),
        Index("ix_orders_window", "window_closes_at", postgresql_where=text("state = 'accepted'")),
        # What a cooperative still has to do, and the counts on its tabs.
        Index(
            "ix_orders_open",
            "cooperative_id",
            "state",
            "paid_at",
            "id",
            postgresql_where=text("state IN ('paid', 'part_shipped', 'shipped')"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    cooperative_name: Mapped[str] = mapped_column(Text)
    trade_id: Mapped[Ref]
    account_id: Mapped[Ref]
    order_no: Mapped[str] = mapped_column(Text)
    state: Mapped[OrderState] = mapped_column(str_enum(OrderState))
    buying_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    buying_unit_name: Mapped[str | None] = mapped_column(Text)
    buying_unit_kind: Mapped[str | None] = mapped_column(Text)
    buying_unit_is_budget: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    attribution_code: Mapped[str | None] = mapped_column(Text)
    attribution_source: Mapped[AttributionSource] = mapped_column(str_enum(AttributionSource))
    channel: Mapped[str] = mapped_column(Text)
    outlet_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    goods_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    discount_fen: Mapped[Fen]
    # What of the discount the platform bears: it pays that to the cooperative beside the total.
    platform_discount_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))
    total_fen: Mapped[Fen]
    # Freight that went back to the buyer, when nothing was left to deliver.
    freight_refunded_fen: Mapped[Fen] = mapped_column(default=0)
    # Recipient, telephone and street: personal data, readable to buyer and seller only.
    ship_to: Mapped[bytes] = mapped_column(LargeBinary)
    ship_to_code: Mapped[str] = mapped_column(Text)
    # Where its buyer collects it; what happens there is told by its row of ``pickups``.
    pickup_point_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    placed_at: Mapped[Instant]
    paid_at: Mapped[datetime | None]
    # Released on its unit's terms at ``paid_at``; the money came, or nothing was left to be paid,
    # at ``settled_at``.
    goods_first: Mapped[bool] = mapped_column(Boolean, default=False)
    settled_at: Mapped[datetime | None]
    # What its unit owes for it was given up: it completes without its money.
    debt_written_off_at: Mapped[datetime | None]
    # The Shanghai day of full payment, or of acceptance where the goods came first: the day by
    # which the sale is judged.
    sale_on: Mapped[date | None]
    shipped_at: Mapped[datetime | None]
    accept_due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    window_closes_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # When the cooperative began to pack it: from then on calling it off takes its consent.
    picked_at: Mapped[datetime | None]
    # When the buyer last asked for shipment, and how often.
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(Integer, default=0)
    # The buyer's words to the cooperative, and the cooperative's own, which the buyer never sees.
    remark: Mapped[str | None] = mapped_column(Text)
    seller_note: Mapped[str | None] = mapped_column(Text)

    @property
    def money_at(self) -> datetime | None:
        """When its money was there: what people are told as the moment of payment."""
        return self.settled_at if self.goods_first else self.paid_at

    lines: Mapped[list["OrderLine"]] = relationship(
        primaryjoin="Order.id == foreign(OrderLine.order_id)",
        order_by="OrderLine.position",
        viewonly=True,
        lazy="raise",
    )


class OrderLine(Model):
    """What was agreed about one SKU, kept as it was whatever happens to the product later."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "order_id", "position"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        Index("ix_order_lines_sku", "cooperative_id", "sku_id"),
        CheckConstraint(
            "quantity > 0 AND price_fen >= 0 AND amount_fen = price_fen * quantity"
            " AND discount_fen BETWEEN 0 AND amount_fen AND net_fen = amount_fen - discount_fen"
            " AND freight_fen >= 0",
            name="amounts",
        ),
        CheckConstraint(
            "claimed_fen BETWEEN 0 AND net_fen AND refunded_fen BETWEEN 0 AND claimed_fen",
            name="refunds",
        ),
        CheckConstraint(
            "platform_discount_fen BETWEEN 0 AND discount_fen"
            " AND platform_returned_fen BETWEEN 0 AND platform_discount_fen",
            name="platform_discount",
        ),
        CheckConstraint("list_price_fen > price_fen", name="list_price"),
        CheckConstraint(
            "claimed_quantity BETWEEN 0 AND quantity"
            " AND shipped_quantity >= 0 AND released_quantity >= 0"
            " AND shipped_quantity + released_quantity <= quantity",
            name="quantities",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    position: Mapped[int] = mapped_column(Integer)
    sku_id: Mapped[Ref]
    product_id: Mapped[Ref]
    product_name: Mapped[str] = mapped_column(Text)
    spec: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    weight_g: Mapped[int] = mapped_column(BigInteger)
    category_code: Mapped[str] = mapped_column(Text)
    category_name: Mapped[str] = mapped_column(Text)
    product_kind: Mapped[str] = mapped_column(Text)
    is_food_or_farm: Mapped[bool] = mapped_column(Boolean)
    photo_url: Mapped[str | None] = mapped_column(Text)
    origin_code: Mapped[str | None] = mapped_column(Text)
    origin_name: Mapped[str | None] = mapped_column(Text)
    certificate_no: Mapped[str | None] = mapped_column(Text)
    certificate_valid_from: Mapped[date | None]
    certificate_valid_to: Mapped[date | None]
    certificate_state: Mapped[str | None] = mapped_column(Text)
    price_fen: Mapped[Fen]
    # What one piece cost without the bulk price; None where there was none.
    list_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    quantity: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[Fen]
    discount_fen: Mapped[Fen]
    net_fen: Mapped[Fen]
    # The platform's part of the discount, and what of that came back when goods were refunded.
    platform_discount_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))
    platform_returned_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))
    # Its share of the order's freight: some counting rules count freight, most do not.
    freight_fen: Mapped[Fen]
    # Hundredths of a per cent, as agreed on the day: later changes of fees leave it alone.
    fee_rate_bp: Mapped[int] = mapped_column(Integer)
    # What the buyer was told before paying about whose quota this line helps.
    told: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # Whether it may be returned without a reason, as said before buying.
    return_class: Mapped[str] = mapped_column(Text, default="seven_days")
    shipped_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    # Refunded before it was shipped, so never to be shipped.
    released_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    # What applications, open and agreed, claim of the line; what was agreed to go back.
    claimed_fen: Mapped[Fen] = mapped_column(default=0)
    claimed_quantity: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_fen: Mapped[Fen] = mapped_column(default=0)
    # What nobody paid of it when its unit's debt was written off: it counts for nobody's task.
    uncollected_fen: Mapped[Fen] = mapped_column(default=0, server_default=text("0"))

    @property
    def uncounted_fen(self) -> int:
        """What of its goods counts no longer: refunded, or never paid."""
        return min(self.net_fen, self.refunded_fen + self.uncollected_fen)
