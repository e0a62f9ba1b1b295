"""The second factor: bound by whoever just signed in, proved before it counts, used once."""

from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity import queries, totp
from marketplace.identity.models import Account
from marketplace.permissions import Role
from tests.conftest import Committed
from tests.factories import identity as make
from tests.marketplace.identity.conftest import audited


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).generate_otp(int(clock.now().timestamp()) // 30)


class TestEnrolment:
    def test_counts_after_a_code_was_confirmed(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(login_name="officer"))
        begun = client.post("/api/v1/me/totp").get_json()
        assert begun["uri"].startswith("otpauth://totp/")
        assert client.get("/api/v1/me").get_json()["account"]["has_totp"] is False
        answer = client.post(
            "/api/v1/me/totp/confirmation", json={"code": code_of(begun["secret"])}
        )
        assert answer.get_json()["has_totp"] is True
        assert len(audited("totp.enrol")) == 1

    def test_refuses_a_wrong_code(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        secret = client.post("/api/v1/me/totp").get_json()["secret"]
        wrong = f"{(int(code_of(secret)) + 1) % 1_000_000:06d}"
        answer = client.post("/api/v1/me/totp/confirmation", json={"code": wrong})
        assert (answer.status_code, answer.get_json()["code"]) == (422, "totp_refused")

    def test_refuses_a_confirmation_of_nothing(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        answer = client.post("/api/v1/me/totp/confirmation", json={"code": "123456"})
        assert answer.status_code == 403

    def test_does_not_let_the_confirming_code_be_used_again(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        secret = client.post("/api/v1/me/totp").get_json()["secret"]
        code = {"code": code_of(secret)}
        client.post("/api/v1/me/totp/confirmation", json=code)
        assert client.post("/api/v1/step-up", json=code).status_code == 422

    def test_needs_a_fresh_sign_in(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        with clock.travel(clock.now() + timedelta(minutes=11)):
            answer = client.post("/api/v1/me/totp")
        assert (answer.status_code, answer.get_json()["code"]) == (403, "fresh_sign_in_required")

    def test_needs_the_old_authenticator_where_there_is_one(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(has_totp=True), stepped_up=False)
        assert client.post("/api/v1/me/totp").status_code == 403
        client.post("/api/v1/step-up", json={"code": make.totp_code()})
        assert client.post("/api/v1/me/totp").status_code == 201

    def test_leaves_the_old_authenticator_in_force_until_the_new_one_is_proved(
        self, client: FlaskClient
    ) -> None:
        make.sign_in(client, make.make_account(has_totp=True))
        client.post("/api/v1/me/totp")
        assert client.post("/api/v1/step-up", json={"code": make.totp_code()}).status_code == 204

    def test_seals_the_secret(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        secret = client.post("/api/v1/me/totp").get_json()["secret"]
        row = str(db.session.execute(text("select * from accounts")).one())
        assert secret not in row


class TestAcceptCode:
    @pytest.mark.parametrize("steps", [-1, 0, 1])
    def test_takes_a_clock_half_a_minute_off(self, steps: int) -> None:
        assert totp.accept_code(make.make_account(has_totp=True), make.totp_code(steps))

    @pytest.mark.parametrize("steps", [-20, -3, 3, 20])
    def test_refuses_codes_of_other_times(self, steps: int) -> None:
        assert not totp.accept_code(make.make_account(has_totp=True), make.totp_code(steps))

    def test_refuses_a_step_used_before_and_every_older_one(self) -> None:
        account = make.make_account(has_totp=True)
        start = clock.now()
        with clock.travel(start):
            assert totp.accept_code(account, make.totp_code())
            assert not totp.accept_code(account, make.totp_code())
            assert not totp.accept_code(account, make.totp_code(-1))
        with clock.travel(start + timedelta(seconds=61)):
            assert totp.accept_code(account, make.totp_code())

    def test_refuses_everything_without_an_authenticator(self) -> None:
        assert not totp.accept_code(make.make_account(), make.totp_code())

    def test_lets_one_of_many_parallel_uses_win(self, committed: Committed) -> None:
        with committed.context(), transaction():
            account_id = make.make_account(has_totp=True).id
        code = make_code(committed)

        def use() -> bool:
            with transaction():
                account: Account = queries.get_account(account_id)
                return totp.accept_code(account, code)

        assert sorted(committed.in_parallel(*[use] * 6)) == [False] * 5 + [True]


def make_code(committed: Committed) -> str:
    with committed.context():
        return make.totp_code()


class TestRemoveTotp:
    def test_lets_its_owner_bind_a_new_one(self, client: FlaskClient) -> None:
        lost = make.make_account(has_totp=True)
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        assert client.delete(f"/api/v1/accounts/{lost.id}/totp").status_code == 204
        make.sign_in(client, lost)
        assert client.post("/api/v1/me/totp").status_code == 201
        assert len(audited("totp.remove")) == 1
