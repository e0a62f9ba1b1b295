"""The table of offices: one per region, whose place in the tree follows its region."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Model, Ref, str_enum
from partners.regions.models import RegionLevel


class Office(Model):
    """The coordination office of a region; it answers for what lies in the region."""

    __tablename__ = "offices"
    __table_args__ = (
        Index("uq_offices_region_code", "region_code", unique=True),
        Index("ix_offices_parent_id", "parent_id"),
    )

    id: Mapped[Id]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    level: Mapped[RegionLevel] = mapped_column(str_enum(RegionLevel))
    name: Mapped[str]
    parent_id: Mapped[Ref | None] = mapped_column(ForeignKey("offices.id"))
