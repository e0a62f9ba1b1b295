"""The lines of a cart: one cart per account, so the account is the cart; a visitor's is a guest cart."""

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref


class CartLine(Model):
    """A SKU that somebody put aside, with the price it was shown then.

    ``account_id`` names the account, or before the sign-in the guest cart that stands in for it:
    both are held, counted and shown alike (decision 0126).
    """

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "sku_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref]
    # The SKU belongs to a cooperative: a link across owners, so no foreign key.
    sku_id: Mapped[Ref]
    quantity: Mapped[int] = mapped_column(BigInteger)
    price_seen_fen: Mapped[Fen]
    added_at: Mapped[Instant]
