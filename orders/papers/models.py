"""The table of papers: what each says, frozen, with the hash and the code by which it is checked."""

import uuid
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy import Text as TextType
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from marketplace.language import Text


class PaperKind(StrEnum):
    """What a paper is for."""

    CONTRACT = "contract"
    ACCEPTANCE = "acceptance"

    @property
    def label(self) -> Text:
        """The paper's name for people."""
        return _LABELS[self]

    @property
    def prefix(self) -> str:
        """What its numbers begin with."""
        return "HT" if self is PaperKind.CONTRACT else "YS"


_LABELS = {
    PaperKind.CONTRACT: Text("采购合同", "Purchase contract"),
    PaperKind.ACCEPTANCE: Text("验收单", "Acceptance note"),
}


class OrderPaper(Model):
    """A paper as it was made; never changed, so a copy printed years ago still checks."""

    __tablename__ = "order_papers"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "paper_no"),
        UniqueConstraint("cooperative_id", "order_id", "kind"),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        Index("ix_order_papers_code", "code"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    order_id: Mapped[Ref]
    kind: Mapped[PaperKind] = mapped_column(str_enum(PaperKind))
    paper_no: Mapped[str] = mapped_column(TextType)
    # Unguessable: what a stranger with a copy in hand types to have it checked.
    code: Mapped[str] = mapped_column(TextType)
    # The content names a recipient and an address.
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    # What the public check shows: bodies and a sum, no person.
    cooperative_name: Mapped[str] = mapped_column(TextType)
    buying_unit_name: Mapped[str] = mapped_column(TextType)
    total_fen: Mapped[Fen]
    made_at: Mapped[Instant]
    made_by: Mapped[uuid.UUID]
