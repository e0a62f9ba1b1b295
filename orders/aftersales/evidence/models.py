"""Table of evidence: which side added which photo to which case."""

import uuid

from sqlalchemy import ForeignKeyConstraint, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from orders.trades.states import By


class Evidence(Model):
    """One photo of a case. ``digest`` is of the stored large picture."""

    __tablename__ = "case_evidence"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "case_id", "party", "digest"),
        ForeignKeyConstraint(
            ["cooperative_id", "case_id"],
            ["aftersales_cases.cooperative_id", "aftersales_cases.id"],
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    case_id: Mapped[Ref]
    party: Mapped[By] = mapped_column(str_enum(By))
    digest: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    uploaded_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    uploaded_at: Mapped[Instant]
