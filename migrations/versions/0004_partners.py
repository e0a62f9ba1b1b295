"""Regions, pairings, offices, cooperatives, buying units and outlets.

Safe under load: creates new tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

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


def downgrade() -> None:
    """Remove them again."""
    for table in (
        "pairings",
        "region_organisations",
        "region_aliases",
        "regions",
        "reference_versions",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION renew_reference_version()")
