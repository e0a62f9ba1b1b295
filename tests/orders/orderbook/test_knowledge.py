"""A number that comes back after a long silence never opens the former holder's orders."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.identity import attempts, senders
from marketplace.identity.codes import MadeCode, phone_index
from marketplace.identity.dormancy import DORMANT_AFTER
from marketplace.identity.models import Account, FormerPhone
from orders.orderbook.knowledge import is_known
from orders.trades.models import Order
from tests.factories import identity as make
from tests.factories.orders import buy, make_market, trade_of

PHONE = "13812345678"
LATER = DORMANT_AFTER + timedelta(hours=1)
API = "/api/v1/sign-in/phone"


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[MadeCode]:
    sent: list[MadeCode] = []
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: sent.append(made))
    return sent


@pytest.fixture
def owner() -> Account:
    return make.make_account(phone=PHONE)


@pytest.fixture
def order(owner: Account) -> Order:
    market = make_market()
    [order] = buy(make.actor_of(owner), [(market.mutton, 1)])
    return order


def enter(client: FlaskClient, codes: list[MadeCode]) -> TestResponse:
    client.post("/api/v1/sign-in/codes", json={"phone": PHONE})
    return client.post(API, json={"phone": PHONE, "code": codes[-1].code})


def answer(client: FlaskClient, question: str, **said: Any) -> TestResponse:
    body = {"question": question, "name": "示例收货人"} | said
    return client.post(f"{API}/answer", json=body)


def seen(client: FlaskClient, token: str) -> list[Any]:
    headers = {"Authorization": f"Bearer {token}"}
    items: list[Any] = client.get("/api/v1/orders", headers=headers).json["items"]
    return items


class TestBeforeTheSilence:
    def test_the_number_is_enough(
        self, client: FlaskClient, codes: list[MadeCode], owner: Account, order: Order
    ) -> None:
        with clock.travel(clock.now() + DORMANT_AFTER - timedelta(hours=1)):
            assert enter(client, codes).status_code == 201
        # That was a proof: the silence begins anew.
        with clock.travel(clock.now() + LATER):
            assert enter(client, codes).status_code == 201


class TestAfterTheSilence:
    @pytest.fixture
    def question(
        self, client: FlaskClient, codes: list[MadeCode], owner: Account, order: Order, travel: Any
    ) -> str:
        travel(clock.now() + LATER)
        asked = enter(client, codes)
        assert (asked.status_code, asked.json["code"]) == (401, "second_question")
        return str(asked.json["question"])

    def test_the_owner_is_known_by_an_order(
        self, client: FlaskClient, question: str, owner: Account, order: Order
    ) -> None:
        opened = answer(client, question, number=f" {order.order_no.lower()} ")
        assert opened.status_code == 201, opened.text
        assert len(seen(client, opened.json["token"])) == 1
        again = answer(client, question, number=order.order_no)
        assert (again.status_code, again.json["code"]) == (401, "question_over")

    def test_or_by_its_payment(self, client: FlaskClient, question: str, order: Order) -> None:
        number = trade_of(order.trade_id).trade_no
        assert answer(client, question, number=number).status_code == 201

    def test_a_name_alone_or_a_number_alone_proves_nothing(
        self, client: FlaskClient, question: str, order: Order
    ) -> None:
        said = [
            answer(client, question, number="DD0000-0000-0000"),
            answer(client, question, number=order.order_no, name="别人"),
            answer(client, question, number="58.00"),
        ]
        assert {(one.status_code, one.json["code"]) for one in said} == {(401, "answer_refused")}
        assert len({one.json["title"] for one in said}) == 1

    def test_guessing_ends_for_the_day_also_with_a_new_code(
        self, client: FlaskClient, codes: list[MadeCode], question: str, order: Order, travel: Any
    ) -> None:
        for _ in range(attempts.FAILURES_OF_A_SUBJECT):
            assert answer(client, question, number="x").status_code == 401
        assert answer(client, question, number=order.order_no).status_code == 429
        travel(clock.now() + timedelta(hours=2))
        fresh = enter(client, codes).json["question"]
        assert answer(client, fresh, number=order.order_no).status_code == 429

    def test_the_question_ends_after_ten_minutes(
        self, client: FlaskClient, question: str, order: Order, travel: Any
    ) -> None:
        travel(clock.now() + timedelta(minutes=11))
        late = answer(client, question, number=order.order_no)
        assert late.json["code"] == "question_over"

    def test_a_new_holder_starts_afresh_and_sees_nothing(
        self, client: FlaskClient, codes: list[MadeCode], question: str, order: Order, travel: Any
    ) -> None:
        owner_id = order.account_id
        opened = client.post(f"{API}/afresh", json={"question": question})
        assert opened.status_code == 201, opened.text
        assert seen(client, opened.json["token"]) == []
        holder = db.session.scalars(
            select(Account).where(Account.phone_index == phone_index(PHONE))
        ).one()
        assert holder.id != owner_id
        former = db.session.scalars(select(FormerPhone)).one()
        assert former.account_id == owner_id
        released = select(AuditEntry).where(AuditEntry.action == "phone.release")
        assert db.session.scalars(released).one().subject_id == str(owner_id)
        assert db.session.get_one(Order, order.id).account_id == owner_id
        travel(clock.now() + timedelta(minutes=2))
        assert seen(client, enter(client, codes).json["token"]) == []

    def test_sessions_of_the_former_holder_end_when_the_number_is_released(
        self, client: FlaskClient, question: str, owner: Account
    ) -> None:
        make.sign_in(client, owner)
        client.post(f"{API}/afresh", json={"question": question})
        assert client.get("/api/v1/me").status_code == 401


class TestWhoIsNotAsked:
    def test_an_account_in_which_there_is_nothing(
        self, client: FlaskClient, codes: list[MadeCode], owner: Account
    ) -> None:
        with clock.travel(clock.now() + LATER):
            assert enter(client, codes).status_code == 201


class TestAuthenticator:
    def test_answers_too(self, client: FlaskClient, codes: list[MadeCode], travel: Any) -> None:
        make.make_account(phone=PHONE, has_totp=True)
        travel(clock.now() + LATER)
        question = enter(client, codes).json["question"]
        assert answer(client, question, number="000000").status_code == 401
        assert answer(client, question, number=make.totp_code()).status_code == 201


class TestPages:
    def test_ask_and_let_the_owner_in(
        self, client: FlaskClient, codes: list[MadeCode], owner: Account, order: Order, travel: Any
    ) -> None:
        travel(clock.now() + LATER)
        make.browse(client)
        page = client.get("/sign-in?next=/orders").text
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "phone": PHONE, "next": "/orders"}
        client.post("/sign-in/code", data=form)
        page = client.post("/sign-in/phone", data=form | {"code": codes[-1].code}).text
        assert "以前的账号不是我的" in page
        question = re.search(r'name="question" value="([^"]+)"', page)
        assert question is not None
        form |= {"question": question[1], "name": "示例收货人"}
        refused = client.post("/sign-in/answer", data=form | {"number": "x"})
        assert "核对不上" in refused.text
        done = client.post("/sign-in/answer", data=form | {"number": order.order_no})
        assert (done.status_code, done.headers["Location"]) == (303, "/orders")

    def test_change_the_number_with_both_codes(
        self, client: FlaskClient, codes: list[MadeCode], owner: Account
    ) -> None:
        token = make.sign_in_page(client, owner)
        form = {"csrf_token": token, "phone": "13912345678"}
        page = client.post("/me/phone/codes", data=form).text
        assert "138****5678" in page
        new, old = codes[-2].code, codes[-1].code
        form |= {"code": new, "old_code": "000000" if old != "000000" else "000001"}
        refused = client.post("/me/phone", data=form)
        assert refused.status_code == 422
        assert 'aria-invalid="true"' in refused.text


class TestIsKnown:
    def test_reads_what_a_person_types(self, owner: Account, order: Order) -> None:
        wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in order.order_no)
        assert is_known(owner.id, "示例 收货人", wide)
        assert not is_known(make.make_account().id, "示例收货人", order.order_no)
