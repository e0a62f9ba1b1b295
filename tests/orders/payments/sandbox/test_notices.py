"""Notices are posted over HTTP until they are heard, with growing pauses."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import current_app
from sqlalchemy import text

from marketplace import clock
from marketplace.ids import new_id
from orders.payments.provider import PaymentFacts, PaymentStanding
from orders.payments.sandbox import notices, service
from orders.payments.sandbox.adapter import SandboxProvider
from orders.payments.sandbox.database import own_transaction
from orders.payments.sandbox.switches import Switches, set_switches


@dataclass
class Shop:
    """A shop that answers as it is told, and keeps what it was sent."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)


@pytest.fixture
def shop() -> Iterator[Shop]:
    told = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            told.received.append((raw, self.headers[notices.SIGNATURE_HEADER]))
            self.send_response(told.answers.pop(0) if told.answers else 204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        told.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture
def secret() -> str:
    found: str = current_app.config["SETTINGS"].sandbox_webhook_secret
    return found


def charge(shop: Shop, switches: Switches, amount: int = 7000) -> None:
    attempt_id = new_id()
    set_switches(attempt_id, switches)
    reference = service.open_payment(
        merchant="jiedui",
        merchant_reference=attempt_id,
        number="FK1",
        amount=amount,
        currency="CNY",
        subject="FK1",
        return_url="http://localhost/",
        notify_url=f"http://127.0.0.1:{shop.port}/webhooks/sandbox",
    )
    assert service.confirm_payment(reference)


def left() -> list[tuple[int, int, str]]:
    with own_transaction() as connection:
        rows = connection.execute(
            text("select tries, copies_left, last_answer from sandbox.events where done_at is null")
        ).all()
    return [(row.tries, row.copies_left, row.last_answer) for row in rows]


AT_ONCE = Switches(delay_ms=0)


class TestDeliverDue:
    def test_posts_what_the_shop_can_verify(self, shop: Shop, secret: str) -> None:
        charge(shop, AT_ONCE)
        assert notices.deliver_due(secret).sent == 1
        ((raw, signature),) = shop.received
        event = SandboxProvider(secret, "http://localhost").read_event(
            raw, {notices.SIGNATURE_HEADER: signature}
        )
        assert isinstance(event.facts, PaymentFacts)
        assert (event.facts.standing, event.facts.amount) == (PaymentStanding.SUCCEEDED, 7000)
        assert left() == []

    def test_waits_until_the_shopper_has_gone_back(self, shop: Shop, secret: str) -> None:
        charge(shop, Switches(delay_ms=60_000))
        round_ = notices.deliver_due(secret)
        assert round_.sent == 0
        assert round_.next_due_at is not None
        assert timedelta(seconds=50) < round_.next_due_at - clock.now() < timedelta(seconds=61)

    def test_tries_again_with_growing_pauses_until_it_is_heard(
        self, shop: Shop, secret: str, travel: Callable[..., None]
    ) -> None:
        charge(shop, AT_ONCE)
        shop.answers = [500, 302, 503]
        pauses = []
        for _ in range(3):
            round_ = notices.deliver_due(secret)
            assert round_.next_due_at is not None
            pauses.append(round((round_.next_due_at - clock.now()).total_seconds()))
            travel(round_.next_due_at + timedelta(milliseconds=10))
        assert pauses == [1, 5, 15]
        assert left() == [(3, 1, "503")]
        notices.deliver_due(secret)
        assert left() == []
        assert len({raw for raw, _ in shop.received}) == 1

    def test_outlives_a_shop_that_is_down(self, secret: str) -> None:
        charge(Shop(port=1), AT_ONCE)
        notices.deliver_due(secret)
        assert left() == [(1, 1, "ConnectionRefusedError")]

    def test_repeats_although_it_was_heard(self, shop: Shop, secret: str) -> None:
        charge(shop, Switches(delay_ms=0, copies=3))
        while notices.deliver_due(secret).sent:
            pass
        assert len(shop.received) == 3
        assert len({raw for raw, _ in shop.received}) == 1

    def test_sends_old_news_after_new(
        self, shop: Shop, secret: str, travel: Callable[..., None]
    ) -> None:
        charge(shop, Switches(delay_ms=0, is_disordered=True))
        travel(clock.now() + timedelta(seconds=1))
        while notices.deliver_due(secret).sent:
            pass
        kinds = [b"payment.pending" in raw for raw, _ in shop.received]
        assert kinds == [False, True]

    def test_sends_what_fell_due_first(
        self, shop: Shop, secret: str, travel: Callable[..., None]
    ) -> None:
        for delay_ms in (6000, 2000, 5000, 1000, 4000, 3000):
            charge(shop, Switches(delay_ms=delay_ms), amount=delay_ms)
        travel(clock.now() + timedelta(minutes=1))
        assert notices.deliver_due(secret).sent == 6
        amounts = [json.loads(raw)["data"]["amount"] for raw, _ in shop.received]
        assert amounts == [1000, 2000, 3000, 4000, 5000, 6000]

    def test_gives_up_in_the_end(
        self, shop: Shop, secret: str, travel: Callable[..., None]
    ) -> None:
        charge(shop, AT_ONCE)
        shop.answers = [500] * 50
        rounds = 0
        while (round_ := notices.deliver_due(secret)).next_due_at is not None:
            travel(round_.next_due_at + timedelta(seconds=1))
            rounds += 1
        assert rounds == len(notices.PAUSES)
        assert len(shop.received) == len(notices.PAUSES) + 1
