"""Notices: only the provider's own have an effect, each once, in whatever order they come."""

import random
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from config.settings import Environment, Settings, SettingsIncomplete
from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.journal import queries as journal
from orders.journal.models import AccountKind
from orders.payments import calls
from orders.payments.bank_transfer.queries import PROVIDER as BANK_TRANSFER
from orders.payments.models import (
    PaymentAttempt,
    PaymentEvent,
    PaymentOutcome,
    PaymentState,
    Refund,
    RefundState,
)
from orders.payments.pay_later.service import PROVIDER as PAY_LATER
from orders.payments.sandbox import service as sandbox
from orders.payments.sandbox.adapter import SandboxProvider
from orders.payments.sandbox.switches import Switches, set_switches
from tests.factories.payments import PROVIDER, Notice, make_trade, sign_notice, take_notices


def start() -> PaymentAttempt:
    trade = make_trade()
    attempt_id = calls.start_payment(Actor(id=trade.account_id), trade.id, PROVIDER)
    return db.session.get_one(PaymentAttempt, attempt_id)


@pytest.fixture
def secret() -> str:
    found: str = current_app.config["SETTINGS"].sandbox_webhook_secret
    return found


@pytest.fixture
def attempt() -> PaymentAttempt:
    made = start()
    sandbox.confirm_payment(made.provider_reference or "")
    return made


@pytest.fixture
def notice(attempt: PaymentAttempt) -> Notice:
    (only,) = take_notices()
    return only


def state_of(attempt: PaymentAttempt) -> PaymentState:
    db.session.refresh(attempt)
    return attempt.state


class TestReceiveNotice:
    def test_pays_the_trade(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice
    ) -> None:
        assert notice.post(client) == 204
        assert state_of(attempt) is PaymentState.SUCCEEDED

    def test_thanks_for_a_repeat(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice
    ) -> None:
        assert [notice.post(client) for _ in range(3)] == [204, 204, 204]
        assert db.session.query(PaymentEvent).count() == 1

    @pytest.mark.parametrize(
        "signature",
        ["", "t=1,v1=00", "v1=00", "t=x,v1=00", "t=1", "t=1,t=2,v1=00", "t=" + "9" * 30 + ",v1=0"],
    )
    def test_refuses_what_is_not_signed(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice, signature: str
    ) -> None:
        assert Notice(notice.raw, signature).post(client) == 400
        assert state_of(attempt) is PaymentState.PENDING
        assert db.session.query(PaymentEvent).count() == 0

    def test_refuses_the_signature_of_another_secret(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice, secret: str
    ) -> None:
        assert sign_notice(notice.raw, secret + "x").post(client) == 400
        assert state_of(attempt) is PaymentState.PENDING

    def test_checks_the_bytes_and_not_their_meaning(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice
    ) -> None:
        same_meaning = orjson.dumps(orjson.loads(notice.raw))
        assert same_meaning != notice.raw
        assert Notice(same_meaning, notice.signature).post(client) == 400

    def test_accepts_one_of_two_signatures(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice
    ) -> None:
        moment, _, digest = notice.signature.partition(",")
        assert Notice(notice.raw, f"{moment},v1={'0' * 64},{digest}").post(client) == 204

    @pytest.mark.parametrize(("seconds", "status"), [(299, 204), (301, 400), (-301, 400)])
    def test_refuses_old_and_future_notices(
        self,
        client: FlaskClient,
        notice: Notice,
        travel: Callable[..., None],
        seconds: int,
        status: int,
    ) -> None:
        travel(clock.now() + timedelta(seconds=seconds))
        assert notice.post(client) == status

    def test_refuses_a_notice_for_another_merchant(
        self, client: FlaskClient, attempt: PaymentAttempt, notice: Notice, secret: str
    ) -> None:
        raw = notice.raw.replace(b'"merchant": "jiedui"', b'"merchant": "other"')
        assert raw != notice.raw
        assert sign_notice(raw, secret).post(client) == 400
        assert state_of(attempt) is PaymentState.PENDING

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"[]",
            b"{",
            b'{"id": "e", "kind": "payment.succeeded", "merchant": "jiedui"}',
            b'{"id": 7, "kind": "payment.succeeded", "merchant": "jiedui", "data": {}}',
            b'{"id": "e", "kind": "refund.x", "merchant": "jiedui", "data": {"amount": 1e400}}',
            b"\xff\xfe",
        ],
    )
    def test_refuses_what_cannot_be_read(
        self, client: FlaskClient, raw: bytes, secret: str
    ) -> None:
        assert sign_notice(raw, secret).post(client) == 400
        assert db.session.query(PaymentEvent).count() == 0

    def test_refuses_what_is_too_large(self, client: FlaskClient, secret: str) -> None:
        assert sign_notice(b"x" * 70_000, secret).post(client) == 413

    def test_sends_back_an_amount_that_is_not_the_one_due(self, client: FlaskClient) -> None:
        attempt = start()
        set_switches(attempt.id, Switches(charges_amount=1))
        sandbox.confirm_payment(attempt.provider_reference or "")
        for notice in take_notices():
            assert notice.post(client) == 204
        db.session.refresh(attempt)
        assert attempt.outcome is PaymentOutcome.WRONG_AMOUNT

    def test_knows_no_other_provider(self, client: FlaskClient) -> None:
        assert client.post("/webhooks/other", data=b"{}").status_code == 404

    def test_answers_nothing_but_posts(self, client: FlaskClient) -> None:
        assert client.get("/webhooks/sandbox").status_code == 405


