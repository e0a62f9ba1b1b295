"""Table of photos: which picture stands where beside a product."""

import uuid

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from marketplace.database import Id, Instant, Model


class Photo(Model):
    """One photo of a product. ``digest`` is of the stored large picture and is its public name."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "product_id", "digest"),
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        Index("ix_photos_product_id", "product_id", "position", "id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    position: Mapped[int]
    digest: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    uploaded_by: Mapped[uuid.UUID]
    uploaded_at: Mapped[Instant]
