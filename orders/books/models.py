"""The table of exports: which period was written into files, with the files' hashes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, Ref, str_enum


class ExportState(StrEnum):
    """Whether the files are there."""

    RUNNING = "running"
    DONE = "done"


class JournalExport(Model):
    """A period's vouchers in two files, XLSX and CSV, written once and kept with their SHA-256.

    The days are folded before: what is in the files is in the books for good.
    """

    __tablename__ = "journal_exports"
    __table_args__ = (
        CheckConstraint("end_on >= start_on", name="period"),
        CheckConstraint(
            "(state = 'done') = (finished_at IS NOT NULL AND xlsx_digest IS NOT NULL"
            " AND csv_digest IS NOT NULL)",
            name="done",
        ),
    )

    id: Mapped[Id]
    export_no: Mapped[str] = mapped_column(Text)
    start_on: Mapped[Day]
    end_on: Mapped[Day]
    state: Mapped[ExportState] = mapped_column(str_enum(ExportState))
    vouchers: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    debit_fen: Mapped[Fen] = mapped_column(default=0)
    credit_fen: Mapped[Fen] = mapped_column(default=0)
    # SHA-256 of the files, in hexadecimal digits.
    xlsx_digest: Mapped[str | None] = mapped_column(Text)
    csv_digest: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[Ref]
    requested_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]
