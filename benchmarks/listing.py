"""B1: a random page of 20 products out of 100,000 SKUs, filtered by county or category."""

import random
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
import orjson
from sqlalchemy import select

from benchmarks.database import ROOT, Database
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
GOAL = 0.5


def measure(database: Database, shop: Serving) -> list[Result]:
    """Return B1: the shop's pages a second, beside a bare view that returns the same bytes."""
    paths = _pages(database, shop.port)
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
    return against("B1", "pages", GOAL, ours, theirs)


def _pages(database: Database, port: int) -> list[str]:
    """Walk random filters some pages deep, and return the address of every page met."""
    chance = random.Random(11)
    with database.app.app_context():
        codes = select(Cooperative.region_code).distinct().order_by(Cooperative.region_code)
        counties = list(db.session.scalars(codes))
        leaves = [code for code, node in categories().items() if node.is_leaf]
    filters = [{"region": code} for code in chance.sample(counties, FILTERS // 2)]
    filters += [{"category": code} for code in chance.choices(leaves, k=FILTERS // 2)]
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
    chance.shuffle(paths)
    return paths


def _rate(server: Serving, requests: Sequence[bytes], servers: Sequence[int]) -> Rate:
    def act(client: int, turn: int) -> None:
        answer = ask(server.port, requests[(client * 7919 + turn) % len(requests)])
        if answer.status != 200:
            raise Unanswered(f"{answer.status} {answer.body[:200]!r}")

    return rate(act, clients=CLIENTS, seconds=SECONDS, servers=servers)
