"""The table of outlets."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Model, str_enum
from marketplace.language import Text


class OutletKind(StrEnum):
    """What an outlet is; its sales carry the kind as their channel."""

    PAVILION = "pavilion"
    COUNTER = "counter"
    ZONE = "zone"
    LIVE_STREAM = "live_stream"
    FAIR = "fair"
    CANTEEN = "canteen"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    OutletKind.PAVILION: Text("专馆", "pavilion"),
    OutletKind.COUNTER: Text("专柜", "counter"),
    OutletKind.ZONE: Text("专区", "zone"),
    OutletKind.LIVE_STREAM: Text("直播", "live stream"),
    OutletKind.FAIR: Text("展会", "fair"),
    OutletKind.CANTEEN: Text("食堂", "canteen"),
}


class Outlet(Model):
    """An outlet in an eastern region, open from a day on and, once closed, until a day."""

    __tablename__ = "outlets"
    __table_args__ = (
        Index("ix_outlets_region_code", "region_code"),
        Index("ix_outlets_name", "name", "id"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    kind: Mapped[OutletKind] = mapped_column(str_enum(OutletKind))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    address: Mapped[str]
    opened_on: Mapped[Day]
    closed_on: Mapped[Day | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands

    def is_open(self, on: date) -> bool:
        """Tell whether the outlet sold on a day; its last day belongs to it."""
        return self.opened_on <= on and (self.closed_on is None or on <= self.closed_on)
