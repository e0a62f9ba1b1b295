"""Tables of quotas: who has to reach how much in a year, and what was decided when."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, Ref, str_enum
from partners.credits.rules import Scheme


class Quota(Model):
    """The task of a subject for a year under a scheme; its amount stands in the revisions.

    The subject is an eastern region in a pairing (``pairing``), a buying unit
    (``reserved_share``) or a western county (``catalogue``). A city's target already holds what
    it handed down to its counties (see ``targets``).
    """

    __tablename__ = "quotas"
    __table_args__ = (
        UniqueConstraint(
            "scheme", "pairing_id", "buying_unit_id", "region_code", "year",
            name="uq_quotas_subject", postgresql_nulls_not_distinct=True,
        ),
        Index("ix_quotas_region_code_year", "region_code", "year"),
        Index("ix_quotas_pairing_id", "pairing_id"),
        Index("ix_quotas_buying_unit_id", "buying_unit_id"),
        CheckConstraint("(scheme = 'pairing') = (pairing_id IS NOT NULL)", name="pairing"),
        CheckConstraint(
            "(scheme = 'reserved_share') = (buying_unit_id IS NOT NULL)", name="buying_unit"
        ),
        CheckConstraint("year BETWEEN 1996 AND 2100", name="year"),
    )  # fmt: skip

    id: Mapped[Id]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    pairing_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pairings.id"))
    buying_unit_id: Mapped[uuid.UUID | None]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    year: Mapped[int]


class QuotaRevision(Model):
    """The amount decided for a quota from a day on, with the paper that says so. Append-only."""

    __tablename__ = "quota_revisions"
    __table_args__ = (
        Index("ix_quota_revisions_quota_id_effective_on", "quota_id", "effective_on"),
        CheckConstraint("amount_fen >= 0", name="amount"),
    )

    id: Mapped[Id]
    quota_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quotas.id"))
    amount_fen: Mapped[Fen]
    effective_on: Mapped[Day]
    document: Mapped[str]
    decided_by: Mapped[Ref]
    decided_at: Mapped[Instant]
