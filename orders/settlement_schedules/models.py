"""The table of rhythms in which cooperatives are settled; each change is a row of its own."""

from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, Ref, str_enum


class Rhythm(StrEnum):
    """On which days a window closes by itself, at their beginning."""

    BY_HAND = "by_hand"
    WEEKLY = "weekly"
    HALF_MONTHLY = "half_monthly"
    MONTHLY = "monthly"


class SettlementSchedule(Model):
    """A rhythm in force from a day on, until the next one that was set."""

    __tablename__ = "settlement_schedules"
    __table_args__ = (Index("ix_settlement_schedules_valid_from", "valid_from", "id"),)

    id: Mapped[Id]
    rhythm: Mapped[Rhythm] = mapped_column(str_enum(Rhythm))
    valid_from: Mapped[Day]
    set_by: Mapped[Ref]
    set_at: Mapped[Instant]
