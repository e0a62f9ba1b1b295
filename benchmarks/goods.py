"""A catalogue of 100,000 SKUs by COPY: real places, real categories, made-up products."""

import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from psycopg import Connection, sql

from marketplace.database import raw_connection, transaction
from marketplace.ids import new_id
from partners.regions.queries import tree
from products.catalogue.queries import categories
from products.listings.service import refresh_listings
from products.search.terms import product_terms, sort_key

SKUS = 100_000
COOPERATIVES = 800
# The first of them stand in Nanjiang, paired with Dongyang: what they sell there earns credits.
PAIRED = 40
NANJIANG = "511922"
# Ids are made from numbers, so that pgbench can name the rows that the shop chose.
SKU_PREFIX, COOPERATIVE_PREFIX, PRODUCT_PREFIX, BUYER_PREFIX = (
    f"{letter}0000000-0000-7000-8000-" for letter in "edcb"
)
SOLD_BY_NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("高山", "有机", "农家", "手工", "原味", "秦巴", "天山", "川北", "古法", "生态")
GOODS = (
    "黄羊肉",
    "金银花",
    "大叶茶",
    "核桃",
    "红枣",
    "木耳",
    "蜂蜜",
    "葡萄干",
    "竹荪",
    "腊肉",
    "花椒",
)
PER_COPY = 5_000


def numbered(prefix: str, number: int) -> uuid.UUID:
    """Return the id of the row with a number."""
    return uuid.UUID(f"{prefix}{number:012x}")


def load(analyze: Callable[[], None], seed: int = 7) -> None:
    """Fill the database of the current application; deterministic but for the ids."""
    chance = random.Random(seed)
    regions, goods = tree(), categories()
    west = [
        code
        for province in ("510000", "650000", "620000")
        for code in regions.descendants(province)
    ]
    counties = [code for code in west if not code.endswith("00")]
    leaves = [code for code, node in goods.items() if node.is_leaf]
    owners = [
        (
            numbered(COOPERATIVE_PREFIX, number),
            NANJIANG if number < PAIRED else chance.choice(counties),
        )
        for number in range(COOPERATIVES)
    ]
    with transaction():
        _copy(
            "cooperatives",
            "id name kind region_code introduction state applied_by applied_at recommended_by"
            " recommended_at approved_by approved_at version",
            (
                (owner, f"示例合作社 · {regions.get(code).name}", "household", code, "", "active",
                 new_id(), SOLD_BY_NOW, new_id(), SOLD_BY_NOW, new_id(), SOLD_BY_NOW, 1)
                for owner, code in owners
            ),
        )  # fmt: skip
    batches = [range(start, start + PER_COPY) for start in range(0, SKUS, PER_COPY)]
    for batch in batches:
        with transaction():
            _copy_products([_product(chance, number, owners, leaves) for number in batch])
    # The planner must know what was copied before it fills the shop window from it.
    analyze()
    for batch in batches:
        with transaction():
            refresh_listings([numbered(PRODUCT_PREFIX, number) for number in batch])
    analyze()


@dataclass(frozen=True, slots=True)
class _Made:
    id: uuid.UUID
    sku_id: uuid.UUID
    owner: uuid.UUID
    name: str
    origin: str
    category: str
    price_fen: int
    listed_at: datetime
    is_certified: bool
    number: int


def _product(
    chance: random.Random,
    number: int,
    owners: Sequence[tuple[uuid.UUID, str]],
    leaves: Sequence[str],
) -> _Made:
    owner, origin = owners[number % COOPERATIVES]
    return _Made(
        id=numbered(PRODUCT_PREFIX, number),
        sku_id=numbered(SKU_PREFIX, number),
        owner=owner,
        name=f"{chance.choice(WORDS)}{chance.choice(WORDS)}{chance.choice(GOODS)}{number % 97}号",
        origin=origin,
        category=chance.choice(leaves),
        price_fen=chance.randrange(500, 50_000),
        listed_at=SOLD_BY_NOW + timedelta(seconds=number),
        is_certified=number % COOPERATIVES < PAIRED or chance.random() < 0.7,
        number=number,
    )


def _copy_products(made: Sequence[_Made]) -> None:
    _copy(
        "products",
        "id cooperative_id name kind category_code description origin_code return_class"
        " is_prepackaged state version created_by created_at submitted_by submitted_at reviewed_by"
        " reviewed_at listed_at price_from_fen name_key terms",
        (
            (p.id, p.owner, p.name, "agricultural", p.category, f"{p.name}，产地直发。", p.origin,
             "seven_days", False, "listed", 1, p.owner, p.listed_at, new_id(), p.listed_at, new_id(),
             p.listed_at, p.listed_at, p.price_fen, sort_key(p.name), _terms(p))
            for p in made
        ),
    )  # fmt: skip
    _copy(
        "skus",
        "id cooperative_id product_id spec unit weight_g price_fen is_active on_hand reserved version"
        " created_at",
        (
            (p.sku_id, p.owner, p.id, "500 克", "袋", 500, p.price_fen, True, 1_000_000, 0, 1,
             p.listed_at)
            for p in made
        ),
    )  # fmt: skip
    _copy(
        "stock_moves",
        "id cooperative_id sku_id kind quantity cause_id moved_at",
        ((new_id(), p.owner, p.sku_id, "received", 1_000_000, p.id, p.listed_at) for p in made),
    )
    _copy(
        "certificates",
        "id cooperative_id product_id certificate_no state version origin_code issuer_name"
        " valid_from valid_to linked_households linked_villages linked_jobs linked_income_fen"
        " applied_by applied_at county_certified_by county_certified_at city_reviewed_by"
        " city_reviewed_at activated_by activated_at",
        (
            (new_id(), p.owner, p.id, f"RD-{p.number:06d}", "active", 1, p.origin, "示例县对口办",
             date(2020, 1, 1), date(2035, 1, 1), 12, 2, 5, 36_000_000, new_id(), p.listed_at,
             new_id(), p.listed_at, new_id(), p.listed_at, new_id(), p.listed_at)
            for p in made if p.is_certified
        ),
    )  # fmt: skip


def _terms(product: _Made) -> str:
    regions, node = tree(), categories()[product.category]
    path = regions.path(product.origin)
    terms = product_terms(
        product.name,
        other_texts=[*node.search_texts, *(regions.name(code) for code in path)],
        region_codes=path,
        category_codes=node.path,
    )
    return " ".join("'" + term.replace("'", "''") + "'" for term in terms)


def _copy(table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    # Made first: reference data that renews itself would ask on the connection that is copying.
    made = list(rows)
    connection: Connection[tuple[object, ...]] = raw_connection()
    with connection.cursor().copy(statement) as copy:
        for row in made:
            copy.write_row(row)
