"""Signing in: every failure looks alike, guessing is locked out, factors are used once."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.errors import Problem
from marketplace.identity import accounts, attempts, codes, passwords, sign_in
from marketplace.identity.actor import SYSTEM
from marketplace.identity.errors import TooManyAttempts
from marketplace.identity.models import Account, AccountState, SessionKind, SignInAttempt
from marketplace.identity.sign_in import Caller, Refusal
from marketplace.permissions import Role
from tests.conftest import Committed
from tests.factories import identity as make
from tests.marketplace.identity.conftest import Outbox, audited

PHONE = "13812345678"
HERE = Caller(address="203.0.113.7", kind=SessionKind.TOKEN)


def said(response: TestResponse) -> tuple[int, dict[str, Any]]:
    """All that a caller can tell of an answer, but the request's own id."""
    body = dict(response.get_json(silent=True) or {})
    body.pop("request_id", None)
    return response.status_code, body


def by_password(client: FlaskClient, login_name: str, password: str, **more: Any) -> TestResponse:
    body = {"login_name": login_name, "password": password, **more}
    return client.post("/api/v1/sign-in/password", json=body)


class TestRequestCode:
    def test_answers_alike_for_known_and_unknown_phones(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        make.make_account(phone=PHONE)
        shut = make.make_account(phone="13800000009")
        shut.state = AccountState.DISABLED
        known = client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        unknown = client.post("/api/v1/sign-in/codes", json={"phone": "13912345678"})
        disabled = client.post("/api/v1/sign-in/codes", json={"phone": "13800000009"})
        assert said(known) == said(unknown) == said(disabled) == (202, {})
        assert known.data == unknown.data == disabled.data
        assert len(outbox.sent) == 3

    def test_runs_the_same_statements_for_known_and_unknown_phones(
        self, client: FlaskClient, outbox: Outbox, statements: Any
    ) -> None:
        make.make_account(phone=PHONE)
        with statements() as known:
            client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        with statements() as unknown:
            client.post("/api/v1/sign-in/codes", json={"phone": "13912345678"})
        assert known == unknown

    @pytest.mark.parametrize(
        "phone", ["", "1381234567", "138123456789", "23812345678", "１３８１２３４５６７８", "abc", 13812345678,
                  "13812345678\u0000", "+8613812345678x"],
    )  # fmt: skip
    def test_refuses_what_is_no_mobile_number(
        self, client: FlaskClient, outbox: Outbox, phone: Any
    ) -> None:
        response = client.post("/api/v1/sign-in/codes", json={"phone": phone})
        assert response.status_code == 422
        assert list(response.get_json()["fields"]) == ["phone"]
        assert outbox.sent == []

    @pytest.mark.parametrize("phone", ["+86 138-1234-5678", "138 1234 5678", "13812345678"])
    def test_takes_a_number_as_people_write_it(
        self, client: FlaskClient, outbox: Outbox, phone: str
    ) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": phone})
        assert outbox.sent[0].phone == PHONE

    def test_says_when_to_ask_again(self, client: FlaskClient, outbox: Outbox) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        second = client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        assert second.status_code == 429
        assert second.get_json()["code"] == "code_requested_too_often"
        assert int(second.headers["Retry-After"]) <= 61
        assert len(outbox.sent) == 1


class TestSignInByPhone:
    def enter(self, client: FlaskClient, code: str, phone: str = PHONE) -> TestResponse:
        return client.post("/api/v1/sign-in/phone", json={"phone": phone, "code": code})

    def test_makes_the_account_once(self, client: FlaskClient, outbox: Outbox) -> None:
        start = clock.now()
        ids = []
        for i in range(2):
            with clock.travel(start + timedelta(minutes=2 * i)):
                client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
                opened = self.enter(client, outbox.code)
                assert opened.status_code == 201
                headers = {"Authorization": f"Bearer {opened.get_json()['token']}"}
                ids.append(client.get("/api/v1/me", headers=headers).get_json()["account"]["id"])
        assert ids[0] == ids[1]
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1

    def test_seals_the_phone(self, client: FlaskClient, outbox: Outbox) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        self.enter(client, outbox.code)
        account = db.session.scalars(select(Account)).one()
        assert account.phone_masked == "138****5678"
        assert account.phone_sealed is not None
        assert PHONE.encode() not in account.phone_sealed

    def test_tells_no_failure_from_another(self, client: FlaskClient, outbox: Outbox) -> None:
        shut = make.make_account(phone="13800000009")
        shut.state = AccountState.DISABLED
        client.post("/api/v1/sign-in/codes", json={"phone": "13800000009"})
        disabled = self.enter(client, outbox.code, "13800000009")
        never_asked = self.enter(client, "123456", "13900000001")
        make.make_account(phone=PHONE)
        known = self.enter(client, "123456")
        assert said(disabled) == said(never_asked) == said(known)
        assert disabled.status_code == 401
        assert len(audited("sign_in.denied")) == 3

    def test_is_no_way_round_a_password(self, client: FlaskClient, outbox: Outbox) -> None:
        make.make_account(login_name="officer", phone=PHONE)
        client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        assert said(self.enter(client, outbox.code)) == said(self.enter(client, "123456"))

    def test_counts_the_try_although_it_failed(self, client: FlaskClient, outbox: Outbox) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        right = outbox.code
        for _ in range(codes.TRIES):
            assert self.enter(client, f"{(int(right) + 1) % 1_000_000:06d}").status_code == 401
        assert self.enter(client, right).status_code == 401

    def test_makes_one_account_of_two_first_sign_ins_at_once(self, committed: Committed) -> None:
        def ensure() -> Any:
            with transaction():
                return accounts.ensure_phone_account(PHONE).id

        assert len(set(committed.in_parallel(*[ensure] * 4))) == 1

    def test_locks_out_an_address_that_guesses(self, client: FlaskClient) -> None:
        for i in range(attempts.FAILURES_OF_AN_ADDRESS):
            assert self.enter(client, "123456", f"139{i:08d}").status_code == 401
        assert self.enter(client, "123456", "13888888888").status_code == 429
        other = {"REMOTE_ADDR": "198.51.100.1"}
        body = {"phone": "13888888888", "code": "123456"}
        answer = client.post("/api/v1/sign-in/phone", json=body, environ_overrides=other)
        assert answer.status_code == 401


class TestSignInByPassword:
    def test_opens_a_session(self, client: FlaskClient) -> None:
        account = make.make_account(login_name="officer.nanjiang")
        answer = by_password(client, "Officer.Nanjiang", make.PASSWORD)
        assert answer.status_code == 201
        headers = {"Authorization": f"Bearer {answer.get_json()['token']}"}
        me = client.get("/api/v1/me", headers=headers).get_json()
        assert me["account"]["id"] == str(account.id)
        assert [row.after for row in audited("session.open")] == [
            {"by": "password", "kind": "token"}
        ]

    def test_tells_no_failure_from_another(self, client: FlaskClient) -> None:
        make.make_account(login_name="known")
        shut = make.make_account(login_name="shut")
        shut.state = AccountState.DISABLED
        wrong = by_password(client, "known", "not the password")
        unknown = by_password(client, "unknown", "not the password")
        disabled = by_password(client, "shut", make.PASSWORD)
        assert said(wrong) == said(unknown) == said(disabled)
        assert wrong.status_code == 401
        assert wrong.get_json()["code"] == "sign_in_refused"

    def test_hashes_once_whether_or_not_the_name_exists(
        self, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.make_account(login_name="known")
        parameters: list[str] = []
        real = passwords.verify_password

        def count(password_hash: str, password: str) -> bool:
            parameters.append(password_hash.rsplit("$", 2)[0])
            return real(password_hash, password)

        monkeypatch.setattr(passwords, "verify_password", count)
        by_password(client, "known", "not the password")
        by_password(client, "unknown", "not the password")
        # The same algorithm at the same cost: what takes the time is the same.
        assert len(parameters) == 2
        assert parameters[0] == parameters[1]

    @pytest.mark.parametrize("login_name", ["known", "unknown"])
    def test_locks_out_after_five_failures_whoever_it_is(
        self, client: FlaskClient, login_name: str
    ) -> None:
        make.make_account(login_name="known")
        start = clock.now()
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            assert by_password(client, login_name, "not the password").status_code == 401
        locked = by_password(client, login_name, make.PASSWORD)
        assert locked.status_code == 429
        assert locked.get_json()["code"] == "too_many_attempts"
        assert locked.headers["Retry-After"] == "900"
        elsewhere = {"REMOTE_ADDR": "198.51.100.1"}
        body = {"login_name": login_name, "password": make.PASSWORD}
        answer = client.post("/api/v1/sign-in/password", json=body, environ_overrides=elsewhere)
        assert answer.status_code == 429
        with clock.travel(start + timedelta(minutes=15, seconds=5)):
            later = by_password(client, login_name, make.PASSWORD)
            assert later.status_code == (201 if login_name == "known" else 401)

    def test_forgets_failures_after_a_success(self, client: FlaskClient) -> None:
        make.make_account(login_name="known")
        for _ in range(2):
            for _ in range(attempts.FAILURES_OF_A_SUBJECT - 1):
                assert by_password(client, "known", "not the password").status_code == 401
            assert by_password(client, "known", make.PASSWORD).status_code == 201

    def test_gives_parallel_guesses_five_tries_in_all(self, committed: Committed) -> None:
        def guess() -> Any:
            with transaction():
                return sign_in.open_password_attempt("known", HERE.address)

        outcomes = committed.in_parallel(*[guess] * 12)
        allowed = [o for o in outcomes if not isinstance(o, Exception)]
        refused = [o for o in outcomes if isinstance(o, TooManyAttempts)]
        assert len(allowed) == attempts.FAILURES_OF_A_SUBJECT
        assert len(refused) == 12 - attempts.FAILURES_OF_A_SUBJECT
        with committed.context():
            count = select(func.count()).select_from(SignInAttempt)
            assert db.session.scalar(count) == attempts.FAILURES_OF_A_SUBJECT

    def test_refuses_a_password_changed_while_it_was_checked(self) -> None:
        account = make.make_account(login_name="known")
        attempt = sign_in.open_password_attempt("known", HERE.address)
        account.password_hash = passwords.hash_password("another long enough one")
        outcome = sign_in.close_password_attempt(
            attempt, is_proved=True, totp_code=None, caller=HERE
        )
        assert outcome is Refusal.WRONG

    def test_needs_the_password_whole(self, client: FlaskClient) -> None:
        long_one = "长密码 " * 60 + "end"
        accounts.create_staff_account("known", passwords.hash_password(long_one), actor=SYSTEM)
        assert by_password(client, "known", long_one[:-1]).status_code == 401
        assert by_password(client, "known", long_one[:72]).status_code == 401
        assert by_password(client, "known", long_one).status_code == 201

    def test_shows_no_password_in_any_answer_or_log(
        self, client: FlaskClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = "do not show this to anyone"
        answers = [by_password(client, "known", secret), by_password(client, "", secret)]
        answers.append(client.post("/api/v1/sign-in/password", json={"password": secret, "x": 1}))
        assert all(secret not in answer.text for answer in answers)
        assert secret not in caplog.text


class TestSecondFactor:
    def test_is_asked_for_after_the_right_password_only(self, client: FlaskClient) -> None:
        make.make_account(login_name="approver", has_totp=True)
        right = by_password(client, "approver", make.PASSWORD)
        assert (right.status_code, right.get_json()["code"]) == (401, "totp_required")
        wrong = by_password(client, "approver", "not the password")
        assert wrong.get_json()["code"] == "sign_in_refused"

    def test_opens_a_session_that_may_approve_at_once(self, client: FlaskClient) -> None:
        make.make_account(login_name="approver", has_totp=True)
        answer = by_password(client, "approver", make.PASSWORD, totp_code=make.totp_code())
        assert answer.status_code == 201
        headers = {"Authorization": f"Bearer {answer.get_json()['token']}"}
        assert client.get("/api/v1/me", headers=headers).get_json()["stepped_up_until"]

    def test_does_not_say_that_the_password_was_right_when_it_is_wrong(
        self, client: FlaskClient
    ) -> None:
        make.make_account(login_name="approver", has_totp=True)
        good = make.totp_code()
        bad = f"{(int(good) + 1) % 1_000_000:06d}"
        assert said(by_password(client, "approver", make.PASSWORD, totp_code=bad)) == said(
            by_password(client, "approver", "not the password", totp_code=good)
        )

    def test_refuses_the_same_code_twice(self, client: FlaskClient) -> None:
        make.make_account(login_name="approver", has_totp=True)
        code = make.totp_code()
        assert by_password(client, "approver", make.PASSWORD, totp_code=code).status_code == 201
        assert by_password(client, "approver", make.PASSWORD, totp_code=code).status_code == 401

    def test_is_locked_out_like_the_password(self, client: FlaskClient) -> None:
        make.make_account(login_name="approver", has_totp=True)
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            by_password(client, "approver", make.PASSWORD, totp_code="000000")
        locked = by_password(client, "approver", make.PASSWORD, totp_code=make.totp_code())
        assert locked.status_code == 429


class TestStepUp:
    def test_opens_approvals_for_ten_minutes(self, client: FlaskClient) -> None:
        administrator = make.make_account(role=Role.PLATFORM_ADMIN)
        make.sign_in(client, administrator, stepped_up=False)
        target = f"/api/v1/accounts/{make.make_account().id}/disable"
        assert client.post(target).get_json()["code"] == "step_up_required"
        start = clock.now()
        code = {"code": make.totp_code()}
        assert client.post("/api/v1/step-up", json=code).status_code == 204
        assert client.post(target).status_code == 200
        with clock.travel(start + timedelta(minutes=10, seconds=1)):
            assert client.post(target).get_json()["code"] == "step_up_required"

    def test_refuses_a_code_used_before(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN), stepped_up=False)
        code = {"code": make.totp_code()}
        assert client.post("/api/v1/step-up", json=code).status_code == 204
        again = client.post("/api/v1/step-up", json=code)
        assert again.status_code == 422
        assert again.get_json()["code"] == "totp_refused"

    def test_locks_out_guessing(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN), stepped_up=False)
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            assert client.post("/api/v1/step-up", json={"code": "000000"}).status_code == 422
        locked = client.post("/api/v1/step-up", json={"code": make.totp_code()})
        assert locked.status_code == 429
        assert len(audited("step_up.denied")) == attempts.FAILURES_OF_A_SUBJECT

    def test_opens_this_session_only(self, client: FlaskClient) -> None:
        administrator = make.make_account(role=Role.PLATFORM_ADMIN)
        other = make.sign_in(client, administrator, stepped_up=False)
        make.sign_in(client, administrator, stepped_up=False)
        assert client.post("/api/v1/step-up", json={"code": make.totp_code()}).status_code == 204
        me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {other}"}).get_json()
        assert me["stepped_up_until"] is None

    def test_is_refused_without_an_authenticator(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN, has_totp=False))
        assert client.post("/api/v1/step-up", json={"code": "000000"}).status_code == 422


class TestProblems:
    def test_of_identity_are_said_in_both_languages(self) -> None:
        from marketplace.identity import errors

        kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Problem)]
        assert kinds
        for kind in kinds:
            assert any("\u4e00" <= c <= "\u9fff" for c in kind.title.zh)
            assert kind.title.en.isascii()
