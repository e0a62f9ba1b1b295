"""Regions, pairings, offices, cooperatives, buying units and outlets.

Safe under load: creates new tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from marketplace.migrating import append_only

revision = "0004_partners"
down_revision = "0003_identity"
branch_labels = None
depends_on = None

CODE = "~ '^[0-9]{6}$'"


def upgrade() -> None:
    """Create the tables of the partners."""
    _create_versions()
    _create_regions()
    _create_pairings()
    _create_offices()
    _create_cooperatives()
    _create_buying_units()
    _create_outlets()


def _create_versions() -> None:
    op.create_table(
        "reference_versions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_reference_versions"),
    )
    # One statement-level trigger per table; a version is never used twice, not even after a
    # rollback, so that a cache keyed by it cannot mistake one state for another.
    op.execute(
        """
        CREATE FUNCTION renew_reference_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO reference_versions (name, version)
            VALUES (TG_ARGV[0], gen_random_uuid())
            ON CONFLICT (name) DO UPDATE SET version = gen_random_uuid();
            RETURN NULL;
        END $$
        """
    )


def _renew_version_on_change(table: str, name: str) -> None:
    op.execute(
        f"""
        CREATE TRIGGER {table}_renew_version
        AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION renew_reference_version('{name}')
        """
    )


def _create_regions() -> None:
    op.create_table(
        "regions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("parent_code", sa.Text()),
        sa.Column("path", ARRAY(sa.Text()), nullable=False),
        sa.Column("is_grouping", sa.Boolean(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("initials", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("delisted_year", sa.BigInteger()),
        sa.PrimaryKeyConstraint("code", name="pk_regions"),
        sa.ForeignKeyConstraint(["parent_code"], ["regions.code"], name="fk_regions_parent_code"),
        sa.CheckConstraint(f"code {CODE}", name=op.f("ck_regions_code")),
        sa.CheckConstraint(
            "level IN ('province', 'city', 'county')", name=op.f("ck_regions_level")
        ),
        sa.CheckConstraint(
            "(level = 'province') = (parent_code IS NULL)", name=op.f("ck_regions_parent")
        ),
        sa.CheckConstraint(
            "path[cardinality(path)] = code AND cardinality(path) ="
            " CASE level WHEN 'province' THEN 1 WHEN 'city' THEN 2 ELSE 3 END",
            name=op.f("ck_regions_path"),
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_regions_valid")),
    )
    op.create_index("ix_regions_parent_code", "regions", ["parent_code"])
    op.create_table(
        "region_aliases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_region_aliases"),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name="fk_region_aliases_region_code"
        ),
        sa.UniqueConstraint(
            "code",
            "name",
            "region_code",
            "valid_from",
            name="uq_region_aliases_alias",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(f"code {CODE}", name=op.f("ck_region_aliases_code")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_region_aliases_valid")),
    )
    op.create_index("ix_region_aliases_region_code", "region_aliases", ["region_code"])
    # A code on a day leads to one region: a second reading would let a sale choose its county.
    op.execute(
        """
        ALTER TABLE region_aliases ADD CONSTRAINT ex_region_aliases_code EXCLUDE USING gist
        (code WITH =, region_code WITH <>, daterange(valid_from, valid_to, '[]') WITH &&)
        """
    )
    op.create_table(
        "region_organisations",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("member_codes", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_region_organisations"),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name="fk_region_organisations_region_code"
        ),
    )
    op.create_index("ix_region_organisations_region_code", "region_organisations", ["region_code"])
    for table in ("regions", "region_aliases", "region_organisations"):
        _renew_version_on_change(table, "regions")


def _create_pairings() -> None:
    op.create_table(
        "pairings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("east_code", sa.Text(), nullable=False),
        sa.Column("west_code", sa.Text(), nullable=False),
        sa.Column("west_organisation_code", sa.Text()),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("document", sa.Text()),
        sa.Column("end_document", sa.Text()),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("is_assumed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pairings"),
        sa.ForeignKeyConstraint(["east_code"], ["regions.code"], name="fk_pairings_east_code"),
        sa.ForeignKeyConstraint(["west_code"], ["regions.code"], name="fk_pairings_west_code"),
        sa.ForeignKeyConstraint(
            ["west_organisation_code"],
            ["region_organisations.code"],
            name="fk_pairings_west_organisation_code",
        ),
        sa.CheckConstraint(
            "relation IN ('east_west_cooperation', 'counterpart_support',"
            " 'counterpart_cooperation')",
            name=op.f("ck_pairings_relation"),
        ),
        sa.CheckConstraint("east_code <> west_code", name=op.f("ck_pairings_two_regions")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_pairings_valid")),
    )
    op.create_index("ix_pairings_east_code", "pairings", ["east_code"])
    op.create_index("ix_pairings_west_code", "pairings", ["west_code"])
    op.create_index("ix_pairings_west_organisation_code", "pairings", ["west_organisation_code"])
    op.execute(
        """
        ALTER TABLE pairings ADD CONSTRAINT ex_pairings_period EXCLUDE USING gist
        (east_code WITH =, west_code WITH =, (coalesce(west_organisation_code, '')) WITH =,
         relation WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        """
    )
    _renew_version_on_change("pairings", "pairings")


def _create_offices() -> None:
    op.create_table(
        "offices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name="pk_offices"),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name="fk_offices_region_code"),
        sa.ForeignKeyConstraint(["parent_id"], ["offices.id"], name="fk_offices_parent_id"),
        sa.CheckConstraint(
            "level IN ('province', 'city', 'county')", name=op.f("ck_offices_level")
        ),
        sa.CheckConstraint(
            "(level = 'province') = (parent_id IS NULL)", name=op.f("ck_offices_parent")
        ),
    )
    op.create_index("uq_offices_region_code", "offices", ["region_code"], unique=True)
    op.create_index("ix_offices_parent_id", "offices", ["parent_id"])


def _create_cooperatives() -> None:
    op.create_table(
        "cooperatives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text()),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recommended_office_id", sa.Uuid()),
        sa.Column("recommended_by", sa.Uuid()),
        sa.Column("recommended_at", sa.DateTime(timezone=True)),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("verify_again_on", sa.Date()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cooperatives"),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name="fk_cooperatives_region_code"
        ),
        sa.ForeignKeyConstraint(
            ["recommended_office_id"],
            ["offices.id"],
            name="fk_cooperatives_recommended_office_id",
        ),
        sa.CheckConstraint(
            "kind IN ('cooperative', 'company', 'family_farm', 'village_collective',"
            " 'sheltered_workshop', 'household', 'home_handicraft')",
            name=op.f("ck_cooperatives_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'recommended', 'returned', 'active', 'suspended')",
            name=op.f("ck_cooperatives_state"),
        ),
        sa.CheckConstraint(
            "credit_code IS NOT NULL OR kind IN ('household', 'home_handicraft')",
            name=op.f("ck_cooperatives_registered"),
        ),
        # Nobody on the market who was not recommended by one person and approved by another.
        sa.CheckConstraint(
            "state NOT IN ('active', 'suspended') OR (approved_by IS NOT NULL"
            " AND recommended_by IS NOT NULL AND recommended_by <> applied_by"
            " AND approved_by <> applied_by AND approved_by <> recommended_by)",
            name=op.f("ck_cooperatives_three_people"),
        ),
    )
    op.create_index(
        "uq_cooperatives_credit_code",
        "cooperatives",
        ["credit_code"],
        unique=True,
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.create_index("ix_cooperatives_region_code", "cooperatives", ["region_code"])
    op.create_index("ix_cooperatives_state_name", "cooperatives", ["state", "name", "id"])
    op.create_index("ix_cooperatives_applied_by", "cooperatives", ["applied_by"])
    op.create_index(
        "ix_cooperatives_recommended_office_id", "cooperatives", ["recommended_office_id"]
    )


def _create_buying_units() -> None:
    op.create_table(
        "buying_units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("is_budget_unit", sa.Boolean(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("canteen", sa.String(40), nullable=False),
        sa.Column("canteen_filed_by_id", sa.Uuid()),
        sa.Column("canteen_contractor", sa.Text()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid()),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_buying_units"),
        sa.ForeignKeyConstraint(
            ["region_code"], ["regions.code"], name="fk_buying_units_region_code"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["buying_units.id"], name="fk_buying_units_parent_id"
        ),
        sa.ForeignKeyConstraint(
            ["canteen_filed_by_id"],
            ["buying_units.id"],
            name="fk_buying_units_canteen_filed_by_id",
        ),
        sa.CheckConstraint(
            "kind IN ('public_body', 'school', 'hospital', 'state_enterprise', 'union', 'company')",
            name=op.f("ck_buying_units_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'returned', 'active', 'closed')",
            name=op.f("ck_buying_units_state"),
        ),
        sa.CheckConstraint(
            "canteen IN ('none', 'own', 'shared', 'outsourced')"
            " AND (canteen = 'shared') = (canteen_filed_by_id IS NOT NULL)"
            " AND (canteen = 'outsourced') = (canteen_contractor IS NOT NULL)",
            name=op.f("ck_buying_units_canteen"),
        ),
        sa.CheckConstraint(
            "parent_id <> id AND canteen_filed_by_id <> id", name=op.f("ck_buying_units_others")
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'closed')"
            " OR (approved_by IS NOT NULL AND approved_by <> applied_by)",
            name=op.f("ck_buying_units_two_people"),
        ),
    )
    op.create_index(
        "uq_buying_units_credit_code",
        "buying_units",
        ["credit_code"],
        unique=True,
        postgresql_where=sa.text("state IN ('applied', 'active')"),
    )
    for column in ("region_code", "parent_id", "canteen_filed_by_id", "applied_by"):
        op.create_index(f"ix_buying_units_{column}", "buying_units", [column])
    op.create_index("ix_buying_units_name", "buying_units", ["name", "id"])
    op.create_table(
        "buying_unit_filings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("canteen", sa.String(40), nullable=False),
        sa.Column("canteen_purchasing_fen", sa.BigInteger(), nullable=False),
        sa.Column("share_basis_points", sa.BigInteger(), nullable=False),
        sa.Column("union_purchasing_fen", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_buying_unit_filings"),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["buying_units.id"], name="fk_buying_unit_filings_unit_id"
        ),
        sa.UniqueConstraint("unit_id", "year", "revision", name="uq_buying_unit_filings_revision"),
        sa.CheckConstraint(
            "canteen IN ('own', 'outsourced')", name=op.f("ck_buying_unit_filings_canteen")
        ),
        sa.CheckConstraint(
            "canteen_purchasing_fen >= 0 AND union_purchasing_fen >= 0 AND revision >= 1"
            " AND share_basis_points BETWEEN 0 AND 10000",
            name=op.f("ck_buying_unit_filings_amounts"),
        ),
    )
    append_only("buying_unit_filings")


def _create_outlets() -> None:
    op.create_table(
        "outlets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outlets"),
        sa.ForeignKeyConstraint(["region_code"], ["regions.code"], name="fk_outlets_region_code"),
        sa.CheckConstraint(
            "kind IN ('pavilion', 'counter', 'zone', 'live_stream', 'fair', 'canteen')",
            name=op.f("ck_outlets_kind"),
        ),
        sa.CheckConstraint("opened_on <= closed_on", name=op.f("ck_outlets_open")),
    )
    op.create_index("ix_outlets_region_code", "outlets", ["region_code"])
    op.create_index("ix_outlets_name", "outlets", ["name", "id"])


def downgrade() -> None:
    """Remove them again."""
    for table in (
        "outlets",
        "buying_unit_filings",
        "buying_units",
        "cooperatives",
        "offices",
        "pairings",
        "region_organisations",
        "region_aliases",
        "regions",
        "reference_versions",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION renew_reference_version()")
