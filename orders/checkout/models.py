"""What a cooperative charges for sending an order."""

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref


class FreightRule(Model):
    """A cooperative's flat freight per order, waived from an amount of goods on (None: never)."""

    __tablename__ = "freight_rules"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id"),
        CheckConstraint(
            "flat_fen >= 0 AND (free_from_fen IS NULL OR free_from_fen > 0)", name="amounts"
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    flat_fen: Mapped[Fen]
    free_from_fen: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[Instant]
