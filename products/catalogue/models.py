"""Tables of the catalogue, and what is true of one row whoever asks."""

import uuid
from enum import StrEnum

from sqlalchemy import (
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, str_enum
from marketplace.ids import new_id
from marketplace.language import Text as Words
from partners.credits.facts import ProductKind


class ListingState(StrEnum):
    """Where a product stands between the cooperative's draft and the shop window."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LISTED = "listed"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> Words:
        """The state's name for people."""
        return _STATE_LABELS[self]


_STATE_LABELS = {
    ListingState.DRAFT: Words("草稿", "draft"),
    ListingState.SUBMITTED: Words("待审核", "waiting for review"),
    ListingState.RETURNED: Words("已退回", "returned"),
    ListingState.LISTED: Words("在售", "on sale"),
    ListingState.PAUSED: Words("已下架", "paused"),
    ListingState.WITHDRAWN: Words("已停售", "withdrawn"),
}


class ReturnClass(StrEnum):
    """Whether a buyer may send it back without a reason within seven days.

    Law on the Protection of Consumer Rights, article 25: not fresh or perishable goods, not goods
    made to order.
    """

    SEVEN_DAYS = "seven_days"
    PERISHABLE = "perishable"
    CUSTOM_MADE = "custom_made"

    @property
    def label(self) -> Words:
        """The class's name for people."""
        return _RETURN_LABELS[self]


_RETURN_LABELS = {
    ReturnClass.SEVEN_DAYS: Words("七天无理由退货", "returns within seven days"),
    ReturnClass.PERISHABLE: Words("鲜活易腐，不支持无理由退货", "perishable: no returns"),
    ReturnClass.CUSTOM_MADE: Words("定制商品，不支持无理由退货", "made to order: no returns"),
}


# A product whose facts may be edited; a listed one is paused first, so nobody buys mid-change.
EDITABLE = frozenset({ListingState.DRAFT, ListingState.RETURNED, ListingState.PAUSED})


LISTED = text("state = 'listed'")
SUBMITTED = text("state = 'submitted'")


def judged_origin(
    kind: ProductKind, origin_code: str | None, main_material_code: str | None
) -> str | None:
    """Return the region whose product this is, or None when that is unknown.

    Farm goods: where they grew. Processed goods: where the main raw material grew, not where the
    factory stands. Crafts: where they were made. The generated column says the same in SQL.
    """
    return main_material_code if kind is ProductKind.PROCESSED else origin_code


class Category(Model):
    """A place in the tree of goods; products hang on its leaves. ``path`` holds itself and above."""

    __tablename__ = "categories"
    __table_args__ = (Index("ix_categories_parent_code", "parent_code"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    path: Mapped[list[str]] = mapped_column(ARRAY(Text))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]
    is_food: Mapped[bool]
    # Meat is sold with a quarantine certificate (Animal Epidemic Prevention Law, article 49).
    needs_quarantine: Mapped[bool]


class Product(Model):
    """One thing that a cooperative offers, in one or more SKUs."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        Index("ix_products_cooperative_id_state", "cooperative_id", "state", "id"),
        Index("ix_products_category_code", "category_code"),
        Index("ix_products_terms", "terms", postgresql_using="gin", postgresql_where=LISTED),
        Index("ix_products_submitted_at", "submitted_at", "id", postgresql_where=SUBMITTED),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cooperatives.id"))
    name: Mapped[str]
    kind: Mapped[ProductKind] = mapped_column(str_enum(ProductKind))
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"))
    description: Mapped[str]
    # Where it grew or was made; of processed goods, where they were processed.
    origin_code: Mapped[str]
    main_material_code: Mapped[str | None]
    judged_origin_code: Mapped[str | None] = mapped_column(
        Text,
        Computed(
            "CASE WHEN kind = 'processed' THEN main_material_code ELSE origin_code END",
            persisted=True,
        ),
    )
    return_class: Mapped[ReturnClass] = mapped_column(str_enum(ReturnClass))
    is_prepackaged: Mapped[bool] = mapped_column(default=False)
    sc_licence_no: Mapped[str | None]
    quarantine_certificate_no: Mapped[str | None]
    shelf_life_days: Mapped[int | None]
    storage_conditions: Mapped[str | None]
    net_content: Mapped[str | None]

    state: Mapped[ListingState] = mapped_column(str_enum(ListingState), default=ListingState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[uuid.UUID]
    created_at: Mapped[Instant]
    submitted_by: Mapped[uuid.UUID | None]
    submitted_at: Mapped[Instant | None]
    reviewed_by: Mapped[uuid.UUID | None]
    reviewed_at: Mapped[Instant | None]
    return_reason: Mapped[str | None]

    # Kept for the shop window, which reads this row alone: set by the services that change them.
    listed_at: Mapped[Instant | None]
    price_from_fen: Mapped[Fen | None]
    cover_digest: Mapped[str | None]
    name_key: Mapped[str] = mapped_column(Text(collation="C"))
    terms: Mapped[str] = mapped_column(TSVECTOR, deferred=True)


class Sku(Model):
    """What is bought: one spec of a product, with its price, weight and counted stock.

    ``on_hand`` and ``reserved`` change by guarded updates of ``products.stock`` only; no index
    names them, so a sale updates the row in place.
    """

    __tablename__ = "skus"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "product_id", "spec"),
        ForeignKeyConstraint(
            ["cooperative_id", "product_id"], ["products.cooperative_id", "products.id"]
        ),
        Index("ix_skus_product_id", "product_id", "price_fen", "id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[uuid.UUID]
    product_id: Mapped[uuid.UUID]
    spec: Mapped[str]
    unit: Mapped[str]
    weight_g: Mapped[int]
    # Packed for sending; needed only where freight is charged by volume.
    volume_cm3: Mapped[int | None]
    price_fen: Mapped[Fen]
    is_active: Mapped[bool] = mapped_column(default=True)
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Instant]

    @property
    def available(self) -> int:
        """Pieces that can still be promised."""
        return self.on_hand - self.reserved


class PriceChange(Model):
    """A price that a SKU has had from an instant on; append-only.

    A compared price must not exceed the lowest of the last seven days, so history is kept.
    """

    __tablename__ = "price_changes"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(["cooperative_id", "sku_id"], ["skus.cooperative_id", "skus.id"]),
        Index("ix_price_changes_cooperative_id_sku_id", "cooperative_id", "sku_id", "changed_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cooperative_id: Mapped[uuid.UUID]
    sku_id: Mapped[uuid.UUID]
    price_fen: Mapped[Fen]
    changed_by: Mapped[uuid.UUID]
    changed_at: Mapped[Instant]
