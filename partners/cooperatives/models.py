"""The table of cooperatives: who sells, from where, admitted by whom."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text


class CooperativeKind(StrEnum):
    """What a seller is. The last two sell what they make themselves and need no registration."""

    COOPERATIVE = "cooperative"
    COMPANY = "company"
    FAMILY_FARM = "family_farm"
    VILLAGE_COLLECTIVE = "village_collective"
    SHELTERED_WORKSHOP = "sheltered_workshop"
    HOUSEHOLD = "household"
    HOME_HANDICRAFT = "home_handicraft"

    @property
    def needs_registration(self) -> bool:
        """Tell whether the law asks for a business registration (E-commerce Law, article 10)."""
        return self not in (CooperativeKind.HOUSEHOLD, CooperativeKind.HOME_HANDICRAFT)

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    CooperativeKind.COOPERATIVE: Text("农民专业合作社", "farmers' cooperative"),
    CooperativeKind.COMPANY: Text("企业", "company"),
    CooperativeKind.FAMILY_FARM: Text("家庭农场", "family farm"),
    CooperativeKind.VILLAGE_COLLECTIVE: Text("村集体经济组织", "village collective"),
    CooperativeKind.SHELTERED_WORKSHOP: Text("残疾人之家", "sheltered workshop"),
    CooperativeKind.HOUSEHOLD: Text("自产自销农户", "self-producing household"),
    CooperativeKind.HOME_HANDICRAFT: Text("家庭手工业者", "home handicraft maker"),
}


class CooperativeState(StrEnum):
    """Where a cooperative's admission stands."""

    APPLIED = "applied"
    RECOMMENDED = "recommended"
    RETURNED = "returned"
    ACTIVE = "active"
    SUSPENDED = "suspended"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    CooperativeState.APPLIED: Text("待县对口办推荐", "waiting for the county office"),
    CooperativeState.RECOMMENDED: Text(
        "已推荐，待平台审核", "recommended, waiting for the platform"
    ),
    CooperativeState.RETURNED: Text("已退回", "returned"),
    CooperativeState.ACTIVE: Text("已入驻", "active"),
    CooperativeState.SUSPENDED: Text("已暂停", "suspended"),
}


class Cooperative(Model):
    """A seller with its home region. Applicant, recommender and approver are three different people.

    ``note`` is what the office or the platform last said of it (a recommendation, why it was
    returned or suspended); ``verify_again_on`` the day on which its licence is looked at again.
    """

    __tablename__ = "cooperatives"
    __table_args__ = (
        # A refused application does not keep its code from being used again by the right people.
        Index(
            "uq_cooperatives_credit_code",
            "credit_code",
            unique=True,
            postgresql_where=text("state <> 'returned'"),
        ),
        Index("ix_cooperatives_region_code", "region_code"),
        Index("ix_cooperatives_state_name", "state", "name", "id"),
        Index("ix_cooperatives_applied_by", "applied_by"),
        Index("ix_cooperatives_recommended_office_id", "recommended_office_id"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[CooperativeKind] = mapped_column(str_enum(CooperativeKind))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    credit_code: Mapped[str | None]
    introduction: Mapped[str]
    state: Mapped[CooperativeState] = mapped_column(str_enum(CooperativeState))
    note: Mapped[str | None]
    applied_by: Mapped[UUID]
    applied_at: Mapped[Instant]
    recommended_office_id: Mapped[Ref | None] = mapped_column(ForeignKey("offices.id"))
    recommended_by: Mapped[UUID | None]
    recommended_at: Mapped[Instant | None]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[Instant | None]
    verify_again_on: Mapped[Day | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
