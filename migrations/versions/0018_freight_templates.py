"""Freight templates in place of one flat freight per cooperative; volumes of specs.

Safe under load: small tables and a nullable column. The release before this one reads the table
that goes here, so its processes are stopped first.
"""

from alembic import op

revision = "0018_freight_templates"
down_revision = "0017_papers"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE freight_templates (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    name TEXT NOT NULL,
    basis VARCHAR(40) NOT NULL,
    is_default BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_freight_templates PRIMARY KEY (id),
    CONSTRAINT uq_freight_templates_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_freight_templates_cooperative_id_name UNIQUE (cooperative_id, name),
    CONSTRAINT ck_freight_templates_basis CHECK (basis IN ('piece', 'weight', 'volume'))
);
CREATE UNIQUE INDEX uq_freight_templates_default ON freight_templates (cooperative_id)
    WHERE is_default;

CREATE TABLE freight_zones (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    template_id UUID NOT NULL,
    position BIGINT NOT NULL,
    covers_rest BOOLEAN NOT NULL,
    is_served BOOLEAN NOT NULL,
    first_units BIGINT,
    first_fen BIGINT,
    further_units BIGINT,
    further_fen BIGINT,
    free_from_fen BIGINT,
    free_from_pieces BIGINT,
    CONSTRAINT pk_freight_zones PRIMARY KEY (id),
    CONSTRAINT uq_freight_zones_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_freight_zones_cooperative_id_template_id_position
        UNIQUE (cooperative_id, template_id, position),
    CONSTRAINT fk_freight_zones_cooperative_id_template_id
        FOREIGN KEY (cooperative_id, template_id)
        REFERENCES freight_templates (cooperative_id, id),
    CONSTRAINT ck_freight_zones_charges CHECK (
        CASE WHEN is_served THEN
            first_units IS NOT NULL AND first_units > 0
            AND first_fen IS NOT NULL AND first_fen >= 0
            AND further_units IS NOT NULL AND further_units > 0
            AND further_fen IS NOT NULL AND further_fen >= 0
            AND (free_from_fen IS NULL OR free_from_fen > 0)
            AND (free_from_pieces IS NULL OR free_from_pieces > 0)
        ELSE
            num_nonnulls(first_units, first_fen, further_units, further_fen,
                         free_from_fen, free_from_pieces) = 0
        END)
);
CREATE UNIQUE INDEX uq_freight_zones_rest ON freight_zones (cooperative_id, template_id)
    WHERE covers_rest;

CREATE TABLE freight_zone_regions (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    template_id UUID NOT NULL,
    zone_id UUID NOT NULL,
    region_code TEXT NOT NULL,
    CONSTRAINT pk_freight_zone_regions PRIMARY KEY (id),
    CONSTRAINT uq_freight_zone_regions_cooperative_id_template_id_region_code
        UNIQUE (cooperative_id, template_id, region_code),
    CONSTRAINT fk_freight_zone_regions_cooperative_id_zone_id
        FOREIGN KEY (cooperative_id, zone_id) REFERENCES freight_zones (cooperative_id, id),
    CONSTRAINT fk_freight_zone_regions_cooperative_id_template_id
        FOREIGN KEY (cooperative_id, template_id)
        REFERENCES freight_templates (cooperative_id, id)
);
CREATE INDEX ix_freight_zone_regions_zone ON freight_zone_regions (cooperative_id, zone_id);

CREATE TABLE product_freight (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    product_id UUID NOT NULL,
    template_id UUID NOT NULL,
    CONSTRAINT pk_product_freight PRIMARY KEY (id),
    CONSTRAINT uq_product_freight_cooperative_id_product_id UNIQUE (cooperative_id, product_id),
    CONSTRAINT fk_product_freight_cooperative_id_product_id
        FOREIGN KEY (cooperative_id, product_id) REFERENCES products (cooperative_id, id),
    CONSTRAINT fk_product_freight_cooperative_id_template_id
        FOREIGN KEY (cooperative_id, template_id)
        REFERENCES freight_templates (cooperative_id, id)
);
CREATE INDEX ix_product_freight_template ON product_freight (cooperative_id, template_id);
"""

# A flat amount per order is a first million pieces at that amount, everywhere.
CARRY_OVER = """
WITH carried AS (
    INSERT INTO freight_templates (id, cooperative_id, name, basis, is_default, version, changed_at)
    SELECT id, cooperative_id, '默认运费', 'piece', true, 1, changed_at FROM freight_rules
    RETURNING id
)
INSERT INTO freight_zones (id, cooperative_id, template_id, position, covers_rest, is_served,
    first_units, first_fen, further_units, further_fen, free_from_fen)
SELECT gen_random_uuid(), r.cooperative_id, r.id, 1, true, true,
       1000000, r.flat_fen, 1000000, 0, r.free_from_fen
FROM freight_rules r JOIN carried c ON c.id = r.id
"""

# What a flat amount can say of a default template: its charge for everywhere else.
CARRY_BACK = """
INSERT INTO freight_rules (id, cooperative_id, flat_fen, free_from_fen, changed_at)
SELECT t.id, t.cooperative_id, z.first_fen, z.free_from_fen, t.changed_at
FROM freight_templates t
JOIN freight_zones z ON z.cooperative_id = t.cooperative_id AND z.template_id = t.id
WHERE t.is_default AND z.covers_rest AND z.is_served
"""


def upgrade() -> None:
    """Create templates, carry the flat rules over, and remove these."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(CARRY_OVER)
    op.execute("DROP TABLE freight_rules")
    op.execute("ALTER TABLE skus ADD COLUMN volume_cm3 BIGINT")
    op.execute(
        "ALTER TABLE skus ADD CONSTRAINT ck_skus_volume_cm3 CHECK (volume_cm3 > 0) NOT VALID"
    )
    op.execute("ALTER TABLE skus VALIDATE CONSTRAINT ck_skus_volume_cm3")


def downgrade() -> None:
    """Bring the flat rules back, as far as they can say it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE skus DROP COLUMN volume_cm3")
    op.execute("""
        CREATE TABLE freight_rules (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            flat_fen BIGINT NOT NULL,
            free_from_fen BIGINT,
            changed_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_freight_rules PRIMARY KEY (id),
            CONSTRAINT uq_freight_rules_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_freight_rules_cooperative_id UNIQUE (cooperative_id),
            CONSTRAINT ck_freight_rules_amounts CHECK (
                flat_fen >= 0 AND (free_from_fen IS NULL OR free_from_fen > 0))
        )
    """)
    op.execute(CARRY_BACK)
    op.execute("DROP TABLE product_freight, freight_zone_regions, freight_zones, freight_templates")
