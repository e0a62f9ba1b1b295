"""B1 to B3: what the shop window answers, out of 100,000 SKUs, each beside a bare view.

B1 is a random page of 20 products filtered by county or category, B2 a product in full, B3 a
search by a word of two characters.
"""

import random
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
import orjson
from sqlalchemy import select

from benchmarks.database import ROOT, Database
from benchmarks.goods import GOODS, PRODUCT_PREFIX, SKUS, WORDS, numbered
from benchmarks.load import Unanswered, ask, rate, request_bytes
from benchmarks.results import Rate, Result, against
from benchmarks.servers import Serving, serving
from marketplace.database import db
from partners.cooperatives.models import Cooperative
from products.catalogue.queries import categories

CLIENTS = 16
SECONDS = 5.0
ROUNDS = 3
FILTERS = 60
DEEPEST_PAGE = 8
PRODUCTS = 400
GOAL, GOAL_OF_SEARCH = 0.5, 0.25


def measure_pages(database: Database, shop: Serving) -> list[Result]:
    """Return B1: pages a second."""
    paths = _pages(database, shop.port)
    return _measure(paths, database, shop, name="B1", unit="pages", goal=GOAL)


def measure_products(database: Database, shop: Serving) -> list[Result]:
    """Return B2: products a second."""
    numbers = random.Random(12).sample(range(SKUS), PRODUCTS)
    paths = [f"/api/v1/products/{numbered(PRODUCT_PREFIX, number)}" for number in numbers]
    return _measure(paths, database, shop, name="B2", unit="products", goal=GOAL)


def measure_searches(database: Database, shop: Serving) -> list[Result]:
    """Return B3: searches a second."""
    words = [word for word in (*WORDS, *GOODS) if len(word) == 2]
    paths = _walk(shop.port, [{"q": word} for word in words])
    return _measure(paths, database, shop, name="B3", unit="searches", goal=GOAL_OF_SEARCH)


def _measure(
    paths: list[str], database: Database, shop: Serving, *, name: str, unit: str, goal: float
) -> list[Result]:
    """Return the shop's answers a second, beside a bare view that returns the same bytes."""
    requests = [request_bytes("GET", path) for path in paths]
    bodies = [ask(shop.port, request).body for request in requests]
    file = ROOT / "var" / "bench" / "bodies.msgpack"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.msgpack.encode(bodies))
    environment = database.environment() | {"BARE_BODIES": str(file)}
    with serving("benchmarks.bare:app", "/0", environment) as bare:
        plain = [request_bytes("GET", f"/{number}") for number in range(len(bodies))]
        postmaster = database.postmaster()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(_rate(bare, plain, [bare.master]))
            ours.append(_rate(shop, requests, [shop.master, postmaster]))
    return against(name, unit, goal, ours, theirs)


def _pages(database: Database, port: int) -> list[str]:
    """Return the addresses of pages under random filters, some pages deep."""
    chance = random.Random(11)
    with database.app.app_context():
        codes = select(Cooperative.region_code).distinct().order_by(Cooperative.region_code)
        counties = list(db.session.scalars(codes))
        leaves = [code for code, node in categories().items() if node.is_leaf]
    filters = [{"region": code} for code in chance.sample(counties, FILTERS // 2)]
    filters += [{"category": code} for code in chance.choices(leaves, k=FILTERS // 2)]
    paths = _walk(port, filters)
    chance.shuffle(paths)
    return paths


def _walk(port: int, filters: Sequence[dict[str, str]]) -> list[str]:
    """Walk each filter some pages deep, and return the address of every whole page met."""
    paths = []
    for chosen in filters:
        after: str | None = ""
        for _ in range(DEEPEST_PAGE):
            query = {"limit": "20", **chosen} | ({"after": after} if after else {})
            path = f"/api/v1/products?{urlencode(query)}"
            page = orjson.loads(ask(port, request_bytes("GET", path)).body)
            if len(page["items"]) == 20:
                paths.append(path)
            after = page["next"]
            if not after:
                break
    return paths


def _rate(server: Serving, requests: Sequence[bytes], servers: Sequence[int]) -> Rate:
    def act(client: int, turn: int) -> None:
        answer = ask(server.port, requests[(client * 7919 + turn) % len(requests)])
        if answer.status != 200:
            raise Unanswered(f"{answer.status} {answer.body[:200]!r}")

    return rate(act, clients=CLIENTS, seconds=SECONDS, servers=servers)
