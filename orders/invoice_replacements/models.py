"""The table of wishes to have an issued invoice made out anew."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import language
from marketplace.database import Id, Instant, Model, Ref, str_enum
from orders.invoice_titles.details import TitleDetails
from orders.invoices.states import InvoiceType


class ReplacementState(StrEnum):
    """Where a wish stands. ``lapsed``: everything had gone back, nothing was left to invoice."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DONE = "done"
    LAPSED = "lapsed"

    @property
    def label(self) -> language.Text:
        """The state's name for people."""
        return _LABELS[self]


OPEN = (ReplacementState.ASKED, ReplacementState.AGREED)

_LABELS = {
    ReplacementState.ASKED: language.Text("待合作社答复", "waits for the cooperative"),
    ReplacementState.AGREED: language.Text("已同意，待红冲", "agreed, to be reversed"),
    ReplacementState.DECLINED: language.Text("未受理", "declined"),
    ReplacementState.WITHDRAWN: language.Text("已撤回", "withdrawn"),
    ReplacementState.DONE: language.Text("已重新申请", "asked for anew"),
    ReplacementState.LAPSED: language.Text(
        "已全额退款，无需换开", "all refunded, nothing to make out"
    ),
}


class InvoiceReplacement(Model):
    """A buyer's wish for another title or type; an invoice has one open wish at most."""

    __tablename__ = "invoice_replacements"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        ForeignKeyConstraint(
            ["cooperative_id", "invoice_id"], ["invoices.cooperative_id", "invoices.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "successor_id"], ["invoices.cooperative_id", "invoices.id"]
        ),
        Index(
            "uq_invoice_replacements_open",
            "cooperative_id",
            "invoice_id",
            unique=True,
            postgresql_where=text("state IN ('asked', 'agreed')"),
        ),
        Index("ix_invoice_replacements_invoice", "cooperative_id", "invoice_id", "id"),
        Index("ix_invoice_replacements_successor", "cooperative_id", "successor_id"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    invoice_id: Mapped[Ref]
    # Who asked, and asks for the new one.
    account_id: Mapped[Ref]
    state: Mapped[ReplacementState] = mapped_column(str_enum(ReplacementState))
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    invoice_type: Mapped[InvoiceType] = mapped_column(str_enum(InvoiceType))
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[Instant]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    closed_at: Mapped[datetime | None]
    # The request that came of it.
    successor_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)

    @property
    def title(self) -> TitleDetails:
        """To whom the new one is to be made out, in clear."""
        return TitleDetails.unseal(self.title_sealed)
