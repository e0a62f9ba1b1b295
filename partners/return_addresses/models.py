"""The table of return addresses."""

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref


class ReturnAddress(Model):
    """Where a cooperative has goods sent back to, sealed; one per cooperative."""

    __tablename__ = "return_addresses"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[Instant]
