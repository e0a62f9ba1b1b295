"""Table of the shop window: under which filters, and where in each order, a listed product stands."""

import uuid

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Instant, Model


class ListingFacet(Model):
    """One listed product under one filter: ``region/category``, either of which may be empty.

    A product stands under every region above its origin and every category above its own, so any
    filter in any order is one short walk of one index, however the goods are spread. Without it,
    "instruments of Sichuan" walks every product of Sichuan to find none.
    """

    __tablename__ = "listing_facets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        Index("ix_listing_facets_listed_at", "facet", "listed_at", "product_id"),
        Index("ix_listing_facets_price_from_fen", "facet", "price_from_fen", "product_id"),
        Index("ix_listing_facets_name_key", "facet", "name_key", "product_id"),
    )

    cooperative_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    product_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    facet: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    listed_at: Mapped[Instant]
    price_from_fen: Mapped[Fen]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))


def facet_key(region_code: str | None, category_code: str | None) -> str:
    """Return the facet under which products of a region and a category stand."""
    return f"{region_code or ''}/{category_code or ''}"
