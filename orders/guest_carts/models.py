"""The table of guest carts. Their lines are cart lines, held by the guest cart instead of an account."""

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model


class GuestCart(Model):
    """A visitor's cart; whoever shows the token it was opened with holds it."""

    __tablename__ = "guest_carts"
    __table_args__ = (Index("ix_guest_carts_used_at", "used_at"),)

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    opened_at: Mapped[Instant]
    used_at: Mapped[Instant]
