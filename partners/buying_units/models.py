"""Tables of buying units: who they are, under whom, and their yearly filings."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import money
from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text

BASIS_POINTS = 10_000


class BuyingUnitKind(StrEnum):
    """What a buying unit is."""

    PUBLIC_BODY = "public_body"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    STATE_ENTERPRISE = "state_enterprise"
    UNION = "union"
    COMPANY = "company"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    BuyingUnitKind.PUBLIC_BODY: Text("机关、事业单位", "public body"),
    BuyingUnitKind.SCHOOL: Text("学校", "school"),
    BuyingUnitKind.HOSPITAL: Text("医院", "hospital"),
    BuyingUnitKind.STATE_ENTERPRISE: Text("国有企业", "state-owned enterprise"),
    BuyingUnitKind.UNION: Text("工会", "trade union"),
    BuyingUnitKind.COMPANY: Text("其他企业", "other company"),
}


class BuyingUnitState(StrEnum):
    """Where a unit's registration stands."""

    APPLIED = "applied"
    RETURNED = "returned"
    ACTIVE = "active"
    CLOSED = "closed"

    @property
    def label(self) -> Text:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    BuyingUnitState.APPLIED: Text("待审核", "waiting for approval"),
    BuyingUnitState.RETURNED: Text("已退回", "returned"),
    BuyingUnitState.ACTIVE: Text("已登记", "active"),
    BuyingUnitState.CLOSED: Text("已注销", "closed"),
}


class CanteenArrangement(StrEnum):
    """Whether a unit has a canteen, and who runs and files it."""

    NONE = "none"
    OWN = "own"
    SHARED = "shared"
    OUTSOURCED = "outsourced"

    @property
    def label(self) -> Text:
        """The arrangement's name for people."""
        return _CANTEEN_LABELS[self]


_CANTEEN_LABELS = {
    CanteenArrangement.NONE: Text("无食堂", "no canteen"),
    CanteenArrangement.OWN: Text("自办食堂", "own canteen"),
    CanteenArrangement.SHARED: Text("与其他单位共用食堂", "shared canteen"),
    CanteenArrangement.OUTSOURCED: Text("食堂对外承包", "outsourced canteen"),
}


class BuyingUnit(Model):
    """A unit that buys: its region, the unit above it, and its canteen.

    ``is_budget_unit`` marks a 预算单位, whose reserved share is measured. A shared canteen is filed by
    ``canteen_filed_by_id``; an outsourced one bought for by ``canteen_contractor``.
    """

    __tablename__ = "buying_units"
    __table_args__ = (
        Index(
            "uq_buying_units_credit_code",
            "credit_code",
            unique=True,
            postgresql_where=text("state IN ('applied', 'active')"),
        ),
        Index("ix_buying_units_region_code", "region_code"),
        Index("ix_buying_units_parent_id", "parent_id"),
        Index("ix_buying_units_canteen_filed_by_id", "canteen_filed_by_id"),
        Index("ix_buying_units_applied_by", "applied_by"),
        Index("ix_buying_units_name", "name", "id"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[BuyingUnitKind] = mapped_column(str_enum(BuyingUnitKind))
    is_budget_unit: Mapped[bool]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    parent_id: Mapped[Ref | None] = mapped_column(ForeignKey("buying_units.id"))
    credit_code: Mapped[str]
    canteen: Mapped[CanteenArrangement] = mapped_column(str_enum(CanteenArrangement))
    canteen_filed_by_id: Mapped[Ref | None] = mapped_column(ForeignKey("buying_units.id"))
    canteen_contractor: Mapped[str | None]
    state: Mapped[BuyingUnitState] = mapped_column(str_enum(BuyingUnitState))
    # Purchases from this amount on wait for a second person; none do while it is null.
    approval_from_fen: Mapped[Fen | None]
    note: Mapped[str | None]
    applied_by: Mapped[UUID]
    applied_at: Mapped[Instant]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[Instant | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands

    @property
    def has_canteen(self) -> bool:
        """Tell whether the unit has a canteen of any kind; without one it has no target."""
        return self.canteen is not CanteenArrangement.NONE

    @property
    def files_itself(self) -> bool:
        """Tell whether the unit files its reserved share itself, not another unit for it."""
        return self.canteen in (CanteenArrangement.OWN, CanteenArrangement.OUTSOURCED)


class BuyingUnitFiling(Model):
    """What a unit filed for a year: canteen purchasing, reserved share, union purchasing.

    Never changed: a correction is the next revision, and the newest of a day is what held that day.
    """

    __tablename__ = "buying_unit_filings"
    __table_args__ = (
        UniqueConstraint("unit_id", "year", "revision", name="uq_buying_unit_filings_revision"),
    )

    id: Mapped[Id]
    unit_id: Mapped[Ref] = mapped_column(ForeignKey("buying_units.id"))
    year: Mapped[int]
    revision: Mapped[int]
    canteen: Mapped[CanteenArrangement] = mapped_column(str_enum(CanteenArrangement))
    canteen_purchasing_fen: Mapped[Fen]
    share_basis_points: Mapped[int]
    union_purchasing_fen: Mapped[Fen]
    remark: Mapped[str]
    filed_by: Mapped[UUID]
    filed_at: Mapped[Instant]

    @property
    def reserved_fen(self) -> int:
        """The amount reserved: canteen purchasing × share, half-up to the fen."""
        return money.prorate(self.canteen_purchasing_fen, self.share_basis_points, BASIS_POINTS)
