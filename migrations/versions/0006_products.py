"""Categories, products, SKUs, stock, certificates, photos and the shop window.

Safe under load: creates new tables only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from marketplace.migrating import append_only

revision = "0006_products"
down_revision = "0005_days_credits"
branch_labels = None
depends_on = None

CODE = "~ '^[1-9][0-9]{5}$'"

# code, parent, 中文, English, is food, needs a quarantine certificate
CATEGORIES = (
    ("grain_oil", None, "粮油", "Grain and oil", True, False),
    ("rice", "grain_oil", "大米", "Rice", True, False),
    ("coarse_grain", "grain_oil", "杂粮", "Coarse grains", True, False),
    ("noodles", "grain_oil", "面粉面条", "Flour and noodles", True, False),
    ("edible_oil", "grain_oil", "食用油", "Edible oil", True, False),
    ("fruit", None, "水果", "Fruit", True, False),
    ("fresh_fruit", "fruit", "鲜果", "Fresh fruit", True, False),
    ("dried_fruit", "fruit", "红枣果干", "Dates and dried fruit", True, False),
    ("vegetables", None, "蔬菜菌菇", "Vegetables and mushrooms", True, False),
    ("fresh_vegetables", "vegetables", "新鲜蔬菜", "Fresh vegetables", True, False),
    ("potatoes", "vegetables", "薯类", "Potatoes and tubers", True, False),
    ("mushrooms", "vegetables", "食用菌", "Mushrooms and fungi", True, False),
    ("nuts", None, "坚果炒货", "Nuts and seeds", True, False),
    ("walnuts", "nuts", "核桃", "Walnuts", True, False),
    ("other_nuts", "nuts", "松子与其他坚果", "Pine kernels and other nuts", True, False),
    ("meat_eggs", None, "肉禽蛋", "Meat, poultry and eggs", True, False),
    ("mutton", "meat_eggs", "羊肉", "Mutton", True, True),
    ("beef", "meat_eggs", "牛肉", "Beef", True, True),
    ("pork", "meat_eggs", "猪肉", "Pork", True, True),
    ("poultry", "meat_eggs", "禽肉", "Poultry", True, True),
    ("eggs", "meat_eggs", "禽蛋", "Eggs", True, False),
    ("aquatic", None, "水产", "Fish and water produce", True, False),
    ("fish", "aquatic", "鱼虾", "Fish and shrimp", True, False),
    ("tea", None, "茶叶", "Tea", True, False),
    ("green_tea", "tea", "绿茶", "Green tea", True, False),
    ("white_tea", "tea", "白茶", "White tea", True, False),
    ("black_tea", "tea", "红茶", "Black tea", True, False),
    ("herbal_tea", "tea", "花草茶", "Herbal tea", True, False),
    ("herbs", None, "道地药材", "Medicinal herbs", True, False),
    ("honeysuckle", "herbs", "金银花", "Honeysuckle", True, False),
    ("other_herbs", "herbs", "其他药食同源", "Other herbs eaten as food", True, False),
    ("snacks", None, "糕点零食", "Pastries and snacks", True, False),
    ("pastries", "snacks", "糕点", "Pastries", True, False),
    ("honey", "snacks", "蜂蜜", "Honey", True, False),
    ("other_snacks", "snacks", "休闲食品", "Snacks", True, False),
    ("seasonings", None, "调味与酒水", "Seasonings and drinks", True, False),
    ("sauces", "seasonings", "调味品", "Seasonings", True, False),
    ("drinks", "seasonings", "酒水饮料", "Drinks", True, False),
    ("crafts", None, "手工艺品", "Handicrafts", False, False),
    ("instruments", "crafts", "民族乐器", "Musical instruments", False, False),
    ("weaving", "crafts", "编织刺绣", "Weaving and embroidery", False, False),
    ("toys", "crafts", "手工玩具", "Hand-made toys", False, False),
    ("other_crafts", "crafts", "其他手工艺品", "Other handicrafts", False, False),
)


def upgrade() -> None:
    """Create the tables of the products."""
    _create_categories()
    _create_products()
    _create_skus()
    _create_stock()
    _create_certificates()
    _create_photos()
    _create_listing_facets()


def _create_categories() -> None:
    categories = op.create_table(
        "categories",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text()),
        sa.Column("path", ARRAY(sa.Text()), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_food", sa.Boolean(), nullable=False),
        sa.Column("needs_quarantine", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_categories"),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["categories.code"], name="fk_categories_parent_code"
        ),
        sa.CheckConstraint("code ~ '^[a-z][a-z_]{1,39}$'", name=op.f("ck_categories_code")),
        sa.CheckConstraint("path[cardinality(path)] = code", name=op.f("ck_categories_path")),
    )
    op.create_index("ix_categories_parent_code", "categories", ["parent_code"])
    op.bulk_insert(
        categories,
        [
            {
                "code": code,
                "parent_code": parent,
                "path": [parent, code] if parent else [code],
                "name_zh": zh,
                "name_en": en,
                "position": position,
                "is_food": is_food,
                "needs_quarantine": needs_quarantine,
            }
            for position, (code, parent, zh, en, is_food, needs_quarantine) in enumerate(
                CATEGORIES, start=1
            )
        ],
    )


def _create_products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("origin_code", sa.Text(), nullable=False),
        sa.Column("main_material_code", sa.Text()),
        sa.Column(
            "judged_origin_code",
            sa.Text(),
            sa.Computed(
                "CASE WHEN kind = 'processed' THEN main_material_code ELSE origin_code END",
                persisted=True,
            ),
        ),
        sa.Column("return_class", sa.String(40), nullable=False),
        sa.Column("is_prepackaged", sa.Boolean(), nullable=False),
        sa.Column("sc_licence_no", sa.Text()),
        sa.Column("quarantine_certificate_no", sa.Text()),
        sa.Column("shelf_life_days", sa.BigInteger()),
        sa.Column("storage_conditions", sa.Text()),
        sa.Column("net_content", sa.Text()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.Uuid()),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("reviewed_by", sa.Uuid()),
        sa.Column("reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("return_reason", sa.Text()),
        sa.Column("listed_at", sa.DateTime(timezone=True)),
        sa.Column("price_from_fen", sa.BigInteger()),
        sa.Column("cover_digest", sa.Text()),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("terms", TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_products_cooperative_id_id"),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["cooperatives.id"], name="fk_products_cooperative_id"
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["categories.code"], name="fk_products_category_code"
        ),
        sa.CheckConstraint(
            "kind IN ('agricultural', 'processed', 'craft')", name=op.f("ck_products_kind")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'listed', 'paused', 'withdrawn')",
            name=op.f("ck_products_state"),
        ),
        sa.CheckConstraint(
            "return_class IN ('seven_days', 'perishable', 'custom_made')",
            name=op.f("ck_products_return_class"),
        ),
        sa.CheckConstraint(f"origin_code {CODE}", name=op.f("ck_products_origin_code")),
        sa.CheckConstraint(
            f"main_material_code {CODE}", name=op.f("ck_products_main_material_code")
        ),
        sa.CheckConstraint(
            "state <> 'listed' OR (listed_at IS NOT NULL AND price_from_fen IS NOT NULL"
            " AND submitted_by IS NOT NULL AND reviewed_by IS NOT NULL AND reviewed_by <> submitted_by)",
            name=op.f("ck_products_listed"),
        ),
        sa.CheckConstraint("price_from_fen > 0", name=op.f("ck_products_price_from_fen")),
        sa.CheckConstraint("shelf_life_days > 0", name=op.f("ck_products_shelf_life_days")),
        sa.CheckConstraint("sc_licence_no ~ '^SC[0-9]{14}$'", name=op.f("ck_products_sc_licence")),
    )
    op.create_index(
        "ix_products_cooperative_id_state", "products", ["cooperative_id", "state", "id"]
    )
    op.create_index("ix_products_category_code", "products", ["category_code"])
    listed = sa.text("state = 'listed'")
    op.create_index(
        "ix_products_terms", "products", ["terms"], postgresql_using="gin", postgresql_where=listed
    )
    op.create_index(
        "ix_products_submitted_at",
        "products",
        ["submitted_at", "id"],
        postgresql_where=sa.text("state = 'submitted'"),
    )


def _create_skus() -> None:
    op.create_table(
        "skus",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("weight_g", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skus"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_skus_cooperative_id_id"),
        sa.UniqueConstraint(
            "cooperative_id", "product_id", "spec", name="uq_skus_cooperative_id_product_id_spec"
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "product_id"],
            ["products.cooperative_id", "products.id"],
            name="fk_skus_cooperative_id_product_id",
        ),
        sa.CheckConstraint("weight_g > 0", name=op.f("ck_skus_weight_g")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_skus_price_fen")),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("ck_skus_stock")),
        # Room for the next version of the row on its own page: a sale then touches no index.
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_skus_product_id", "skus", ["product_id", "price_fen", "id"])
    op.create_table(
        "price_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_price_changes"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_price_changes_cooperative_id_id"),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "sku_id"],
            ["skus.cooperative_id", "skus.id"],
            name="fk_price_changes_cooperative_id_sku_id",
        ),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_price_changes_price_fen")),
    )
    op.create_index(
        "ix_price_changes_cooperative_id_sku_id",
        "price_changes",
        ["cooperative_id", "sku_id", "changed_at"],
    )
    append_only("price_changes")


def _create_stock() -> None:
    op.create_table(
        "stock_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("moved_by", sa.Uuid()),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_stock_moves"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_stock_moves_cooperative_id_id"),
        sa.UniqueConstraint(
            "cooperative_id",
            "sku_id",
            "kind",
            "cause_id",
            name="uq_stock_moves_cooperative_id_sku_id_kind_cause_id",
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "sku_id"],
            ["skus.cooperative_id", "skus.id"],
            name="fk_stock_moves_cooperative_id_sku_id",
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'received' THEN quantity > 0 WHEN 'put_back' THEN quantity > 0"
            " WHEN 'shipped' THEN quantity < 0 WHEN 'written_off' THEN quantity < 0"
            " WHEN 'corrected' THEN quantity <> 0 ELSE false END",
            name=op.f("ck_stock_moves_quantity"),
        ),
        sa.CheckConstraint(
            "(order_id IS NOT NULL) = (kind IN ('shipped', 'put_back'))",
            name=op.f("ck_stock_moves_order_id"),
        ),
    )
    op.create_index("ix_stock_moves_order_id", "stock_moves", ["order_id"])
    append_only("stock_moves")
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("released_quantity", sa.BigInteger(), nullable=False),
        sa.Column("shipped_quantity", sa.BigInteger(), nullable=False),
        sa.Column("returned_quantity", sa.BigInteger(), nullable=False),
        sa.Column(
            "held",
            sa.BigInteger(),
            sa.Computed("quantity - released_quantity - shipped_quantity", persisted=True),
        ),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_reservations_cooperative_id_id"),
        sa.UniqueConstraint(
            "cooperative_id",
            "sku_id",
            "order_id",
            name="uq_reservations_cooperative_id_sku_id_order_id",
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "sku_id"],
            ["skus.cooperative_id", "skus.id"],
            name="fk_reservations_cooperative_id_sku_id",
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.CheckConstraint(
            "released_quantity >= 0 AND shipped_quantity >= 0"
            " AND released_quantity + shipped_quantity <= quantity",
            name=op.f("ck_reservations_held"),
        ),
        sa.CheckConstraint(
            "returned_quantity >= 0 AND returned_quantity <= shipped_quantity",
            name=op.f("ck_reservations_returned"),
        ),
    )
    op.create_index("ix_reservations_order_id", "reservations", ["order_id"])


def _create_certificates() -> None:
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("certificate_no", sa.Text()),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("origin_code", sa.Text(), nullable=False),
        sa.Column("issuer_office_id", sa.Uuid()),
        sa.Column("issuer_name", sa.Text()),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("linked_households", sa.BigInteger(), nullable=False),
        sa.Column("linked_villages", sa.BigInteger(), nullable=False),
        sa.Column("linked_jobs", sa.BigInteger(), nullable=False),
        sa.Column("linked_income_fen", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.Uuid(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("county_certified_by", sa.Uuid()),
        sa.Column("county_certified_at", sa.DateTime(timezone=True)),
        sa.Column("city_reviewed_by", sa.Uuid()),
        sa.Column("city_reviewed_at", sa.DateTime(timezone=True)),
        sa.Column("activated_by", sa.Uuid()),
        sa.Column("activated_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_certificates_cooperative_id_id"),
        sa.UniqueConstraint("certificate_no", name="uq_certificates_certificate_no"),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "product_id"],
            ["products.cooperative_id", "products.id"],
            name="fk_certificates_cooperative_id_product_id",
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'county_certified', 'city_reviewed', 'active', 'returned',"
            " 'suspended', 'revoked')",
            name=op.f("ck_certificates_state"),
        ),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_certificates_valid")),
        sa.CheckConstraint(
            "linked_households >= 0 AND linked_villages >= 0 AND linked_jobs >= 0"
            " AND linked_income_fen >= 0",
            name=op.f("ck_certificates_linkage"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'suspended') OR (certificate_no IS NOT NULL"
            " AND issuer_name IS NOT NULL AND activated_by IS NOT NULL)",
            name=op.f("ck_certificates_issued"),
        ),
        # Whoever applied, certified, reviewed and activated are four different people.
        sa.CheckConstraint(
            "county_certified_by <> applied_by"
            " AND city_reviewed_by NOT IN (applied_by, county_certified_by)"
            " AND activated_by NOT IN (applied_by, county_certified_by, city_reviewed_by)",
            name=op.f("ck_certificates_different_people"),
        ),
    )
    op.create_index(
        "ix_certificates_cooperative_id_product_id",
        "certificates",
        ["cooperative_id", "product_id"],
    )
    # The shop window asks for each card's certificate: from this index alone.
    op.create_index(
        "ix_certificates_active",
        "certificates",
        ["product_id", "valid_to"],
        postgresql_include=["valid_from", "certificate_no"],
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("ix_certificates_product_id", "certificates", ["product_id", "valid_to"])
    op.create_index("ix_certificates_state", "certificates", ["state", "id"])
    # One certificate at most vouches for a product on a day; a renewal follows, it never overlaps.
    # The product's id as text: on the id itself the planner prefers this index for look-ups, and
    # GiST reads fifty pages where the B-tree reads three.
    op.execute(
        """
        ALTER TABLE certificates ADD CONSTRAINT ex_certificates_period EXCLUDE USING gist
        ((product_id::text) WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        WHERE (state IN ('active', 'suspended'))
        """
    )


def _create_photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_photos"),
        sa.UniqueConstraint("cooperative_id", "id", name="uq_photos_cooperative_id_id"),
        sa.UniqueConstraint(
            "cooperative_id",
            "product_id",
            "digest",
            name="uq_photos_cooperative_id_product_id_digest",
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "product_id"],
            ["products.cooperative_id", "products.id"],
            name="fk_photos_cooperative_id_product_id",
        ),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_photos_digest")),
    )
    op.create_index("ix_photos_product_id", "photos", ["product_id", "position", "id"])


def _create_listing_facets() -> None:
    op.create_table(
        "listing_facets",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("facet", sa.Text(collation="C"), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_from_fen", sa.BigInteger(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("cooperative_id", "product_id", "facet", name="pk_listing_facets"),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "product_id"],
            ["products.cooperative_id", "products.id"],
            name="fk_listing_facets_cooperative_id_product_id",
        ),
    )
    for column in ("listed_at", "price_from_fen", "name_key"):
        op.create_index(
            f"ix_listing_facets_{column}", "listing_facets", ["facet", column, "product_id"]
        )


def downgrade() -> None:
    """Remove them again."""
    for table in (
        "listing_facets",
        "photos",
        "certificates",
        "reservations",
        "stock_moves",
        "price_changes",
        "skus",
        "products",
        "categories",
    ):
        op.drop_table(table)
