"""The table of days that are not what their weekday says."""

import uuid
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Id, Instant, Model, str_enum


class DayKind(StrEnum):
    """What a day is; ``ordinary`` takes back what was said: the weekday decides again."""

    HOLIDAY = "holiday"
    WORKING = "working"
    ORDINARY = "ordinary"


class SpecialDay(Model):
    """A day that a notice made a holiday, or a weekend day that it made a working day."""

    __tablename__ = "special_days"
    __table_args__ = (UniqueConstraint("day"),)

    id: Mapped[Id]
    day: Mapped[Day]
    kind: Mapped[DayKind] = mapped_column(str_enum(DayKind))
    name: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(Text)
    # None: as the product ships it.
    set_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    set_at: Mapped[Instant]
