"""The table of pairings; the database refuses two that overlap in period, regions and relation."""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Model, str_enum
from marketplace.language import Text


class Relation(StrEnum):
    """The three relations between paired regions; their counting rules differ."""

    EAST_WEST_COOPERATION = "east_west_cooperation"
    COUNTERPART_SUPPORT = "counterpart_support"
    COUNTERPART_COOPERATION = "counterpart_cooperation"

    @property
    def label(self) -> Text:
        """The relation's name for people."""
        return _RELATION_LABELS[self]


_RELATION_LABELS = {
    Relation.EAST_WEST_COOPERATION: Text("东西部协作", "east–west cooperation"),
    Relation.COUNTERPART_SUPPORT: Text("对口支援", "counterpart support"),
    Relation.COUNTERPART_COOPERATION: Text("对口合作", "counterpart cooperation"),
}


class Pairing(Model):
    """An eastern region paired with a western one, both ends of the period included.

    ``west_organisation_code`` narrows the west to the places that an organisation beside the region
    reaches (the Corps). ``document`` is the paper that made the pairing, ``end_document`` the one that
    ended it, each None where no source names it. ``evidence`` says what the entry rests on; ``is_assumed`` marks one in which
    no source settles something, so that every reader sees it.
    """

    __tablename__ = "pairings"
    __table_args__ = (
        Index("ix_pairings_east_code", "east_code"),
        Index("ix_pairings_west_code", "west_code"),
        Index("ix_pairings_west_organisation_code", "west_organisation_code"),
    )

    id: Mapped[Id]
    east_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    west_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    west_organisation_code: Mapped[str | None] = mapped_column(
        ForeignKey("region_organisations.code")
    )
    relation: Mapped[Relation] = mapped_column(str_enum(Relation))
    valid_from: Mapped[Day]
    valid_to: Mapped[Day | None]
    document: Mapped[str | None]
    end_document: Mapped[str | None]
    evidence: Mapped[str]
    is_assumed: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
