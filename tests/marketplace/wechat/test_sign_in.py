"""Signing in by WeChat: what its word opens, what still takes a code, and what is never told."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.database import db
from marketplace.errors import Problem
from marketplace.identity import attempts, dormancy
from marketplace.identity.models import Account, AccountState, SignInAttempt
from marketplace.permissions import Role
from marketplace.wechat import client as wechat_client
from marketplace.wechat import errors, jobs, service
from marketplace.wechat.models import WechatBinding, WechatTicket
from tests.factories import identity as make
from tests.marketplace.identity.conftest import Outbox, audited
from tests.wechat_server import SECRET, SESSION_KEY, WechatServer

PHONE, OPENID = "13812345678", "o-test-openid"


def sign_in(client: FlaskClient, code: str, phone_code: str | None = None) -> TestResponse:
    body = {"code": code} | ({} if phone_code is None else {"phone_code": phone_code})
    return client.post("/api/v1/sign-in/wechat", json=body)


def opened(client: FlaskClient, answer: TestResponse) -> str:
    """The account that an answer signs in to."""
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.get_json()['token']}"}
    account: str = client.get("/api/v1/me", headers=headers).get_json()["account"]["id"]
    return account


def refusal(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def make_owner(**facts: Any) -> Account:
    """An account in which there is something."""
    return make.make_account(role=Role.BUYING_UNIT_CLERK, phone=PHONE, **facts)


class TestWithoutAMiniProgram:
    def test_says_that_it_is_not_offered(self, client: FlaskClient) -> None:
        assert refusal(sign_in(client, "any")) == (404, "wechat_not_offered")
        make.sign_in_page(client, make.make_account())
        assert client.get("/me/wechat").status_code == 404
        assert "/me/wechat" not in client.get("/me").text


class TestFirstSignIn:
    def test_asks_for_the_number_and_makes_the_account(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        asked = sign_in(client, wechat.log_in(OPENID, "u-test"))
        assert refusal(asked) == (401, "phone_needed")
        body = {"ticket": asked.get_json()["ticket"], "phone_code": wechat.share_phone(PHONE, 86)}
        given = client.post("/api/v1/sign-in/wechat/phone", json=body)
        first = opened(client, given)
        assert opened(client, sign_in(client, wechat.log_in(OPENID))) == first
        account = db.session.scalars(select(Account)).one()
        # WeChat's word is no code: a new holder of the number will not walk in.
        assert (account.phone_masked, account.phone_proved_at) == ("138****5678", None)
        assert (
            client.post("/api/v1/sign-in/wechat/phone", json=body).get_json()["code"]
            == "ticket_over"
        )

    def test_takes_both_codes_at_once_and_keeps_the_user_sealed(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        answer = sign_in(client, wechat.log_in(OPENID, "u-test"), wechat.share_phone(PHONE))
        assert str(db.session.scalars(select(Account.id)).one()) == opened(client, answer)
        binding = db.session.scalars(select(WechatBinding)).one()
        kept = [binding.openid_index, binding.openid_sealed, binding.unionid_sealed or b""]
        assert all(OPENID.encode() not in one and b"u-test" not in one for one in kept)
        assert len(audited("wechat.bind")) == 1

    def test_goes_on_with_the_ticket_when_the_number_was_not_given(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        answer = sign_in(client, wechat.log_in(OPENID), "no such code")
        assert refusal(answer) == (401, "wechat_phone_code_refused")
        body = {"ticket": answer.get_json()["ticket"], "phone_code": wechat.share_phone(PHONE)}
        assert client.post("/api/v1/sign-in/wechat/phone", json=body).status_code == 201

    def test_enters_an_account_in_which_there_is_nothing(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        account = make.make_account(phone=PHONE)
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        assert opened(client, answer) == str(account.id)

    @pytest.mark.parametrize(("country", "phone"), [("852", "51234567"), ("86", "1381234567")])
    def test_takes_numbers_of_the_mainland_only(
        self, client: FlaskClient, wechat: WechatServer, country: str, phone: str
    ) -> None:
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(phone, country))
        assert refusal(answer) == (422, "phone_not_mainland")

    def test_refuses_a_number_shared_with_another_mini_program(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        code = wechat.share_phone(PHONE, app_id="wx-another")
        answer = sign_in(client, wechat.log_in(OPENID), code)
        assert refusal(answer) == (401, "wechat_phone_code_refused")
        assert db.session.scalar(select(func.count()).select_from(Account)) == 0


class TestNumberWithAnAccount:
    def ask(self, client: FlaskClient, wechat: WechatServer) -> str:
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        assert refusal(answer) == (401, "phone_code_needed")
        assert answer.get_json()["phone"] == "138****5678"
        ticket: str = answer.get_json()["ticket"]
        return ticket

    def prove(self, client: FlaskClient, ticket: str, code: str) -> TestResponse:
        return client.post("/api/v1/sign-in/wechat/code", json={"ticket": ticket, "code": code})

    def send(self, client: FlaskClient, ticket: str, **more: str) -> None:
        body = {"ticket": ticket, **more}
        assert client.post("/api/v1/sign-in/wechat/codes", json=body).status_code == 202

    def test_takes_a_code_to_it_once(
        self, client: FlaskClient, wechat: WechatServer, outbox: Outbox
    ) -> None:
        owner = make_owner()
        ticket = self.ask(client, wechat)
        self.send(client, ticket)
        assert outbox.sent[0].phone == PHONE
        wrong = f"{(int(outbox.code) + 1) % 1_000_000:06d}"
        assert refusal(self.prove(client, ticket, wrong)) == (401, "sign_in_refused")
        assert opened(client, self.prove(client, ticket, outbox.code)) == str(owner.id)
        assert opened(client, sign_in(client, wechat.log_in(OPENID))) == str(owner.id)

    def test_is_asked_the_second_question_after_a_silence(
        self, client: FlaskClient, wechat: WechatServer, outbox: Outbox
    ) -> None:
        owner = make_owner()
        owner.phone_proved_at = clock.now() - dormancy.DORMANT_AFTER
        ticket = self.ask(client, wechat)
        self.send(client, ticket)
        assert refusal(self.prove(client, ticket, outbox.code)) == (401, "second_question")
        assert db.session.scalar(select(WechatBinding.id)) is None

    def test_may_be_typed_instead_of_shared(
        self, client: FlaskClient, wechat: WechatServer, outbox: Outbox
    ) -> None:
        ticket = sign_in(client, wechat.log_in(OPENID)).get_json()["ticket"]
        body = {"ticket": ticket}
        asked = client.post("/api/v1/sign-in/wechat/codes", json=body)
        assert refusal(asked) == (401, "phone_needed")
        self.send(client, ticket, phone=PHONE)
        opened(client, self.prove(client, ticket, outbox.code))
        assert db.session.scalars(select(Account)).one().phone_proved_at is not None

    def test_bound_to_another_wechat_user_is_told(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        sign_in(client, wechat.log_in("o-first"), wechat.share_phone(PHONE))
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        assert refusal(answer) == (409, "account_has_wechat")

    def test_with_a_password_is_not_opened_by_wechat(
        self, client: FlaskClient, wechat: WechatServer, outbox: Outbox
    ) -> None:
        make.make_account(phone=PHONE, login_name="officer")
        ticket = self.ask(client, wechat)
        self.send(client, ticket)
        assert refusal(self.prove(client, ticket, outbox.code)) == (401, "sign_in_refused")

    def test_disabled_is_not_opened_by_wechat(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        account = opened(client, sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE)))
        db.session.get_one(Account, account).state = AccountState.DISABLED
        answer = sign_in(client, wechat.log_in(OPENID))
        assert refusal(answer) == (401, "sign_in_refused")


class TestNewHolderOfTheNumber:
    """The number in WeChat is an old one: somebody else holds it by now."""

    @pytest.fixture
    def former(self, client: FlaskClient, wechat: WechatServer) -> str:
        """The former holder's token, by WeChat."""
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        token: str = answer.get_json()["token"]
        return token

    def is_out(self, client: FlaskClient, wechat: WechatServer, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        is_ended = client.get("/api/v1/me", headers=headers).status_code == 401
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        return is_ended and answer.get_json()["code"] == "phone_code_needed"

    def test_is_alone_in_the_account_after_a_code(
        self, client: FlaskClient, wechat: WechatServer, outbox: Outbox, former: str
    ) -> None:
        client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
        body = {"phone": PHONE, "code": outbox.code}
        account = opened(client, client.post("/api/v1/sign-in/phone", json=body))
        make.give_role(db.session.get_one(Account, account), Role.BUYING_UNIT_CLERK)
        assert self.is_out(client, wechat, former)

    def test_is_alone_in_the_account_when_given_a_role(
        self, client: FlaskClient, wechat: WechatServer, former: str
    ) -> None:
        manager = make.make_account(role=Role.PLATFORM_ADMIN)
        make.sign_in(client, manager)
        body = {"phone": PHONE, "role": Role.AUDITOR, "scope_id": None}
        assert client.post("/api/v1/memberships", json=body).status_code == 201
        del client.environ_base["HTTP_AUTHORIZATION"]
        assert self.is_out(client, wechat, former)


class TestWhatWechatRefuses:
    def test_a_code_used_before_or_five_minutes_old(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        code = wechat.log_in(OPENID)
        assert sign_in(client, code).status_code == 401
        assert refusal(sign_in(client, code)) == (401, "wechat_code_refused")
        old = wechat.log_in(OPENID)
        with clock.travel(clock.now() + timedelta(minutes=5)):
            assert refusal(sign_in(client, old)) == (401, "wechat_code_refused")
        assert refusal(sign_in(client, "invented")) == (401, "wechat_code_refused")

    def test_a_user_at_risk(self, client: FlaskClient, wechat: WechatServer) -> None:
        wechat.blocked.add(OPENID)
        assert refusal(sign_in(client, wechat.log_in(OPENID))) == (403, "wechat_blocked")

    def test_a_user_who_comes_too_often(self, client: FlaskClient, wechat: WechatServer) -> None:
        wechat.asked_of_user[OPENID] = 100
        answer = sign_in(client, wechat.log_in(OPENID))
        assert refusal(answer) == (429, "wechat_too_often")
        assert answer.headers["Retry-After"] == "60"

    @pytest.mark.parametrize(
        "said",
        [(200, b"<html>busy</html>"), (200, b"[]"), (502, b"bad gateway"), (200, b"{}"),
         (200, b'{"errcode":-1,"errmsg":"system error"}'),
         (200, b'{"errcode":40164,"errmsg":"invalid ip, not in whitelist"}')],
    )  # fmt: skip
    def test_counts_no_try_that_wechat_did_not_look_at(
        self, client: FlaskClient, wechat: WechatServer, said: tuple[int, bytes]
    ) -> None:
        wechat.says = [said]
        answer = sign_in(client, wechat.log_in(OPENID))
        assert refusal(answer) == (503, "wechat_unavailable")
        assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 0

    def test_waits_for_a_slow_answer_no_longer_than_it_says(
        self, client: FlaskClient, wechat: WechatServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wechat_client, "TIMEOUT_SECONDS", 0.05)
        wechat.waits.clear()
        answer = sign_in(client, "any")
        wechat.waits.set()
        assert refusal(answer) == (503, "wechat_unavailable")

    def test_locks_an_address_out_that_guesses(
        self, client: FlaskClient, wechat: WechatServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attempts, "FAILURES_OF_AN_ADDRESS", 3)
        for number in range(3):
            assert sign_in(client, f"guess-{number}").status_code == 401
        assert refusal(sign_in(client, wechat.log_in(OPENID))) == (429, "too_many_attempts")
        assert wechat.calls["/sns/jscode2session"] == 3

    def test_shows_no_secret_in_any_answer_or_log(
        self, client: FlaskClient, wechat: WechatServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        answers = [sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))]
        wechat.says = [(200, f'{{"session_key":"{SESSION_KEY}"}}'.encode())]
        answers.append(sign_in(client, "any"))
        answers.append(sign_in(client, wechat.log_in(OPENID, "u-test")))
        said = caplog.text + "".join(answer.text for answer in answers)
        for secret in (SESSION_KEY, SECRET, OPENID, "u-test", PHONE, wechat.token):
            assert secret not in said
        kept = db.session.execute(select(WechatBinding.__table__)).all()
        assert SESSION_KEY not in str(kept)


class TestOwnWechat:
    def test_is_bound_and_unbound(self, client: FlaskClient, wechat: WechatServer) -> None:
        account = make.make_account(phone=PHONE)
        other = make.sign_in(client, account)
        make.sign_in(client, account)
        assert client.get("/api/v1/me/wechat").get_json() == {"bound_at": None}
        body = {"code": wechat.log_in(OPENID)}
        assert client.put("/api/v1/me/wechat", json=body).get_json()["bound_at"]
        body = {"code": wechat.log_in(OPENID)}
        assert client.put("/api/v1/me/wechat", json=body).status_code == 200
        body = {"code": wechat.log_in("o-another")}
        assert refusal(client.put("/api/v1/me/wechat", json=body)) == (409, "account_has_wechat")
        assert opened(client, sign_in(client, wechat.log_in(OPENID))) == str(account.id)
        assert client.delete("/api/v1/me/wechat").status_code == 204
        headers = {"Authorization": f"Bearer {other}"}
        assert client.get("/api/v1/me", headers=headers).status_code == 401
        assert refusal(sign_in(client, wechat.log_in(OPENID))) == (401, "phone_needed")

    def test_is_not_taken_from_another_account(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        make.sign_in(client, make.make_account())
        body = {"code": wechat.log_in(OPENID)}
        assert refusal(client.put("/api/v1/me/wechat", json=body)) == (
            409,
            "wechat_bound_elsewhere",
        )

    def test_needs_a_fresh_proof(self, client: FlaskClient, wechat: WechatServer) -> None:
        make.sign_in(client, make.make_account())
        with clock.travel(clock.now() + timedelta(minutes=11)):
            body = {"code": wechat.log_in(OPENID)}
            assert client.put("/api/v1/me/wechat", json=body).status_code == 403
            assert client.delete("/api/v1/me/wechat").status_code == 403

    def test_stays_where_it_is_the_only_door(
        self, client: FlaskClient, wechat: WechatServer
    ) -> None:
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        account = db.session.get_one(Account, opened(client, answer))
        account.phone_sealed = account.phone_index = None
        account.phone_released_at = clock.now()
        csrf = make.sign_in_page(client, account)
        page = client.post("/me/wechat/unbind", data={"csrf_token": csrf})
        assert page.status_code == 409
        assert str(errors.LastDoor.title.zh) in page.text

    def test_is_seen_and_ended_on_a_page(self, client: FlaskClient, wechat: WechatServer) -> None:
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        account = db.session.get_one(Account, opened(client, answer))
        csrf = make.sign_in_page(client, account)
        assert "/me/wechat" in client.get("/me").text
        assert "已绑定" in client.get("/me/wechat").text
        assert client.post("/me/wechat/unbind", data={"csrf_token": csrf}).status_code == 303
        assert "未绑定" in client.get("/me/wechat").text

    def test_is_forgotten_once(self, client: FlaskClient, wechat: WechatServer) -> None:
        answer = sign_in(client, wechat.log_in(OPENID), wechat.share_phone(PHONE))
        account = db.session.get_one(Account, opened(client, answer))
        assert service.forget(account.id)
        assert not service.forget(account.id)
        assert len(audited("wechat.unbind")) == 1


class TestRetention:
    def test_forgets_sign_ins_that_were_not_finished(
        self, app: Flask, client: FlaskClient, wechat: WechatServer
    ) -> None:
        sign_in(client, wechat.log_in(OPENID))
        jobs.drop_old_tickets()
        assert db.session.scalar(select(func.count()).select_from(WechatTicket)) == 1
        with clock.travel(clock.now() + jobs.KEPT + timedelta(seconds=1)):
            jobs.drop_old_tickets()
        assert db.session.scalar(select(func.count()).select_from(WechatTicket)) == 0

    def test_problems_are_said_in_both_languages(self) -> None:
        kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, Problem)]
        for kind in kinds:
            assert any("\u4e00" <= c <= "\u9fff" for c in kind.title.zh)
