"""A refused refund is tried again, or paid from the bank by two officers; never both."""

import io
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from marketplace.identity.actor import SYSTEM
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import refunds
from orders.payments.models import Refund, RefundState
from orders.payments.provider import RefundStanding
from tests.factories.identity import make_account, sign_in_page
from tests.factories.payments import PROVIDER, list_orders, make_trade, pay, refund_news
from tests.factories.pictures import picture
from tests.orders.invariants import broken

HOME = "/desk/failed-refunds"


@pytest.fixture
def refused() -> Refund:
    trade = make_trade(5800)
    pay(trade)
    (order,) = list_orders(trade)
    refund = refunds.request_refund(order, amount_fen=800, cause_id=new_id(), actor=SYSTEM)
    refunds.record_refused(refund.id, "收款账户已注销")
    return refund


def officer(client: FlaskClient) -> str:
    return sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))


def evidence(token: str, **said: Any) -> dict[str, Any]:
    form = {"csrf_token": token, "bank_serial": "B20261122001", "paid_on": "2026-11-22",
            "note": "付至买家本人账户，已电话核实", "proof": (io.BytesIO(picture()), "回单.png")}  # fmt: skip
    return form | said


def record(client: FlaskClient, token: str, refund: Refund, **said: Any) -> Any:
    return client.post(
        f"{HOME}/{refund.id}/settlement", data=evidence(token, **said),
        content_type="multipart/form-data",
    )  # fmt: skip


def state_of(refund: Refund) -> RefundState:
    db.session.refresh(refund)
    return refund.state


class TestFailedRefunds:
    def test_are_listed_with_the_reason(self, client: FlaskClient, refused: Refund) -> None:
        sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get(HOME).text
        assert refused.refund_no in page
        assert "收款账户已注销" in page
        assert "重新退款" not in client.get(f"{HOME}/{refused.id}").text

    def test_name_the_provider_and_lead_to_the_order(
        self, client: FlaskClient, refused: Refund
    ) -> None:
        sign_in_page(client, make_account(role=Role.AUDITOR))
        page = client.get(f"{HOME}/{refused.id}").text
        assert "沙盒支付" in page
        assert "sandbox" not in page
        assert f'href="/orders/{refused.order_id}"' in page
        assert client.get(f"/orders/{refused.order_id}").status_code == 200

    def test_are_found_again_when_they_are_done(self, client: FlaskClient, refused: Refund) -> None:
        token = officer(client)
        record(client, token, refused)
        assert refused.refund_no not in client.get(f"{HOME}?show=ended").text
        token = officer(client)
        client.post(f"{HOME}/{refused.id}/confirm", data={"csrf_token": token})
        assert refused.refund_no not in client.get(HOME).text
        assert refused.refund_no in client.get(f"{HOME}?show=ended").text
        token = sign_in_page(client, make_account(role=Role.AUDITOR))
        assert "下载最近一次的凭证" in client.get(f"{HOME}/{refused.id}").text
        assert client.get(f"{HOME}/{refused.id}/evidence").data[8:12] == b"WEBP"
        refusal = client.post(f"{HOME}/{refused.id}/reject", data={"csrf_token": token})
        assert refusal.status_code == 403


class TestTryingAgain:
    def test_sends_it_under_a_new_name(self, client: FlaskClient, refused: Refund) -> None:
        token = officer(client)
        path = f"{HOME}/{refused.id}/retry"
        assert client.post(path, data={"csrf_token": token}).status_code == 422
        client.post(path, data={"csrf_token": token, "note": "账户已恢复"})
        assert (state_of(refused), refused.rounds, refused.failure) == ("requested", 1, None)
        assert "重新退款中" in client.get(f"{HOME}/{refused.id}").text
        assert refused.refund_no in client.get(f"{HOME}?show=again").text
        assert refused.refund_no not in client.get(HOME).text
        client.post(path, data={"csrf_token": token, "note": "再点一次"})
        assert refused.rounds == 1

    def test_is_not_ended_by_late_news_of_the_first_try(self, refused: Refund) -> None:
        refused.provider_reference = "re_first"
        refunds.try_again(refused)
        late = replace(
            refund_news(refused, standing=RefundStanding.FAILED), provider_reference="re_first"
        )
        assert refunds.settle_refund(PROVIDER, late) == "repeated"
        assert state_of(refused) is RefundState.REQUESTED
        fresh = refund_news(refused)
        assert refunds.settle_refund(PROVIDER, fresh) == RefundState.SUCCEEDED


class TestPayingFromTheBank:
    def test_takes_two_officers_and_is_booked_once(
        self, client: FlaskClient, refused: Refund
    ) -> None:
        token = officer(client)
        assert record(client, token, refused).status_code == 303
        page = client.get(f"{HOME}/{refused.id}").text
        assert "您是登记人" in page
        client.post(f"{HOME}/{refused.id}/confirm", data={"csrf_token": token})
        client.post(f"{HOME}/{refused.id}/retry", data={"csrf_token": token, "note": "再试"})
        assert state_of(refused) is RefundState.FAILED
        token = officer(client)
        assert client.get(f"{HOME}/{refused.id}/evidence").data[8:12] == b"WEBP"
        for _ in range(2):
            client.post(f"{HOME}/{refused.id}/confirm", data={"csrf_token": token})
        assert state_of(refused) is RefundState.SUCCEEDED
        assert journal.get_balance(AccountKind.BUYERS_CLEARING) == 0
        assert journal.get_balance(AccountKind.BANK) == -800
        held = journal.get_balance(AccountKind.PROVIDER_CLEARING, provider_owner(PROVIDER))
        assert held == 5800
        about = ("银行存款", "欠买家", "另行付清", "退款到账")
        assert [one for one in broken() if any(word in one for word in about)] == []

    def test_can_be_taken_back_and_recorded_anew(
        self, client: FlaskClient, refused: Refund
    ) -> None:
        token = officer(client)
        record(client, token, refused)
        client.post(f"{HOME}/{refused.id}/reject", data={"csrf_token": token})
        assert record(client, token, refused).status_code == 303
        assert "待另一位财务核对" in client.get(f"{HOME}/{refused.id}").text

    @pytest.mark.parametrize(
        "said",
        [{"bank_serial": ""}, {"paid_on": "昨天"}, {"note": ""},
         {"proof": (io.BytesIO(b"hello"), "a.txt")}],
        ids=["serial", "date", "note", "proof"],
    )  # fmt: skip
    def test_needs_every_part_of_the_evidence(
        self, client: FlaskClient, refused: Refund, said: dict[str, Any]
    ) -> None:
        answer = record(client, officer(client), refused, **said)
        assert answer.status_code == 422
        assert answer.text.count("error-text") == 1
