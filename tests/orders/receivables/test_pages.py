"""Paying later in pages and over the API."""

import pytest
from flask.testing import FlaskClient

from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from tests.factories.bank import make_clerk, make_officers
from tests.factories.debts import buy_on_terms, make_clerk_on_terms
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import Market, deliver, make_market, orders_of, place

DESK = "/desk/receivables"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def officers() -> tuple[Actor, Actor]:
    return make_officers()


class TestPayLaterPages:
    def test_lead_from_terms_to_a_repaid_debt(self, client: FlaskClient, market: Market) -> None:
        clerk = make_clerk()
        one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
        desk = client.application.test_client()
        token = sign_in_page(desk, one)
        assert clerk.unit.name in desk.get(DESK).text
        path = f"{DESK}/{clerk.unit.id}"
        form = {"csrf_token": token, "limit": "很多", "due_days": "30", "grace_days": "15"}
        refused = desk.post(f"{path}/terms", data=form | {"reason": "协议"})
        assert refused.status_code == 422
        assert "请填写金额" in refused.text
        refused = desk.post(f"{path}/terms", data=form | {"limit": "1", "due_days": "61"})
        assert refused.status_code == 422
        desk.post(f"{path}/terms", data=form | {"limit": "200", "reason": "协议"})
        page = desk.get(path).text
        assert "您是提出人" in page
        change_id = page.split("/desk/terms-changes/")[1].split("/")[0]
        token = sign_in_page(desk, two)
        desk.post(f"/desk/terms-changes/{change_id}/confirm", data={"csrf_token": token})
        assert "额度已生效" in desk.get(path).text

        trade_id = place(clerk.actor, [(market.mutton, 2)]).trade.id
        pay = f"/trades/{trade_id}/pay"
        token = sign_in_page(client, clerk.account)
        assert "先货后款" in client.get(pay).text
        client.post(pay, data={"csrf_token": token, "provider": "pay_later"})
        page = client.get(pay).text
        for said in (
            "验收后待确认",
            "先货后款，待付款",
            "货物已放行",
            "转账信息",
            "还需转账",
            "116.00",
        ):
            assert said in page, said
        [order] = orders_of(trade_id)
        assert "先货后款，已放行" in client.get(f"/orders/{order.id}").text
        assert "付款单号" not in client.get(pay).text
        deliver(clerk.actor, market.nanjiang, order)
        page = client.get("/payables").text
        assert "前付清" in page
        assert "84.00" in page
        assert "116.00" in desk.get(DESK).text
        form = {"csrf_token": token, "provider": "sandbox", "amount": "500"}
        client.post(f"{pay}/repay", data=form)
        assert "不超过应付款" in client.get(pay).text
        form["provider"] = "bank_transfer"
        client.post(f"{pay}/repay", data=form)
        assert "请按转账信息转账归还" in client.get(pay).text
        sent = client.post(f"{pay}/repay", data=form | {"provider": "sandbox", "amount": "16"})
        assert "/sandbox/pay/" in sent.headers["Location"]
        client.post(f"{pay}/change", data={"csrf_token": token})
        assert "去归还" in client.get(pay).text


class TestPayLaterApi:
    def test_releases_tells_and_repays(
        self, client: FlaskClient, market: Market, officers: tuple[Actor, Actor]
    ) -> None:
        clerk = make_clerk_on_terms(officers)
        trade_id = place(clerk.actor, [(market.mutton, 2)]).trade.id
        sign_in(client, clerk.account)
        api = f"/api/v1/trades/{trade_id}"
        assert client.post(f"{api}/payments", json={"provider": "pay_later"}).status_code == 201
        told = client.get(api).json
        assert (told["paid_at"], told["state_title"]) == (None, "先货后款，待付款")
        [item] = client.get("/api/v1/payables").json["items"]
        assert (item["owed_fen"], item["due_on"]) == (11_600, None)
        assert client.get(f"{api}/transfer").json["missing_fen"] == 11_600
        started = client.post(f"{api}/repayments", json={"amount_fen": 600})
        assert (started.status_code, started.json["amount_fen"]) == (201, 600)

    def test_grants_terms_by_two(self, client: FlaskClient, market: Market) -> None:
        unit = make_clerk().unit
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        command = {"buying_unit_id": str(unit.id), "limit_fen": 5, "reason": "协议"}
        change = client.post("/api/v1/receivables/terms", json=command).json
        path = f"/api/v1/receivables/terms/{change['id']}"
        assert client.post(f"{path}/confirm").json["code"] == "change_confirmed_by_same_officer"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER), stepped_up=False)
        assert client.post(f"{path}/confirm").json["code"] == "step_up_required"
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        assert client.post(f"{path}/confirm").json["due_days"] == 30
        [row] = client.get("/api/v1/receivables").json["items"]
        assert (row["unit_name"], row["limit_fen"], row["owed_fen"]) == (unit.name, 5, 0)

    def test_hides_the_debts_of_others(
        self, client: FlaskClient, market: Market, officers: tuple[Actor, Actor]
    ) -> None:
        trade = buy_on_terms(make_clerk_on_terms(officers).actor, [(market.mutton, 1)])
        sign_in(client, make_clerk("示例医院 · 缙云").account)
        assert client.get("/api/v1/payables").json == {"items": []}
        assert client.post(f"/api/v1/trades/{trade.id}/repayments", json={}).status_code == 404
