"""The table of invoice titles: each stands in the book of one account or of one buying unit."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.language import Text
from orders.addresses.models import BookKind


class TitleKind(StrEnum):
    """Whether an invoice is made out to a person or to a body with a taxpayer's number."""

    PERSONAL = "personal"
    COMPANY = "company"

    @property
    def label(self) -> Text:
        """The kind's name for people."""
        return _LABELS[self]


_LABELS = {
    TitleKind.PERSONAL: Text("个人", "person"),
    TitleKind.COMPANY: Text("单位", "body"),
}


class InvoiceTitle(Model):
    """Somebody an invoice may be made out to; name, number, address and account are sealed."""

    __tablename__ = "invoice_titles"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        Index(
            "uq_invoice_titles_default",
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
    kind: Mapped[TitleKind] = mapped_column(str_enum(TitleKind))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_default: Mapped[bool]
    written_by: Mapped[Ref]
    written_at: Mapped[Instant]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy as it stands
