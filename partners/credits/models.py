"""Tables of credits: rules, the facts of sales, decisions on them, their movements and daily sums.

Everything here is written once. The exceptions, by column privilege: a sale notes that it was
completed, what was returned of it and whether it is held; a decision notes that it was closed;
a rule notes when it ended.
"""

import uuid
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.database import Day, Fen, Id, Instant, Model, Ref, str_enum
from partners.credits.facts import ProductKind
from partners.credits.reasons import ReasonCode
from partners.credits.rules import Kind, Moment, Scheme, Stage, Standing


class CountingRule(Model):
    """A version of a scheme's rule: who issued it, when it holds, and its settings.

    The database refuses two versions of a scheme in force on one day. ``note`` says which
    settings no source settles.
    """

    __tablename__ = "counting_rules"
    __table_args__ = (
        UniqueConstraint("scheme", "version", name="uq_counting_rules_scheme_version"),
        CheckConstraint("valid_from <= valid_to", name="valid"),
    )

    id: Mapped[Id]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    version: Mapped[int]
    issuer: Mapped[str]
    document: Mapped[str]
    valid_from: Mapped[Day]
    valid_to: Mapped[Day | None]
    confirms_at: Mapped[Moment] = mapped_column(str_enum(Moment))
    counts_freight: Mapped[bool]
    waived_relations: Mapped[list[str]] = mapped_column(ARRAY(Text))
    waived_origins: Mapped[list[str]] = mapped_column(ARRAY(Text))
    private_buyer_kind: Mapped[Kind | None] = mapped_column(str_enum(Kind))
    budget_unit_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    note: Mapped[str]


class Sale(Model):
    """A sale line's facts as they were judged (see ``SaleFacts``); ``id`` is the line's own id.

    Afterwards only four things happen to it: it is completed, returned in part or whole, held,
    and let go again.
    """

    __tablename__ = "sales"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id", name="uq_sales_cooperative_id_id"),
        Index(
            "ix_sales_sale_on",
            "sale_on",
            postgresql_using="brin",
            postgresql_with={"autosummarize": True, "pages_per_range": 32},
        ),
        Index("ix_sales_held", "id", postgresql_where=text("held_on IS NOT NULL")),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("amount_fen >= 0 AND freight_fen >= 0", name="amounts"),
        CheckConstraint("returned_fen BETWEEN 0 AND amount_fen", name="returned"),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    line_kind: Mapped[str]
    sale_on: Mapped[Day]
    cooperative_name: Mapped[str]
    product_id: Mapped[Ref]
    product_name: Mapped[str]
    category: Mapped[str]
    product_kind: Mapped[ProductKind] = mapped_column(str_enum(ProductKind))
    origin_code: Mapped[str | None]
    quantity: Mapped[int]
    unit: Mapped[str]
    amount_fen: Mapped[Fen]
    freight_fen: Mapped[Fen]
    channel: Mapped[str]
    outlet_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    certificate_no: Mapped[str | None]
    certificate_valid_from: Mapped[Day | None]
    certificate_valid_to: Mapped[Day | None]
    certificate_state: Mapped[str | None]
    is_food_or_farm: Mapped[bool]
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    recorded_at: Mapped[Instant]
    completed_on: Mapped[Day | None]
    returned_fen: Mapped[Fen]
    held_on: Mapped[Day | None]


