"""Table of certificates: who vouches for a product, from when to when, and what it does for whom."""

import uuid
from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, str_enum
from marketplace.language import Text


class CertificateState(StrEnum):
    """How far an application has come. Expired is no state: it follows from ``valid_to``."""

    APPLIED = "applied"
    COUNTY_CERTIFIED = "county_certified"
    CITY_REVIEWED = "city_reviewed"
    ACTIVE = "active"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    REVOKED = "revoked"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    CertificateState.APPLIED: Text("待县级认定", "waiting for the county"),
    CertificateState.COUNTY_CERTIFIED: Text("待市级复核", "waiting for the city"),
    CertificateState.CITY_REVIEWED: Text("待省级复核", "waiting for the province"),
    CertificateState.ACTIVE: Text("已认定", "certified"),
    CertificateState.RETURNED: Text("已退回", "returned"),
    CertificateState.SUSPENDED: Text("已中止", "suspended"),
    CertificateState.REVOKED: Text("已撤销", "revoked"),
}


IN_PROGRESS = frozenset(
    {
        CertificateState.APPLIED,
        CertificateState.COUNTY_CERTIFIED,
        CertificateState.CITY_REVIEWED,
    }
)
# While one of these stands, the facts that were certified may not be edited.
LIVE = IN_PROGRESS | {CertificateState.ACTIVE, CertificateState.SUSPENDED}


class Certificate(Model):
    """One certification of one product.

    Linkage is counts only (households, villages, jobs, money): no name of a poor or disabled
    person is ever stored. Each step is taken by a different account.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("certificate_no"),
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        Index("ix_certificates_cooperative_id_product_id", "cooperative_id", "product_id"),
        Index(
            "ix_certificates_active",
            "product_id",
            "valid_to",
            postgresql_include=["valid_from", "certificate_no"],
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_certificates_product_id", "product_id", "valid_to"),
        Index("ix_certificates_state", "state", "id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    certificate_no: Mapped[str | None]
    state: Mapped[CertificateState] = mapped_column(
        str_enum(CertificateState), default=CertificateState.APPLIED
    )
    version: Mapped[int] = mapped_column(default=1)
    # The region whose offices certify: the product's judged origin when it was applied for.
    origin_code: Mapped[str]
    issuer_office_id: Mapped[uuid.UUID | None]
    issuer_name: Mapped[str | None]
    valid_from: Mapped[Day]
    valid_to: Mapped[Day]

    linked_households: Mapped[int]
    linked_villages: Mapped[int]
    linked_jobs: Mapped[int]
    linked_income_fen: Mapped[Fen]

    applied_by: Mapped[uuid.UUID]
    applied_at: Mapped[Instant]
    county_certified_by: Mapped[uuid.UUID | None]
    county_certified_at: Mapped[Instant | None]
    city_reviewed_by: Mapped[uuid.UUID | None]
    city_reviewed_at: Mapped[Instant | None]
    activated_by: Mapped[uuid.UUID | None]
    activated_at: Mapped[Instant | None]
    reason: Mapped[str | None]

    def is_in_force(self, on: date) -> bool:
        """Tell whether it vouches for a sale on a Shanghai day."""
        return self.state is CertificateState.ACTIVE and self.valid_from <= on <= self.valid_to
