"""The JSON API of payments tells the truth at every moment."""

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.ids import new_id
from orders.payments.models import PaymentAttempt
from orders.payments.sandbox import service as sandbox
from orders.payments.sandbox.switches import Switches, set_switches
from orders.trades.models import Trade
from tests.factories.identity import make_account, sign_in
from tests.factories.payments import make_trade, start_attempt, take_notices


@pytest.fixture
def shopper() -> Account:
    return make_account()


@pytest.fixture
def headers(client: FlaskClient, shopper: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_in(client, shopper)}"}


@pytest.fixture
def trade(shopper: Account) -> Trade:
    return make_trade(5800, 1200, account_id=shopper.id)


class TestStartPayment:
    def test_answers_with_where_to_pay(
        self, client: FlaskClient, headers: dict[str, str], trade: Trade
    ) -> None:
        response = client.post(f"/api/v1/trades/{trade.id}/payments", json={}, headers=headers)
        assert response.status_code == 201
        assert response.json is not None
        assert response.json["state"] == "pending"
        assert response.json["amount_fen"] == 7000
        assert response.json["redirect_url"].startswith("http://localhost/sandbox/pay/pay_")

    def test_gives_one_payment_for_one_idempotency_key(
        self, client: FlaskClient, headers: dict[str, str], trade: Trade
    ) -> None:
        keyed = headers | {"Idempotency-Key": "pay-once"}
        answers = [
            client.post(f"/api/v1/trades/{trade.id}/payments", json={}, headers=keyed)
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json == answers[1].json
        assert db.session.query(PaymentAttempt).filter_by(trade_id=trade.id).count() == 1

    @pytest.mark.parametrize(
        "body", [{"amount_fen": 1}, {"provider": 7}, {"provider": "bitcoin"}, {"provider": ""}]
    )
    def test_refuses_what_is_not_the_callers_to_say(
        self, client: FlaskClient, headers: dict[str, str], trade: Trade, body: dict[str, object]
    ) -> None:
        response = client.post(f"/api/v1/trades/{trade.id}/payments", json=body, headers=headers)
        assert response.status_code == 422
        assert response.json is not None
        assert list(response.json["fields"]) == list(body)
        assert db.session.query(PaymentAttempt).filter_by(trade_id=trade.id).count() == 0

    def test_hides_the_trade_of_another(self, client: FlaskClient, headers: dict[str, str]) -> None:
        other = make_trade()
        response = client.post(f"/api/v1/trades/{other.id}/payments", json={}, headers=headers)
        assert response.status_code == 404

    def test_asks_strangers_to_sign_in(self, client: FlaskClient, trade: Trade) -> None:
        assert client.post(f"/api/v1/trades/{trade.id}/payments", json={}).status_code == 401


class TestGetPayment:
    def get(
        self, client: FlaskClient, headers: dict[str, str], attempt: PaymentAttempt
    ) -> dict[str, object]:
        response = client.get(f"/api/v1/payments/{attempt.id}", headers=headers)
        assert response.status_code == 200
        assert response.json is not None
        answer: dict[str, object] = response.json
        return answer

    def test_tells_the_truth_from_click_to_money(
        self, client: FlaskClient, headers: dict[str, str], trade: Trade
    ) -> None:
        attempt = start_attempt(trade)
        assert self.get(client, headers, attempt)["state"] == "created"
        client.post(f"/api/v1/trades/{trade.id}/payments", json={}, headers=headers)
        pending = self.get(client, headers, attempt)
        assert (pending["state"], bool(pending["redirect_url"])) == ("pending", True)

        db.session.refresh(attempt)
        sandbox.confirm_payment(attempt.provider_reference or "")
        # Charged, and the shop has not heard of it: it does not pretend.
        assert self.get(client, headers, attempt)["state"] == "pending"

        for notice in take_notices():
            notice.post(client)
        paid = self.get(client, headers, attempt)
        assert (paid["state"], paid["outcome"]) == ("succeeded", "accepted")
        assert (paid["captured"], paid["redirect_url"]) == (7000, None)
        assert paid["message"] == "付款成功"

    def test_says_where_money_is_that_could_not_be_kept(
        self,
        client: FlaskClient,
        headers: dict[str, str],
        trade: Trade,
    ) -> None:
        client.post(f"/api/v1/trades/{trade.id}/payments", json={}, headers=headers)
        attempt = db.session.query(PaymentAttempt).filter_by(trade_id=trade.id).one()
        set_switches(attempt.id, Switches(charges_currency="USD"))
        sandbox.confirm_payment(attempt.provider_reference or "")
        for notice in take_notices():
            notice.post(client)
        answer = self.get(client, headers | {"Accept-Language": "en"}, attempt)
        assert answer["outcome"] == "other_currency"
        assert answer["message"] == (
            "¥70.00 was due and 70.00 USD came, which is not yuan: it does not pay the order;"
            " 70.00 USD is being sent back to the account that paid."
        )
        (refund,) = answer["refunds"]  # type: ignore[misc]
        assert (refund["amount"], refund["currency"]) == (7000, "USD")

    def test_hides_the_payment_of_another(
        self, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        attempt = start_attempt(make_trade())
        response = client.get(f"/api/v1/payments/{attempt.id}", headers=headers)
        assert response.status_code == 404
        missing = client.get(f"/api/v1/payments/{new_id()}", headers=headers)
        assert missing.status_code == 404