class Decision(Model):
    """What one sale counts for under one scheme, by which rule, for whom, and why.

    A sale has one open decision a scheme at most; a change of attribution closes it (its
    movements are reversed) and opens another. ``rolls_up_to``: the wider pairings whose totals
    include it, as in force on the day of the sale. ``counting_year``: the year of that day.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id", name="uq_decisions_cooperative_id_id"),
        ForeignKeyConstraint(
            ["cooperative_id", "sale_id"],
            ["sales.cooperative_id", "sales.id"],
            name="fk_decisions_sale",
        ),
        Index("ix_decisions_cooperative_id_sale_id", "cooperative_id", "sale_id", "scheme"),
        Index(
            "uq_decisions_open",
            "cooperative_id",
            "sale_id",
            "scheme",
            unique=True,
            postgresql_where=text("closed_on IS NULL"),
        ),
        Index(
            "ix_decisions_held",
            "sale_id",
            postgresql_where=text("standing = 'held' AND closed_on IS NULL"),
        ),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint(
            "(standing = 'not_counted') = (region_code IS NULL)"
            " AND (standing = 'not_counted') = (kind IS NULL)"
            " AND (standing <> 'not_counted' OR amount_fen = 0)"
            " AND (standing = 'not_counted' OR rule_id IS NOT NULL)",
            name="subject",
        ),
        CheckConstraint(
            "(pairing_id IS NOT NULL) = (scheme = 'pairing' AND standing = 'counted')",
            name="pairing",
        ),
    )

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    sale_id: Mapped[Ref]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    rule_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    standing: Mapped[Standing] = mapped_column(str_enum(Standing))
    kind: Mapped[Kind | None] = mapped_column(str_enum(Kind))
    amount_fen: Mapped[Fen]
    pairing_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    rolls_up_to: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    tied_pairing_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    region_code: Mapped[str | None]
    attribution_code: Mapped[str | None]
    buying_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    buying_unit_name: Mapped[str | None]
    buying_unit_kind: Mapped[str | None]
    # None: decided before it was kept, by the unit's kind alone.
    buying_unit_is_budget: Mapped[bool | None]
    counting_year: Mapped[int]
    reason_code: Mapped[ReasonCode] = mapped_column(str_enum(ReasonCode))
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    cause_kind: Mapped[str]
    cause_id: Mapped[Ref]
    decided_at: Mapped[Instant]
    closed_on: Mapped[Day | None]


class Credit(Model):
    """A signed movement of a decision's amount in a stage. Append-only, once per cause.

    ``counting_year`` is the year whose figure it moves: the sale's, or, where that year's report
    is locked, the open year; then ``corrects_year`` names the locked one.
    """

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "id", name="uq_credits_cooperative_id_id"),
        UniqueConstraint(
            "cooperative_id", "decision_id", "stage", "cause_kind", "cause_id",
            name="uq_credits_cause",
        ),
        ForeignKeyConstraint(
            ["cooperative_id", "decision_id"],
            ["decisions.cooperative_id", "decisions.id"],
            name="fk_credits_decision",
        ),
        # A report's live tail and the lines behind a figure, in their order.
        Index(
            "ix_credits_figure", "region_code", "scheme", "counting_year", "booked_on", "id"
        ),
        Index(
            "ix_credits_booked_on",
            "booked_on",
            postgresql_using="brin",
            postgresql_with={"autosummarize": True, "pages_per_range": 32},
        ),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint("corrects_year < counting_year", name="correction"),
    )  # fmt: skip

    id: Mapped[Id]
    cooperative_id: Mapped[Ref]
    decision_id: Mapped[Ref]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    region_code: Mapped[str]
    pairing_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[Kind] = mapped_column(str_enum(Kind))
    stage: Mapped[Stage] = mapped_column(str_enum(Stage))
    amount_fen: Mapped[Fen]
    counting_year: Mapped[int]
    corrects_year: Mapped[int | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[Ref]
    booked_on: Mapped[date]
    booked_at: Mapped[Instant]


class DailySum(Model):
    """The credits of one folded day, summed by everything a report groups by. Append-only."""

    __tablename__ = "credit_daily_sums"
    __table_args__ = (
        Index("ix_credit_daily_sums_figure", "region_code", "scheme", "counting_year", "booked_on"),
        Index("ix_credit_daily_sums_booked_on", "booked_on"),
    )

    id: Mapped[Id]
    booked_on: Mapped[date]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    region_code: Mapped[str]
    pairing_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    rolls_up_to: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid))
    buying_unit_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    kind: Mapped[Kind] = mapped_column(str_enum(Kind))
    stage: Mapped[Stage] = mapped_column(str_enum(Stage))
    counting_year: Mapped[int]
    corrects_year: Mapped[int | None]
    amount_fen: Mapped[Fen]
    line_count: Mapped[int]


class LockedYear(Model):
    """A region's year whose report is locked: later movements are corrections in the open year."""

    __tablename__ = "locked_years"
    __table_args__ = (
        UniqueConstraint("scheme", "region_code", "year", name="uq_locked_years_subject"),
        Index("ix_locked_years_region_code", "region_code"),
    )

    id: Mapped[Id]
    scheme: Mapped[Scheme] = mapped_column(str_enum(Scheme))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    year: Mapped[int]
    document: Mapped[str]
    locked_by: Mapped[Ref]
    locked_at: Mapped[Instant]
