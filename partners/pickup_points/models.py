"""The table of pick-up points."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import language
from marketplace.database import Id, Model, Ref, str_enum
from marketplace.permissions import ScopeKind


class HolderKind(StrEnum):
    """Whose place it is: a unit's gate, an outlet's counter, a coordination office's hall."""

    BUYING_UNIT = "buying_unit"
    OUTLET = "outlet"
    OFFICE = "office"

    @property
    def label(self) -> language.Text:
        """The kind's name for people."""
        return _LABELS[self]

    @property
    def scope_kind(self) -> ScopeKind:
        """Whose memberships answer for the place."""
        return ScopeKind(self.value)


_LABELS = {
    HolderKind.BUYING_UNIT: language.Text("采购单位", "Buying unit"),
    HolderKind.OUTLET: language.Text("销售网点", "Outlet"),
    HolderKind.OFFICE: language.Text("对口办", "Coordination office"),
}


class PickupPoint(Model):
    """A place that keeps parcels; paused, it takes no new orders and still hands out old ones."""

    __tablename__ = "pickup_points"
    __table_args__ = (
        Index("ix_pickup_points_holder", "holder_kind", "holder_id"),
        Index("ix_pickup_points_region_code", "region_code"),
        Index("ix_pickup_points_name", "name", "id"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    address: Mapped[str]
    hours: Mapped[str]
    # Whom to ask there, and under which number: sealed, and told to those who collect there.
    contact: Mapped[bytes] = mapped_column(LargeBinary)
    holder_kind: Mapped[HolderKind] = mapped_column(str_enum(HolderKind))
    # A row of the kind's table; no foreign key, because owners do not point across.
    holder_id: Mapped[Ref]
    # A unit's gate is for those who buy for the unit; a hall is for everybody.
    is_for_unit_only: Mapped[bool]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
