"""Tables of household shares: revisions, each never changed but for its review, and their lines."""

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Fen, Id, Instant, Model, Ref, str_enum
from orders.household_shares.kinds import ExcessReason, HouseholdKind, ReturnReason, ShareState


class HouseholdShare(Model):
    """A revision of what one statement's cooperative returned to households.

    No text of a person's own: counts, sums, codes, and reasons from a list.
    """

    __tablename__ = "household_shares"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint("cooperative_id", "statement_id", "revision"),
        ForeignKeyConstraint(
            ["cooperative_id", "statement_id"], ["statements.cooperative_id", "statements.id"]
        ),
        # What stands for a statement now: waiting or attested.
        Index(
            "uq_household_shares_live",
            "cooperative_id",
            "statement_id",
            unique=True,
            postgresql_where=text("state IN ('entered', 'attested')"),
        ),
        Index("ix_household_shares_year", "year", "state", "cooperative_id"),
        CheckConstraint("households > 0 AND amount_fen > 0 AND vouchers >= 0", name="amounts"),
        CheckConstraint(
            "amount_fen <= statement_fen OR excess_reason IS NOT NULL", name="explained"
        ),
        CheckConstraint(
            "(state IN ('returned', 'attested')) = (reviewed_at IS NOT NULL)"
            " AND (reviewed_at IS NULL) = (reviewed_by IS NULL)"
            " AND (state = 'returned') = (return_reason IS NOT NULL)"
            " AND reviewed_by IS DISTINCT FROM entered_by",
            name="reviewed",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    statement_id: Mapped[Ref]
    revision: Mapped[int] = mapped_column(Integer)
    state: Mapped[ShareState] = mapped_column(str_enum(ShareState))
    # The year of the statement's last day.
    year: Mapped[int] = mapped_column(Integer)
    # What the statement paid when this was entered.
    statement_fen: Mapped[Fen]
    households: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[Fen]
    excess_reason: Mapped[ExcessReason | None] = mapped_column(str_enum(ExcessReason))
    # How many payment vouchers the cooperative keeps for it.
    vouchers: Mapped[int] = mapped_column(Integer)
    entered_by: Mapped[Ref]
    entered_at: Mapped[Instant]
    reviewed_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    reviewed_at: Mapped[datetime | None]
    return_reason: Mapped[ReturnReason | None] = mapped_column(str_enum(ReturnReason))


class HouseholdShareLine(Model):
    """How many households of a kind in a place got how much. Append-only.

    ``place_code``: six digits for a county, nine for a township, twelve for a village.
    """

    __tablename__ = "household_share_lines"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id"),
        UniqueConstraint(
            "cooperative_id", "share_id", "place_code", "kind", name="uq_household_share_lines_cell"
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "share_id"],
            ["household_shares.cooperative_id", "household_shares.id"],
        ),
        CheckConstraint("place_code ~ '^[0-9]{6}([0-9]{3}){0,2}$'", name="place"),
        CheckConstraint("households > 0 AND amount_fen > 0", name="amounts"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    share_id: Mapped[Ref]
    place_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[HouseholdKind] = mapped_column(str_enum(HouseholdKind))
    households: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[Fen]
