"""Tables of freight templates: their zones, the regions of each zone, and which products they send."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text as Words


class Basis(StrEnum):
    """By what a parcel is measured: pieces, grams, cubic centimetres."""

    PIECE = "piece"
    WEIGHT = "weight"
    VOLUME = "volume"

    @property
    def label(self) -> Words:
        """The measure's name for people."""
        return _LABELS[self]

    @property
    def unit(self) -> Words:
        """The unit in which it counts."""
        return _UNITS[self]


_LABELS = {
    Basis.PIECE: Words("按件数", "By piece"),
    Basis.WEIGHT: Words("按重量", "By weight"),
    Basis.VOLUME: Words("按体积", "By volume"),
}
_UNITS = {
    Basis.PIECE: Words("件", "pieces"),
    Basis.WEIGHT: Words("克", "grams"),
    Basis.VOLUME: Words("立方厘米", "cubic centimetres"),
}


class FreightTemplate(Model):
    """A cooperative's way of charging for a parcel; one of them may be its default."""

    __tablename__ = "freight_templates"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "name"),
        Index(
            "uq_freight_templates_default",
            "cooperative_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    name: Mapped[str] = mapped_column(Text)
    basis: Mapped[Basis] = mapped_column(str_enum(Basis))
    is_default: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[Instant]


class FreightZone(Model):
    """What sending to some regions costs, or (``covers_rest``) to all others; or that it is not done.

    ``first_units`` cost ``first_fen``, every further ``further_units`` begun ``further_fen``;
    nothing from an amount of goods or a count of pieces on. A zone that is not served has none.
    """

    __tablename__ = "freight_zones"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "template_id", "position"),
        ForeignKeyConstraint(
            ["cooperative_id", "template_id"],
            ["freight_templates.cooperative_id", "freight_templates.id"],
        ),
        CheckConstraint(
            "CASE WHEN is_served THEN"
            " first_units IS NOT NULL AND first_units > 0"
            " AND first_fen IS NOT NULL AND first_fen >= 0"
            " AND further_units IS NOT NULL AND further_units > 0"
            " AND further_fen IS NOT NULL AND further_fen >= 0"
            " AND (free_from_fen IS NULL OR free_from_fen > 0)"
            " AND (free_from_pieces IS NULL OR free_from_pieces > 0)"
            " ELSE num_nonnulls(first_units, first_fen, further_units, further_fen,"
            " free_from_fen, free_from_pieces) = 0 END",
            name="charges",
        ),
        Index(
            "uq_freight_zones_rest",
            "cooperative_id",
            "template_id",
            unique=True,
            postgresql_where=text("covers_rest"),
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    template_id: Mapped[Ref]
    position: Mapped[int]
    covers_rest: Mapped[bool]
    is_served: Mapped[bool]
    first_units: Mapped[int | None]
    first_fen: Mapped[int | None] = mapped_column(BigInteger)
    further_units: Mapped[int | None]
    further_fen: Mapped[int | None] = mapped_column(BigInteger)
    free_from_fen: Mapped[int | None] = mapped_column(BigInteger)
    free_from_pieces: Mapped[int | None]


class FreightZoneRegion(Model):
    """A region of a zone, with all that lies in it; a region stands in one zone of a template."""

    __tablename__ = "freight_zone_regions"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "template_id", "region_code"),
        ForeignKeyConstraint(
            ["cooperative_id", "zone_id"], ["freight_zones.cooperative_id", "freight_zones.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "template_id"],
            ["freight_templates.cooperative_id", "freight_templates.id"],
        ),
        Index("ix_freight_zone_regions_zone", "cooperative_id", "zone_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    template_id: Mapped[Ref]
    zone_id: Mapped[Ref]
    # A shared fact: no foreign key, an invariant watches it.
    region_code: Mapped[str] = mapped_column(Text)


class ProductFreight(Model):
    """Which template sends a product that its cooperative's default does not."""

    __tablename__ = "product_freight"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "product_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "template_id"],
            ["freight_templates.cooperative_id", "freight_templates.id"],
        ),
        Index("ix_product_freight_template", "cooperative_id", "template_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    product_id: Mapped[Ref]
    template_id: Mapped[Ref]
