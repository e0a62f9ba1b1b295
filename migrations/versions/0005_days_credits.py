"""Booking days and their folding; counting rules, decisions, credits and their sums; quotas.

Safe under load: creates new objects only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from marketplace.migrating import app_role, append_only

revision = "0005_days_credits"
down_revision = "0004_partners"
branch_labels = None
depends_on = None

SCHEMES = "scheme IN ('pairing', 'reserved_share', 'catalogue')"
KINDS = "kind IN ('direct_purchase', 'assisted_sale')"
STAGES = "stage IN ('pending', 'confirmed', 'held')"

SHANGHAI_DATE = """
CREATE FUNCTION shanghai_date(instant timestamptz) RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
RETURN (instant AT TIME ZONE 'Asia/Shanghai')::date
"""

# Each statement of a volatile function sees what was committed before it began, so the look at
# the folded days is later than the lock: either the fold has not begun, and waits for us, or it
# is done, and we see it.
BOOK_DAY = """
CREATE FUNCTION book_day(of_ledger text, pretended timestamptz DEFAULT NULL) RETURNS date
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    day date := shanghai_date(coalesce(pretended, clock_timestamp()));
    folded date;
BEGIN
    LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtext(of_ledger), day - DATE '2000-01-01');
        SELECT max(folded_on) INTO folded FROM folded_days WHERE ledger = of_ledger;
        IF folded IS NULL OR folded < day THEN
            RETURN day;
        END IF;
        day := folded + 1;
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Create what days, credits and quotas stand on."""
    _create_days()
    _create_rules()
    _create_sales()
    _create_decisions()
    _create_credits()
    _create_quotas()
    _create_recounts()


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _word(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(40), nullable=null)


def _ref(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _day(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=null)


def _instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(name))


def _allow_only(table: str, columns: str) -> None:
    """Let nobody change anything but the named columns of a table, nor delete from it."""
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {app_role()}")
    op.execute(f"GRANT UPDATE ({columns}) ON {table} TO {app_role()}")
    fixed = "".join(f" - '{column.strip()}'" for column in columns.split(","))
    op.execute(
        f"CREATE TRIGGER {table}_facts_stay BEFORE UPDATE ON {table} FOR EACH ROW"
        f" WHEN (to_jsonb(old){fixed} IS DISTINCT FROM to_jsonb(new){fixed})"
        " EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_days() -> None:
    op.create_table(
        "folded_days",
        _id(),
        _text("ledger"),
        _number("sequence"),
        _day("folded_on"),
        _number("row_count"),
        sa.Column("rows_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        _instant("folded_at"),
        sa.PrimaryKeyConstraint("id", name="pk_folded_days"),
        sa.UniqueConstraint("ledger", "folded_on", name="uq_folded_days_ledger_folded_on"),
        sa.UniqueConstraint("ledger", "sequence", name="uq_folded_days_ledger_sequence"),
    )
    append_only("folded_days")
    op.execute(SHANGHAI_DATE)
    op.execute(BOOK_DAY)


def _create_rules() -> None:
    op.create_table(
        "counting_rules",
        _id(),
        _word("scheme"),
        _number("version"),
        _text("issuer"),
        _text("document"),
        _day("valid_from"),
        _day("valid_to", null=True),
        _word("confirms_at"),
        sa.Column("counts_freight", sa.Boolean(), nullable=False),
        sa.Column("waived_relations", ARRAY(sa.Text()), nullable=False),
        sa.Column("waived_origins", ARRAY(sa.Text()), nullable=False),
        _word("private_buyer_kind", null=True),
        sa.Column("budget_unit_kinds", ARRAY(sa.Text()), nullable=False),
        _text("note"),
        sa.PrimaryKeyConstraint("id", name="pk_counting_rules"),
        sa.UniqueConstraint("scheme", "version", name="uq_counting_rules_scheme_version"),
        _check("ck_counting_rules_scheme", SCHEMES),
        _check("ck_counting_rules_confirms_at", "confirms_at IN ('payment', 'completion')"),
        _check(
            "ck_counting_rules_private_buyer_kind",
            "private_buyer_kind IN ('direct_purchase', 'assisted_sale')",
        ),
        _check("ck_counting_rules_valid", "valid_from <= valid_to"),
    )
    op.execute(
        """
        ALTER TABLE counting_rules ADD CONSTRAINT ex_counting_rules_period EXCLUDE USING gist
        (scheme WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        """
    )
    _allow_only("counting_rules", "valid_to")
    op.execute(
        """
        CREATE TRIGGER counting_rules_renew_version
        AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON counting_rules
        FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_version('counting_rules')
        """
    )


def _create_sales() -> None:
    op.create_table(
        "sales",
        _id(),
        _ref("cooperative_id"),
        _text("line_kind"),
        _day("sale_on"),
        _text("cooperative_name"),
        _ref("product_id"),
        _text("product_name"),
        _text("category"),
        _word("product_kind"),
        _text("origin_code", null=True),
        _number("quantity"),
        _text("unit"),
        _number("amount_fen"),
        _number("freight_fen"),
        _text("channel"),
        _ref("outlet_id", null=True),
        _text("certificate_no", null=True),
        _day("certificate_valid_from", null=True),
        _day("certificate_valid_to", null=True),
        _text("certificate_state", null=True),
        sa.Column("is_food_or_farm", sa.Boolean(), nullable=False),
        sa.Column("flags", ARRAY(sa.Text()), nullable=False),
        _instant("recorded_at"),
        _day("completed_on", null=True),
        _number("returned_fen"),
        _day("held_on", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_sales"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_sales_cooperative_id_id"),
        _check("ck_sales_quantity", "quantity > 0"),
        _check("ck_sales_amounts", "amount_fen >= 0 AND freight_fen >= 0"),
        _check("ck_sales_returned", "returned_fen BETWEEN 0 AND amount_fen"),
        _check("ck_sales_product_kind", "product_kind IN ('agricultural', 'processed', 'craft')"),
    )
    op.create_index(
        "ix_sales_sale_on",
        "sales",
        ["sale_on"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": True, "pages_per_range": 32},
    )
    op.create_index(
        "ix_sales_held", "sales", ["id"], postgresql_where=sa.text("held_on IS NOT NULL")
    )
    _allow_only("sales", "completed_on, returned_fen, held_on")


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        _id(),
        _ref("cooperative_id"),
        _ref("sale_id"),
        _word("scheme"),
        _ref("rule_id", null=True),
        _word("standing"),
        _word("kind", null=True),
        _number("amount_fen"),
        _ref("pairing_id", null=True),
        sa.Column("rolls_up_to", ARRAY(sa.Uuid()), nullable=False),
        sa.Column("tied_pairing_ids", ARRAY(sa.Uuid()), nullable=False),
        _text("region_code", null=True),
        _text("attribution_code", null=True),
        _ref("buying_unit_id", null=True),
        _text("buying_unit_name", null=True),
        _text("buying_unit_kind", null=True),
        _number("counting_year"),
        _word("reason_code"),
        _text("reason_zh"),
        _text("reason_en"),
        _text("cause_kind"),
        _ref("cause_id"),
        _instant("decided_at"),
        _day("closed_on", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_decisions_cooperative_id_id"),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "sale_id"],
            ["sales.cooperative_id", "sales.id"],
            name="fk_decisions_sale",
        ),
        _check("ck_decisions_scheme", SCHEMES),
        _check("ck_decisions_kind", KINDS),
        _check("ck_decisions_standing", "standing IN ('counted', 'held', 'not_counted')"),
        _check("ck_decisions_amount", "amount_fen >= 0"),
        _check(
            "ck_decisions_subject",
            "(standing = 'not_counted') = (region_code IS NULL)"
            " AND (standing = 'not_counted') = (kind IS NULL)"
            " AND (standing <> 'not_counted' OR amount_fen = 0)"
            " AND (standing = 'not_counted' OR rule_id IS NOT NULL)",
        ),
        _check(
            "ck_decisions_pairing",
            "(pairing_id IS NOT NULL) = (scheme = 'pairing' AND standing = 'counted')",
        ),
    )
    op.create_index(
        "ix_decisions_cooperative_id_sale_id", "decisions", ["cooperative_id", "sale_id", "scheme"]
    )
    op.create_index(
        "uq_decisions_open",
        "decisions",
        ["cooperative_id", "sale_id", "scheme"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index(
        "ix_decisions_held",
        "decisions",
        ["sale_id"],
        postgresql_where=sa.text("standing = 'held' AND closed_on IS NULL"),
    )
    _allow_only("decisions", "closed_on")


def _create_credits() -> None:
    op.create_table(
        "credits",
        _id(),
        _ref("cooperative_id"),
        _ref("decision_id"),
        _word("scheme"),
        _text("region_code"),
        _ref("pairing_id", null=True),
        _word("kind"),
        _word("stage"),
        _number("amount_fen"),
        _number("counting_year"),
        _number("corrects_year", null=True),
        _text("cause_kind"),
        _ref("cause_id"),
        _day("booked_on"),
        _instant("booked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_credits"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_credits_cooperative_id_id"),
        sa.UniqueConstraint(
            "cooperative_id",
            "decision_id",
            "stage",
            "cause_kind",
            "cause_id",
            name="uq_credits_cause",
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "decision_id"],
            ["decisions.cooperative_id", "decisions.id"],
            name="fk_credits_decision",
        ),
        _check("ck_credits_scheme", SCHEMES),
        _check("ck_credits_kind", KINDS),
        _check("ck_credits_stage", STAGES),
        _check("ck_credits_amount", "amount_fen <> 0"),
        _check("ck_credits_correction", "corrects_year < counting_year"),
    )
    op.create_index(
        "ix_credits_figure",
        "credits",
        ["region_code", "scheme", "counting_year", "booked_on", "id"],
    )
    op.create_index(
        "ix_credits_booked_on",
        "credits",
        ["booked_on"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": True, "pages_per_range": 32},
    )
    append_only("credits")
    op.create_table(
        "credit_daily_sums",
        _id(),
        _day("booked_on"),
        _word("scheme"),
        _text("region_code"),
        _ref("pairing_id", null=True),
        sa.Column("rolls_up_to", ARRAY(sa.Uuid()), nullable=False),
        _ref("buying_unit_id", null=True),
        _word("kind"),
        _word("stage"),
        _number("counting_year"),
        _number("corrects_year", null=True),
        _number("amount_fen"),
        _number("line_count"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_daily_sums"),
        _check("ck_credit_daily_sums_scheme", SCHEMES),
        _check("ck_credit_daily_sums_kind", KINDS),
        _check("ck_credit_daily_sums_stage", STAGES),
    )
    op.create_index(
        "ix_credit_daily_sums_figure",
        "credit_daily_sums",
        ["region_code", "scheme", "counting_year", "booked_on"],
    )
    op.create_index("ix_credit_daily_sums_booked_on", "credit_daily_sums", ["booked_on"])
    append_only("credit_daily_sums")
    op.create_table(
        "locked_years",
        _id(),
        _word("scheme"),
        _text("region_code"),
        _number("year"),
        _text("document"),
        _ref("locked_by"),
        _instant("locked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_locked_years"),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name="fk_locked_years_region_code"
        ),
        sa.UniqueConstraint("scheme", "region_code", "year", name="uq_locked_years_subject"),
        _check("ck_locked_years_scheme", SCHEMES),
    )
    op.create_index("ix_locked_years_region_code", "locked_years", ["region_code"])
    append_only("locked_years")


def _create_quotas() -> None:
    op.create_table(
        "quotas",
        _id(),
        _word("scheme"),
        _ref("pairing_id", null=True),
        _ref("buying_unit_id", null=True),
        _text("region_code"),
        _number("year"),
        sa.PrimaryKeyConstraint("id", name="pk_quotas"),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name="fk_quotas_pairing_id"),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name="fk_quotas_region_code"),
        sa.UniqueConstraint(
            "scheme",
            "pairing_id",
            "buying_unit_id",
            "region_code",
            "year",
            name="uq_quotas_subject",
            postgresql_nulls_not_distinct=True,
        ),
        _check("ck_quotas_scheme", SCHEMES),
        _check("ck_quotas_pairing", "(scheme = 'pairing') = (pairing_id IS NOT NULL)"),
        _check(
            "ck_quotas_buying_unit", "(scheme = 'reserved_share') = (buying_unit_id IS NOT NULL)"
        ),
        _check("ck_quotas_year", "year BETWEEN 1996 AND 2100"),
    )
    op.create_index("ix_quotas_region_code_year", "quotas", ["region_code", "year"])
    op.create_index("ix_quotas_pairing_id", "quotas", ["pairing_id"])
    op.create_index("ix_quotas_buying_unit_id", "quotas", ["buying_unit_id"])
    append_only("quotas")
    op.create_table(
        "quota_revisions",
        _id(),
        _ref("quota_id"),
        _number("amount_fen"),
        _day("effective_on"),
        _text("document"),
        _ref("decided_by"),
        _instant("decided_at"),
        sa.PrimaryKeyConstraint("id", name="pk_quota_revisions"),
        sa.ForeignKeyConstraint(["quota_id"], ["quotas.id"], name="fk_quota_revisions_quota_id"),
        _check("ck_quota_revisions_amount", "amount_fen >= 0"),
    )
    op.create_index(
        "ix_quota_revisions_quota_id_effective_on", "quota_revisions", ["quota_id", "effective_on"]
    )
    append_only("quota_revisions")


def _create_recounts() -> None:
    op.create_table(
        "recounts",
        _id(),
        _word("scheme"),
        _day("first_on"),
        _day("last_on"),
        _text("document"),
        _text("note"),
        _word("state"),
        _ref("proposed_by"),
        _instant("proposed_at"),
        _ref("approved_by", null=True),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("posted_at", sa.DateTime(timezone=True)),
        _number("changed_count", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_recounts"),
        _check("ck_recounts_scheme", SCHEMES),
        _check("ck_recounts_state", "state IN ('proposed', 'approved', 'posted', 'withdrawn')"),
        _check("ck_recounts_range", "first_on <= last_on"),
        _check("ck_recounts_two_people", "approved_by <> proposed_by"),
    )


def downgrade() -> None:
    """Remove them again."""
    for table in (
        "recounts",
        "quota_revisions",
        "quotas",
        "locked_years",
        "credit_daily_sums",
        "credits",
        "decisions",
        "sales",
        "counting_rules",
        "folded_days",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION book_day(text, timestamptz)")
    op.execute("DROP FUNCTION shanghai_date(timestamptz)")
