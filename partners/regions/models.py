"""Tables of regions: the tree of divisions, what they were called before, and organisations beside it."""

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Model, str_enum


class RegionLevel(StrEnum):
    """How far down the tree a region stands."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


# Headings of the standard under which districts and directly governed counties are listed.
# They are not places: no name shows them, no office sits there, no pairing names them.
GROUPING_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


class Region(Model):
    """A division of GB/T 2260 with its code, its present name and the years it is known for.

    ``valid_from`` is None where the division is as old as the records (1981) or where they do not
    say; years are what the sources give, so a change in a year counts from its first day.
    """

    __tablename__ = "regions"
    __table_args__ = (Index("ix_regions_parent_code", "parent_code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[RegionLevel] = mapped_column(str_enum(RegionLevel))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    path: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_grouping: Mapped[bool]
    pinyin: Mapped[str]
    initials: Mapped[str]
    valid_from: Mapped[Day | None]
    valid_to: Mapped[Day | None]
    delisted_year: Mapped[int | None]


class RegionAlias(Model):
    """A code or name that a region had before, or has in a published list; ``code`` None: a name only."""

    __tablename__ = "region_aliases"
    __table_args__ = (
        UniqueConstraint(
            "code",
            "name",
            "region_code",
            "valid_from",
            name="uq_region_aliases_alias",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_region_aliases_region_code", "region_code"),
    )

    id: Mapped[Id]
    code: Mapped[str | None]
    name: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    valid_from: Mapped[Day | None]
    valid_to: Mapped[Day | None]
    source: Mapped[str]


class RegionOrganisation(Model):
    """A body without a division code that governs places: the Xinjiang Corps and its cities.

    ``region_code`` is the region it stands beside, ``member_codes`` the places it reaches.
    """

    __tablename__ = "region_organisations"
    __table_args__ = (Index("ix_region_organisations_region_code", "region_code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    member_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ReferenceVersion(Model):
    """Which state of a reference table the database holds; a trigger renews it on every change.

    Versions are random, so a rolled-back change never lends its version to another: a process that
    has cached a table compares this one value and is right.
    """

    __tablename__ = "reference_versions"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[uuid.UUID]