class TestSecret:
    def test_empty_refuses_to_start(self) -> None:
        environ = {
            "JIEDUI_ENV": "production",
            "SANDBOX_PAYMENTS": "1",
            "DATABASE_URL": "postgresql://x",
            "SECRET_KEY": "k" * 32,
            "CODE_SENDER": "x",
            "SANDBOX_WEBHOOK_SECRET": "",
        }
        with pytest.raises(SettingsIncomplete, match="SANDBOX_WEBHOOK_SECRET"):
            Settings.from_env(environ)

    @pytest.mark.parametrize("secret", ["", "short"])
    def test_short_makes_no_provider(self, secret: str) -> None:
        with pytest.raises(ValueError, match="webhook secret"):
            SandboxProvider(secret, "http://localhost")

    def test_provider_is_offered_only_where_it_is_switched_on(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        assert settings.environment is Environment.TEST
        assert calls.list_providers() == [PROVIDER, PAY_LATER, BANK_TRANSFER]


@pytest.mark.parametrize("seed", range(8))
def test_tenfold_shuffled_and_forged_notices_have_one_effect_each(
    client: FlaskClient, secret: str, seed: int
) -> None:
    """Four payments: paid, paid with a stale notice behind, short, declined; every notice ten
    times, in any order, a tenth of them forged."""
    chance = random.Random(seed)
    plain, disordered, short, declined = attempts = [start() for _ in range(4)]
    set_switches(disordered.id, Switches(is_disordered=True))
    set_switches(short.id, Switches(charges_amount=-2))
    for each in (plain, disordered, short):
        sandbox.confirm_payment(each.provider_reference or "")
    sandbox.decline_payment(declined.provider_reference or "")
    genuine = take_notices()
    assert len(genuine) == 5
    posts = [(notice, 204) for notice in genuine for _ in range(10)]
    for _ in range(len(posts) // 9):
        posts.append((forge(chance, chance.choice(genuine)), 400))
    chance.shuffle(posts)
    assert [notice.post(client) for notice, _ in posts] == [status for _, status in posts]

    for each in attempts:
        db.session.refresh(each)
    assert [each.outcome for each in attempts] == [
        PaymentOutcome.ACCEPTED,
        PaymentOutcome.ACCEPTED,
        PaymentOutcome.WRONG_AMOUNT,
        None,
    ]
    assert declined.state is PaymentState.FAILED
    assert db.session.query(PaymentEvent).count() == 5
    (refund,) = db.session.query(Refund).all()
    assert (refund.attempt_id, refund.amount) == (short.id, 3500)
    assert refund.state is RefundState.REQUESTED
    assert journal.get_balance(AccountKind.COOPERATIVE_PENDING) == -14_000
    assert journal.get_balance(AccountKind.BUYERS_CLEARING) == -3500


def forge(chance: random.Random, notice: Notice) -> Notice:
    """Change a notice as somebody without the secret can."""
    kind = chance.randrange(4)
    if kind == 0:
        raw = notice.raw.replace(b'"amount": ', b'"amount": 1')
        return Notice(raw, notice.signature)
    if kind == 1:
        return sign_notice(notice.raw, "guessed-secret-guessed-secret")
    if kind == 2:
        return Notice(notice.raw.replace(b"evt_", b"evt_f"), notice.signature)
    return Notice(
        notice.raw, f"{notice.signature[:-1]}{'0' if notice.signature[-1] != '0' else '1'}"
    )
