"""The table of folded days: one link of a ledger's digest chain each."""

from datetime import date

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Id, Instant, Model


class FoldedDay(Model):
    """A day of a ledger that is over: no row can be booked on it or before it any more.

    ``rows_digest`` digests the day's rows, ``hash`` this link and the one before. A day between
    two links had no rows. Append-only.
    """

    __tablename__ = "folded_days"
    __table_args__ = (
        UniqueConstraint("ledger", "folded_on", name="uq_folded_days_ledger_folded_on"),
        UniqueConstraint("ledger", "sequence", name="uq_folded_days_ledger_sequence"),
    )

    id: Mapped[Id]
    ledger: Mapped[str]
    sequence: Mapped[int]
    folded_on: Mapped[date]
    row_count: Mapped[int]
    rows_digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    folded_at: Mapped[Instant]
