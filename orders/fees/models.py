"""The table of fee rates: dated, for one category and what lies below it, or for all goods."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref

MAX_RATE_BP = 3000


class FeeRate(Model):
    """A rate in hundredths of a per cent, in force on [valid_from, valid_to).

    No two of one category overlap (an exclusion constraint); the most specific category wins.
    """

    __tablename__ = "fee_rates"
    __table_args__ = (
        CheckConstraint(f"rate_bp BETWEEN 0 AND {MAX_RATE_BP}", name="rate"),
        CheckConstraint("valid_to > valid_from", name="period"),
        Index("ix_fee_rates_category_code", "category_code"),
    )

    id: Mapped[Id]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    rate_bp: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[Day]
    valid_to: Mapped[date | None]
    document: Mapped[str] = mapped_column(Text)
    set_by: Mapped[Ref]
    set_at: Mapped[Instant]
