"""B4: a whole purchase (order of 2 lines from 2 cooperatives, payment, journal, credits).

Three requests make one: place the trade, start its payment, receive the provider's signed notice,
which the load generator posts in the provider's place. Both POSTs of the buyer carry an
idempotency key. The yardstick writes the same rows, each request's in one transaction.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from benchmarks import yardstick
from benchmarks.database import WEBHOOK_SECRET, Database
from benchmarks.goods import BUYER_PREFIX, COOPERATIVES, PAIRED, SKU_PREFIX, SKUS, numbered
from benchmarks.load import Answer, Unanswered, ask, rate, request_bytes
from benchmarks.results import Result, against
from benchmarks.servers import Serving
from marketplace import clock, verify
from marketplace.database import db, transaction
from marketplace.identity import sessions
from marketplace.identity.models import Account, SessionKind
from orders.payments.sandbox.adapter import MERCHANT
from orders.payments.sandbox.notices import SIGNATURE_HEADER, sign

CLIENTS = 16
SECONDS = 8.0
ROUNDS = 3
BASKETS = 256
DONGYANG = "330783"
GOAL = 0.3


@dataclass(frozen=True, slots=True)
class Basket:
    """Two SKUs of two cooperatives by their numbers, and the accepted quote as a request body."""

    numbers: tuple[int, int]
    body: bytes


def measure(database: Database, shop: Serving) -> list[Result]:
    """Return B4: purchases a second, beside pgbench writing identical rows."""
    tokens = make_buyers(database)
    baskets = quote_baskets(shop.port, tokens[0])

    def act(client: int, turn: int) -> None:
        basket = baskets[(client * 7919 + turn) % len(baskets)]
        for _ in take_steps(shop.port, tokens[client], basket):
            pass

    postmaster = database.postmaster()
    servers = [shop.master, postmaster]
    rate(act, clients=CLIENTS, seconds=2.0, servers=servers)
    script = yardstick.record(database, take_steps(shop.port, tokens[0], baskets[0]))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(
            yardstick.rate(
                database, script, clients=CLIENTS, seconds=SECONDS, postmaster=postmaster
            )
        )
        ours.append(rate(act, clients=CLIENTS, seconds=SECONDS, servers=servers))
    if violations := list_violations(database):
        raise RuntimeError("\n".join(violations))
    return against("B4", "purchases", GOAL, ours, theirs)


def take_steps(port: int, token: str, basket: Basket) -> Iterator[None]:
    """Buy a basket; pauses after each request that the shop answered well."""
    trade = _post(port, "/api/v1/trades", basket.body, token)
    yield
    payment = _post(port, f"/api/v1/trades/{trade['id']}/payments", b"{}", token)
    yield
    _tell(port, payment)
    yield


def make_buyers(database: Database) -> list[str]:
    """Make an account with a session for each client; return their tokens."""
    with database.app.app_context(), transaction():
        tokens = []
        for number in range(CLIENTS):
            account = db.session.get(Account, numbered(BUYER_PREFIX, number)) or Account(
                id=numbered(BUYER_PREFIX, number),
                login_name=f"bench{number}",
                password_hash="-",  # noqa: S106 - nobody signs in with it
            )
            db.session.add(account)
            db.session.flush()
            tokens.append(sessions.open_session(account, SessionKind.TOKEN).token)
        return tokens


def quote_baskets(port: int, token: str) -> list[Basket]:
    """Have baskets quoted, as the checkout page does; a digest stays good while prices stand."""
    chance = random.Random(13)
    rows, half = SKUS // COOPERATIVES, PAIRED // 2
    baskets = []
    for _ in range(BASKETS):
        first = chance.randrange(rows) * COOPERATIVES + chance.randrange(half)
        second = chance.randrange(rows) * COOPERATIVES + half + chance.randrange(half)
        wanted = {
            "lines": [
                {"sku_id": str(numbered(SKU_PREFIX, number)), "quantity": 1}
                for number in (first, second)
            ],
            "ship_to_code": DONGYANG,
        }
        quote = _post(port, "/api/v1/quotes", orjson.dumps(wanted), token, expected=200)
        placing = wanted | {
            "quote_digest": quote["quote_digest"],
            "ship_to": {"name": "示例收货人", "phone": "13800138000", "address": "示例路 1 号"},
        }
        baskets.append(Basket((first, second), orjson.dumps(placing)))
    return baskets


def _post(port: int, path: str, body: bytes, token: str, *, expected: int = 201) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
    answer = _expect(ask(port, request_bytes("POST", path, body, headers)), expected)
    found: dict[str, str] = orjson.loads(answer.body)
    return found


def _tell(port: int, payment: dict[str, str]) -> None:
    """Post the notice of success as the provider does."""
    now = clock.now()
    body = {
        "id": f"evt_{uuid.uuid4().hex}",
        "kind": "payment.succeeded",
        "merchant": MERCHANT,
        "created_at": now.isoformat(),
        "data": {
            "merchant_reference": payment["id"],
            "reference": payment["redirect_url"].rpartition("/")[2],
            "standing": "succeeded",
            "amount": payment["amount_fen"],
            "currency": "CNY",
            "occurred_at": now.isoformat(),
        },
    }
    raw = orjson.dumps(body)
    headers = {SIGNATURE_HEADER: sign(WEBHOOK_SECRET, raw, now)}
    _expect(ask(port, request_bytes("POST", "/webhooks/sandbox", raw, headers)), 204)


def _expect(answer: Answer, status: int) -> Answer:
    if answer.status != status:
        raise Unanswered(f"{answer.status} {answer.body[:300].decode()}")
    return answer


def list_violations(database: Database) -> Sequence[str]:
    """Return the report lines of invariants that the purchases broke: none."""
    with database.app.app_context(), db.engine.connect() as connection:
        findings = verify.check(connection, verify.collect())
        return [line for line in verify.report(findings) if " 0 violations" not in line]
