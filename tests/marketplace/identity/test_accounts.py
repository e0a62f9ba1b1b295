"""Accounts: staff made by an administrator, passwords changed, accounts shut; and retention."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.database import db
from marketplace.identity import accounts, attempts, codes, commands, dormancy, jobs, sessions
from marketplace.identity.actor import SYSTEM
from marketplace.identity.models import (
    Account,
    AttemptKind,
    FormerPhone,
    OneTimeCode,
    Session,
    SessionKind,
    SignInAttempt,
)
from marketplace.identity.queries import list_administrators
from marketplace.permissions import Role
from tests.factories import identity as make
from tests.marketplace.identity.conftest import Outbox, audited

NEW = "another quite long one"


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestCreateStaffAccount:
    def test_lets_its_owner_sign_in(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        body = {"login_name": "Officer.Nanjiang", "password": NEW, "phone": "13812345678"}
        made = client.post("/api/v1/staff-accounts", json=body)
        assert made.status_code == 201
        assert made.get_json()["phone"] == "138****5678"
        assert NEW not in made.text
        del client.environ_base["HTTP_AUTHORIZATION"]
        body = {"login_name": "officer.nanjiang", "password": NEW}
        assert client.post("/api/v1/sign-in/password", json=body).status_code == 201

    def test_refuses_a_name_that_is_taken_in_any_case(self, client: FlaskClient) -> None:
        make.make_account(login_name="officer")
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        body = {"login_name": "OFFICER", "password": NEW}
        answer = client.post("/api/v1/staff-accounts", json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "login_name_taken")

    def test_refuses_a_phone_that_is_taken(self, client: FlaskClient) -> None:
        make.make_account(phone="13812345678")
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        body = {"login_name": "officer", "password": NEW, "phone": "13812345678"}
        answer = client.post("/api/v1/staff-accounts", json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "phone_taken")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("login_name", "o"), ("login_name", "with space"), ("login_name", "名字"),
         ("login_name", "x" * 61), ("password", "short"), ("password", "password12345678"),
         ("phone", "123")],
    )  # fmt: skip
    def test_names_the_field_at_fault_and_writes_nothing(
        self, client: FlaskClient, field: str, value: str
    ) -> None:
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        before = count(Account)
        body = {"login_name": "officer", "password": NEW} | {field: value}
        answer = client.post("/api/v1/staff-accounts", json=body)
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == [field]
        assert count(Account) == before


class TestChangePassword:
    def test_ends_all_other_sessions(self, client: FlaskClient) -> None:
        account = make.make_account(login_name="officer")
        other = sessions.open_session(account, SessionKind.PAGE)
        make.sign_in(client, account)
        body = {"old_password": make.PASSWORD, "new_password": NEW}
        assert client.put("/api/v1/me/password", json=body).status_code == 204
        assert client.get("/api/v1/me").status_code == 200
        assert sessions.resolve(other.token, SessionKind.PAGE) is None
        assert len(audited("password.change")) == 1

    def test_needs_the_old_password_and_counts_guesses(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(login_name="officer"))
        body = {"old_password": "not the old one", "new_password": NEW}
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            assert client.put("/api/v1/me/password", json=body).status_code == 422
        body["old_password"] = make.PASSWORD
        assert client.put("/api/v1/me/password", json=body).status_code == 429

    def test_refuses_a_weak_new_one(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account(login_name="officer"))
        body = {"old_password": make.PASSWORD, "new_password": "officer-officer"}
        assert client.put("/api/v1/me/password", json=body).status_code == 422

    def test_is_not_for_accounts_without_one(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        body = {"old_password": make.PASSWORD, "new_password": NEW}
        answer = client.put("/api/v1/me/password", json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "old_password_wrong")


class TestChangePhone:
    OLD, NEW = "13812345678", "13912345678"

    def ask(self, client: FlaskClient) -> list[int]:
        """Ask for both codes: the old number's first, so that the outbox ends with the new one's."""
        return [
            client.post("/api/v1/me/phone/old-codes").status_code,
            client.post("/api/v1/me/phone/codes", json={"phone": self.NEW}).status_code,
        ]

    def change(self, client: FlaskClient, code: str, old_code: str | None = None) -> TestResponse:
        body = {"phone": self.NEW, "code": code}
        if old_code is not None:
            body["old_code"] = old_code
        return client.put("/api/v1/me/phone", json=body)

    def test_takes_the_codes_sent_to_both_numbers(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        account = make.make_account(phone=self.OLD)
        other = sessions.open_session(account, SessionKind.PAGE)
        make.sign_in(client, account)
        assert self.ask(client) == [202, 202]
        assert [made.phone for made in outbox.sent] == [self.OLD, self.NEW]
        answer = self.change(client, outbox.code, outbox.sent[0].code)
        assert answer.get_json()["phone"] == "139****5678"
        assert sessions.resolve(other.token, SessionKind.PAGE) is None
        assert accounts.ensure_phone_account(self.NEW).id == account.id
        assert len(audited("phone.change")) == 1
        former = db.session.scalars(select(FormerPhone)).one()
        assert (former.account_id, former.phone_index) == (account.id, codes.phone_index(self.OLD))

    def test_is_not_done_by_who_has_only_the_session(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        make.sign_in(client, make.make_account(phone=self.OLD))
        self.ask(client)
        for old_code in (None, outbox.code):
            answer = self.change(client, outbox.code, old_code)
            assert (answer.status_code, answer.get_json()["code"]) == (422, "code_refused")
        assert accounts.ensure_phone_account(self.OLD).phone_masked == "138****5678"

    def test_needs_no_old_code_where_there_is_no_number(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        make.sign_in(client, make.make_account(login_name="officer"))
        self.ask(client)
        assert [made.phone for made in outbox.sent] == [self.NEW]
        assert self.change(client, outbox.code).status_code == 200

    def test_refuses_a_code_that_was_sent_for_signing_in(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        make.sign_in(client, make.make_account(phone=self.OLD))
        client.post("/api/v1/sign-in/codes", json={"phone": self.NEW})
        answer = self.change(client, outbox.code)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "code_refused")

    def test_says_that_a_number_is_taken_to_its_holder_only(
        self, client: FlaskClient, outbox: Outbox
    ) -> None:
        make.make_account(phone=self.NEW, role=Role.BUYING_UNIT_CLERK)
        make.sign_in(client, make.make_account(phone=self.OLD))
        assert self.ask(client) == [202, 202]
        old_code = outbox.sent[0].code
        wrong = f"{(int(outbox.code) + 1) % 1_000_000:06d}"
        assert self.change(client, wrong, old_code).status_code == 422
        answer = self.change(client, outbox.code, old_code)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "phone_taken")

    @pytest.mark.parametrize("is_silent", [True, False])
    def test_takes_a_number_from_an_account_that_is_silent_or_empty(
        self, client: FlaskClient, outbox: Outbox, is_silent: bool
    ) -> None:
        other = make.make_account(
            phone=self.NEW, role=Role.BUYING_UNIT_CLERK if is_silent else None
        )
        if is_silent:
            other.phone_proved_at = clock.now() - dormancy.DORMANT_AFTER
        account = make.make_account(phone=self.OLD)
        make.sign_in(client, account)
        self.ask(client)
        assert self.change(client, outbox.code, outbox.sent[0].code).status_code == 200
        assert accounts.ensure_phone_account(self.NEW).id == account.id
        assert other.phone_index is None
        assert [entry.subject_id for entry in audited("phone.release")] == [str(other.id)]

    def test_needs_a_fresh_sign_in(self, client: FlaskClient, outbox: Outbox) -> None:
        make.sign_in(client, make.make_account())
        with clock.travel(clock.now() + timedelta(minutes=11)):
            assert self.ask(client) == [403, 403]
            assert self.change(client, "123456", "123456").status_code == 403
        assert outbox.sent == []


class TestDisableAccount:
    def test_ends_sessions_at_once_and_enable_does_not_bring_them_back(
        self, app: Flask, client: FlaskClient
    ) -> None:
        someone, theirs = make.make_account(), app.test_client()
        make.sign_in(theirs, someone)
        make.sign_in(client, make.make_account(role=Role.PLATFORM_ADMIN))
        address = f"/api/v1/accounts/{someone.id}"
        assert client.post(f"{address}/disable").get_json()["state"] == "disabled"
        assert theirs.get("/api/v1/me").status_code == 401
        assert client.post(f"{address}/enable").get_json()["state"] == "active"
        assert theirs.get("/api/v1/me").status_code == 401

    def test_is_refused_for_oneself(self, client: FlaskClient) -> None:
        admin = make.make_account(role=Role.PLATFORM_ADMIN)
        make.sign_in(client, admin)
        assert client.post(f"/api/v1/accounts/{admin.id}/disable").status_code == 403


class TestUpdateMe:
    def test_changes_the_language_only(self, client: FlaskClient) -> None:
        make.sign_in(client, make.make_account())
        assert client.patch("/api/v1/me", json={"language": "en"}).get_json()["language"] == "en"
        for body in ({"language": "fr"}, {}, {"language": "zh", "state": "active"},
                     {"language": "zh", "login_name": "admin"}):  # fmt: skip
            assert client.patch("/api/v1/me", json=body).status_code == 422


class TestCreateAdministrator:
    def test_makes_the_first_one(self, app: Flask) -> None:
        arguments = ["founder", "--password", NEW]
        outcome = CliRunner().invoke(commands.create_administrator, arguments, obj=None)
        assert outcome.exit_code == 0, outcome.output
        assert NEW not in outcome.output
        assert len(list_administrators()) == 1

    def test_refuses_a_weak_password(self, app: Flask) -> None:
        outcome = CliRunner().invoke(
            commands.create_administrator, ["founder", "--password", "weak"]
        )
        assert outcome.exit_code == 1
        assert count(Account) == 0


class TestDropOldProofs:
    def test_keeps_what_a_limit_may_still_count(self) -> None:
        start = clock.now()
        codes.make_code("13812345678", "203.0.113.7")
        attempts.open_attempt(AttemptKind.PASSWORD, "officer", "203.0.113.7")
        sessions.open_session(make.make_account(), SessionKind.TOKEN)
        kept = (count(OneTimeCode), count(SignInAttempt), count(Session))
        with clock.travel(start + timedelta(days=1)):
            jobs.drop_old_proofs()
        assert (count(OneTimeCode), count(SignInAttempt), count(Session)) == kept == (1, 1, 1)

    def test_drops_the_rest(self) -> None:
        start = clock.now()
        codes.make_code("13812345678", "203.0.113.7")
        attempts.open_attempt(AttemptKind.PASSWORD, "officer", "203.0.113.7")
        sessions.open_session(make.make_account(), SessionKind.TOKEN)
        with clock.travel(start + timedelta(days=151)):
            for _ in range(2):
                jobs.drop_old_proofs()
        assert (count(OneTimeCode), count(SignInAttempt), count(Session)) == (0, 0, 0)


class TestEnsurePhoneAccount:
    def test_is_the_same_account_the_second_time(self) -> None:
        one = accounts.ensure_phone_account("13812345678", actor=SYSTEM)
        assert accounts.ensure_phone_account("13812345678").id == one.id
        assert len(audited("account.create")) == 1
