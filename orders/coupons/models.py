"""Tables of coupons, of those that accounts hold, and of what they took off orders."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text as Words


class Party(StrEnum):
    """Who issues a coupon, or bears what it takes off."""

    PLATFORM = "platform"
    COOPERATIVE = "cooperative"

    @property
    def label(self) -> Words:
        """The party's name for people."""
        return _PARTIES[self]


_PARTIES = {
    Party.PLATFORM: Words("平台", "the platform"),
    Party.COOPERATIVE: Words("合作社", "the cooperative"),
}


class HoldingState(StrEnum):
    """Whether a held coupon can still be used; expired is by date and not stored."""

    HELD = "held"
    USED = "used"


class Coupon(Model):
    """An issue of coupons: so much off goods of at least so much, in [valid_from_at, valid_until_at).

    ``cooperative_id``: on whose goods alone it may be used. A cooperative bears what its own
    coupons take off; of the platform's it bears only those for its goods to which it has agreed
    in a document. ``claimed`` is raised by a guarded update and never passes ``total_limit``.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint(
            "(issuer = 'platform' OR bearer = 'cooperative')"
            " AND (bearer = 'platform' OR cooperative_id IS NOT NULL)"
            " AND (issuer = bearer OR document IS NOT NULL)",
            name="cost",
        ),
        CheckConstraint("amount_off_fen > 0 AND from_fen > amount_off_fen", name="amounts"),
        CheckConstraint(
            "total_limit > 0 AND per_account_limit > 0 AND claimed BETWEEN 0 AND total_limit",
            name="limits",
        ),
        CheckConstraint("valid_until_at > valid_from_at", name="period"),
        Index("ix_coupons_cooperative", "cooperative_id", "id"),
        Index(
            "ix_coupons_valid_until_at",
            "valid_until_at",
            postgresql_where=text("stopped_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    coupon_no: Mapped[str] = mapped_column(Text, unique=True)
    issuer: Mapped[Party] = mapped_column(str_enum(Party))
    bearer: Mapped[Party] = mapped_column(str_enum(Party))
    cooperative_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    is_for_products: Mapped[bool]
    name: Mapped[str] = mapped_column(Text)
    amount_off_fen: Mapped[Fen]
    from_fen: Mapped[Fen]
    total_limit: Mapped[int]
    per_account_limit: Mapped[int]
    claimed: Mapped[int] = mapped_column(default=0)
    valid_from_at: Mapped[Instant]
    valid_until_at: Mapped[Instant]
    document: Mapped[str | None] = mapped_column(Text)
    issued_by: Mapped[Ref]
    issued_at: Mapped[Instant]
    # Nobody claims it any more; what is held stays good.
    stopped_at: Mapped[datetime | None]


class CouponProduct(Model):
    """A product on which a coupon for products may be used."""

    __tablename__ = "coupon_products"
    __table_args__ = (UniqueConstraint("coupon_id", "product_id"),)

    id: Mapped[Id]
    coupon_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coupons.id"))
    product_id: Mapped[Ref]


class CouponHolding(Model):
    """A coupon in an account's hands; its ``turn`` counts what the account has of one issue."""

    __tablename__ = "coupon_holdings"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "coupon_id", "turn"),
        CheckConstraint(
            "(state = 'used') = (trade_id IS NOT NULL) AND (state = 'used') = (used_at IS NOT NULL)",
            name="used",
        ),
        CheckConstraint("turn > 0", name="turn"),
        Index("ix_coupon_holdings_coupon_id", "coupon_id"),
        Index(
            "ix_coupon_holdings_trade",
            "trade_id",
            postgresql_where=text("trade_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    coupon_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coupons.id"))
    turn: Mapped[int]
    state: Mapped[HoldingState] = mapped_column(str_enum(HoldingState))
    trade_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    claimed_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class CouponUse(Model):
    """What a coupon took off one order; it stays with the order, whatever becomes of the coupon."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "order_id", "holding_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        CheckConstraint("discount_fen > 0", name="discount"),
        Index("ix_coupon_uses_coupon_id", "coupon_id"),
        Index("ix_coupon_uses_holding", "account_id", "holding_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    trade_id: Mapped[Ref]
    account_id: Mapped[Ref]
    holding_id: Mapped[Ref]
    coupon_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coupons.id"))
    bearer: Mapped[Party] = mapped_column(str_enum(Party))
    discount_fen: Mapped[Fen]
