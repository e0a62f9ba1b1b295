"""The table of invoice titles: each stands in the book of one account or of one buying unit."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import str_enum
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.invoice_titles.errors import (
    InvoiceTitleBookFull,
    InvoiceTitleNotFound,
    InvoiceTitleUnitNotYours,
)
from orders.shared_books.models import BookRules, InBook


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


class InvoiceTitle(InBook):
    """Somebody an invoice may be made out to; name, number, address and account are sealed."""

    __tablename__ = "invoice_titles"
    rules = BookRules(
        permission=Permission.INVOICE_REQUEST,
        lock="invoice titles",
        subject="invoice_title",
        not_found=InvoiceTitleNotFound,
        full=InvoiceTitleBookFull,
        unit_not_yours=InvoiceTitleUnitNotYours,
    )

    kind: Mapped[TitleKind] = mapped_column(str_enum(TitleKind))

    @property
    def told(self) -> dict[str, str]:
        """Its kind: no name, no number."""
        return {"kind": str(self.kind)}
