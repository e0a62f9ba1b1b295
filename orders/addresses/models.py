"""The table of addresses: each stands in the book of one account or of one buying unit."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum


class BookKind(StrEnum):
    """Whose book it is: one person's, or shared by those who buy for a unit."""

    ACCOUNT = "account"
    BUYING_UNIT = "buying_unit"


class Address(Model):
    """A place to send goods to. Who receives them and the street are sealed; the division is not."""

    __tablename__ = "addresses"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        Index(
            "uq_addresses_default",
            "owner_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        CheckConstraint("owner_kind in ('account', 'buying_unit')", name="owner_kind"),
    )

    id: Mapped[Id]
    owner_kind: Mapped[BookKind] = mapped_column(str_enum(BookKind))
    # An account or a buying unit: a link across owners, so no foreign key.
    owner_id: Mapped[Ref]
    region_code: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_default: Mapped[bool]
    written_by: Mapped[Ref]
    written_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
