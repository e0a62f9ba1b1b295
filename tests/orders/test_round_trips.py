"""The hot path of a sale takes a fixed number of statements, however many lines it has."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from orders.checkout.quoting import make_quote
from tests.factories.identity import sign_in
from tests.factories.orders import (
    LIANDU,
    Market,
    make_market,
    place,
    request_for,
    start_attempt,
    stock_up,
    succeed,
)

# Session, key, SKUs, terms of sale with reference versions, all that is written, the key's answer.
PLACING = 6
# The attempt read (by the test) and locked, its trade and orders paid, all that this brings about.
SETTLING = 4


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the statements sent meanwhile; the test's own savepoints are not among them."""
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def market() -> Market:
    market = make_market()
    for number in range(8):
        stock_up(market.nanjiang, f"南江核桃 {number}", price_fen=1000 + number)
    return market


@pytest.mark.parametrize("lines", [2, 8])
class TestStatements:
    def test_of_placing(self, client: FlaskClient, market: Market, lines: int) -> None:
        sign_in(client, market.shopper)
        skus = [market.rawap, *market.nanjiang.skus.values()][:lines]
        request = request_for([(sku, 1) for sku in skus])
        body = {
            "lines": [{"sku_id": str(sku.id), "quantity": 1} for sku in skus],
            "ship_to_code": LIANDU,
            "ship_to": {"name": "收货人", "phone": "13800138000", "address": "路 1 号"},
            "quote_digest": make_quote(market.buyer, request).digest,
        }
        with counted() as seen:
            answer = client.post("/api/v1/trades", json=body, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
        assert len(seen) <= PLACING, "\n".join(seen)

    def test_of_settling_a_payment(self, market: Market, lines: int) -> None:
        skus = [market.rawap, *market.nanjiang.skus.values()][:lines]
        buyer = market.buyer
        trade_id = place(buyer, [(sku, 1) for sku in skus]).trade.id
        attempt_id = start_attempt(buyer, trade_id)
        with counted() as seen:
            assert succeed(attempt_id) == "accepted"
        assert len(seen) <= SETTLING, "\n".join(seen)
