"""Tables of invoices and their lines; a red invoice is a row of its own beside the one it reverses."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.invoice_titles.details import TitleDetails
from orders.invoices.states import InvoiceKind, InvoiceState, InvoiceType, TaxTreatment


class Invoice(Model):
    """A request and what became of it. Amounts are positive; a red one's are taken back."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "request_no"),
        ForeignKeyConstraint(
            ["cooperative_id", "original_id"], ["invoices.cooperative_id", "invoices.id"]
        ),
        # An invoice's number, and its file, stand for one sale only.
        Index(
            "uq_invoices_number",
            "cooperative_id",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index(
            "uq_invoices_file",
            "cooperative_id",
            "file_digest",
            unique=True,
            postgresql_where=text("file_digest IS NOT NULL"),
        ),
        # A refund is answered once.
        Index(
            "uq_invoices_cause",
            "cooperative_id",
            "original_id",
            "cause_id",
            unique=True,
            postgresql_where=text("kind = 'red'"),
        ),
        Index(
            "ix_invoices_due",
            "cooperative_id",
            "due_at",
            "id",
            postgresql_where=text("state = 'requested'"),
        ),
        Index("ix_invoices_account", "account_id", "id"),
        Index("ix_invoices_buying_unit", "buying_unit_id", "id"),
        Index("ix_invoices_original", "cooperative_id", "original_id"),
        CheckConstraint("(kind = 'red') = (original_id IS NOT NULL)", name="original"),
        CheckConstraint("amount_fen >= 0 AND tax_fen BETWEEN 0 AND amount_fen", name="amounts"),
        CheckConstraint(
            "state NOT IN ('issued', 'reversed')"
            " OR (number IS NOT NULL AND issued_on IS NOT NULL AND issued_at IS NOT NULL"
            " AND file_digest IS NOT NULL AND amount_fen > 0)",
            name="issued",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    cooperative_name: Mapped[str] = mapped_column(Text)
    # Who asked; a unit's clerks see what was asked for the unit.
    account_id: Mapped[Ref]
    buying_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    buying_unit_name: Mapped[str | None] = mapped_column(Text)
    request_no: Mapped[str] = mapped_column(Text)
    kind: Mapped[InvoiceKind] = mapped_column(str_enum(InvoiceKind))
    invoice_type: Mapped[InvoiceType] = mapped_column(str_enum(InvoiceType))
    state: Mapped[InvoiceState] = mapped_column(str_enum(InvoiceState))
    # A month of a unit's orders in one invoice: 2026-03.
    month: Mapped[str | None] = mapped_column(Text)
    title_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    amount_fen: Mapped[Fen]
    # Of the amount; known when it is issued.
    tax_fen: Mapped[Fen] = mapped_column(default=0)
    # The buyer's wish; later why it was declined, or why it is to be reversed.
    note: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    original_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    cause_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    requested_at: Mapped[Instant]
    due_at: Mapped[Instant]
    issuer: Mapped[str | None] = mapped_column(Text)
    number: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date | None]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    file_type: Mapped[str | None] = mapped_column(Text)
    file_digest: Mapped[str | None] = mapped_column(Text)
    file_bytes: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None]

    @property
    def title(self) -> TitleDetails:
        """To whom it is made out, in clear."""
        return TitleDetails.unseal(self.title_sealed)


class InvoiceLine(Model):
    """A line of an order (or its freight) on an invoice, as it is to be printed.

    A blue line ``is_live`` from the request until it is withdrawn, declined or wholly taken back;
    an order's line has one live line at most, so nothing is invoiced twice.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "invoice_id", "position"),
        ForeignKeyConstraint(
            ["cooperative_id", "invoice_id"], ["invoices.cooperative_id", "invoices.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_id"], ["orders.cooperative_id", "orders.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "order_line_id"], ["order_lines.cooperative_id", "order_lines.id"]
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "reverses_id"], ["invoice_lines.cooperative_id", "invoice_lines.id"]
        ),
        Index(
            "uq_invoice_lines_live",
            "cooperative_id",
            "order_id",
            "order_line_id",
            unique=True,
            postgresql_where=text("is_live"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_invoice_lines_order", "cooperative_id", "order_id"),
        Index("ix_invoice_lines_order_line", "cooperative_id", "order_line_id"),
        Index("ix_invoice_lines_reverses", "cooperative_id", "reverses_id"),
        Index("ix_invoice_lines_product", "cooperative_id", "product_id", "id"),
        CheckConstraint(
            "quantity >= 0 AND price_fen >= 0 AND amount_fen >= 0"
            " AND tax_fen BETWEEN 0 AND amount_fen"
            " AND reversed_fen BETWEEN 0 AND amount_fen"
            " AND reversed_quantity BETWEEN 0 AND quantity",
            name="amounts",
        ),
        CheckConstraint("NOT (is_live AND reverses_id IS NOT NULL)", name="live"),
        CheckConstraint(
            "(tax_treatment = 'exempt') IS NOT TRUE OR (tax_rate_bp = 0 AND tax_fen = 0)",
            name="tax",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    invoice_id: Mapped[Ref]
    order_id: Mapped[Ref]
    # None: the order's freight.
    order_line_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    product_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    spec: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    # The pieces that were kept, and the price that was agreed for one.
    quantity: Mapped[int] = mapped_column(BigInteger)
    price_fen: Mapped[Fen]
    # Tax included: what was paid and has not gone back.
    amount_fen: Mapped[Fen]
    tax_treatment: Mapped[TaxTreatment | None] = mapped_column(str_enum(TaxTreatment))
    # Hundredths of a per cent.
    tax_rate_bp: Mapped[int | None] = mapped_column(Integer)
    # What the issuer rests an exemption on.
    tax_basis: Mapped[str | None] = mapped_column(Text)
    tax_fen: Mapped[Fen] = mapped_column(default=0)
    is_live: Mapped[bool] = mapped_column(Boolean)
    # What red invoices, due and issued, take back of it.
    reversed_fen: Mapped[Fen] = mapped_column(default=0)
    reversed_quantity: Mapped[int] = mapped_column(BigInteger, default=0)

    @property
    def left_fen(self) -> int:
        """What stands of it after red invoices."""
        return self.amount_fen - self.reversed_fen

    @property
    def left_quantity(self) -> int:
        """The pieces that stand of it after red invoices."""
        return self.quantity - self.reversed_quantity
