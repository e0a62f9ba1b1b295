"""The whole way of a payment over real HTTP: hosted page, redirect, and the notice after it."""

import http.client
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import orjson
import pytest
from werkzeug.serving import make_server

from marketplace import clock
from marketplace.database import db, transaction
from orders.payments.models import PaymentEvent
from orders.payments.sandbox import database
from tests.conftest import Committed
from tests.factories.identity import make_account, sign_in
from tests.factories.payments import make_trade


@dataclass
class Browser:
    """A browser of few words: keeps cookies, follows no redirect."""

    port: int
    token: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self.token}"
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return Answer(response.status, response.headers.get("Location", ""), response.read())
        finally:
            connection.close()

    def decide(self, path: str, **fields: str) -> "Answer":
        page = self.ask("GET", path)
        assert page.status == 200
        found = re.search(rb'name="csrf_token" value="([^"]+)"', page.body)
        assert found is not None
        form = urlencode({"csrf_token": found[1].decode(), **fields}).encode()
        return self.ask("POST", path, form, "application/x-www-form-urlencoded")

    def state_of(self, payment_id: str) -> str:
        answer = orjson.loads(self.ask("GET", f"/api/v1/payments/{payment_id}").body)
        return str(answer["state"])


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes


@pytest.fixture
def port(committed: Committed) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, committed.app, threaded=True)
    settings = committed.app.config["SETTINGS"]
    address = f"http://127.0.0.1:{server.server_port}"
    committed.app.config["SETTINGS"] = replace(settings, public_url=address)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()
    database.dispose(committed.app)


@pytest.fixture
def started(committed: Committed, port: int) -> tuple[Browser, dict[str, str]]:
    with committed.context():
        with transaction():
            account = make_account()
            trade_id = make_trade(5800, 1200, account_id=account.id).id
        browser = Browser(port, sign_in(committed.client(), account))
    answer = browser.ask("POST", f"/api/v1/trades/{trade_id}/payments", b"{}", "application/json")
    assert answer.status == 201
    return browser, orjson.loads(answer.body)


def deliver(committed: Committed) -> None:
    with clock.travel(clock.now() + timedelta(seconds=2)):
        assert committed.run_jobs() >= 1


class TestPayingOverHttp:
    def test_the_shopper_is_back_before_the_notice(
        self, committed: Committed, started: tuple[Browser, dict[str, str]]
    ) -> None:
        browser, payment = started
        hosted = urlsplit(payment["redirect_url"]).path
        back = browser.decide(hosted, decision="confirm", scenario="normal")
        assert back.status == 303
        assert urlsplit(back.location).path == f"/payments/{payment['id']}"
        assert browser.state_of(payment["id"]) == "pending"
        deliver(committed)
        assert browser.state_of(payment["id"]) == "succeeded"

    def test_ten_copies_have_one_effect(
        self, committed: Committed, started: tuple[Browser, dict[str, str]]
    ) -> None:
        browser, payment = started
        hosted = urlsplit(payment["redirect_url"]).path
        browser.decide(hosted, decision="confirm", scenario="repeated")
        deliver(committed)
        assert browser.state_of(payment["id"]) == "succeeded"
        with committed.context():
            assert db.session.query(PaymentEvent).count() == 1

    def test_a_decline_is_told_as_it_is(
        self, committed: Committed, started: tuple[Browser, dict[str, str]]
    ) -> None:
        browser, payment = started
        browser.decide(urlsplit(payment["redirect_url"]).path, decision="decline")
        deliver(committed)
        assert browser.state_of(payment["id"]) == "failed"

    def test_a_payment_left_hanging_stays_payable(
        self, started: tuple[Browser, dict[str, str]]
    ) -> None:
        browser, payment = started
        hosted = urlsplit(payment["redirect_url"]).path
        assert browser.decide(hosted, decision="leave").status == 303
        assert browser.state_of(payment["id"]) == "pending"
        assert browser.ask("GET", hosted).status == 200

    def test_the_hosted_page_needs_its_own_form(
        self, started: tuple[Browser, dict[str, str]]
    ) -> None:
        browser, payment = started
        hosted = urlsplit(payment["redirect_url"]).path
        form = urlencode({"decision": "confirm"}).encode()
        answer = browser.ask("POST", hosted, form, "application/x-www-form-urlencoded")
        assert answer.status == 403
        assert browser.ask("GET", "/sandbox/pay/pay_made_up").status == 404
