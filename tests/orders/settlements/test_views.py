"""A settlement told over HTTP, from the run to the release."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from marketplace.identity.models import Account
from marketplace.permissions import Role
from tests.factories.identity import make_account, sign_in
from tests.factories.orders import Market
from tests.factories.settlements import START, complete_later, sell

API = "/api/v1/settlements"
RunJobs = Callable[[], int]


@pytest.fixture
def officers() -> list[Account]:
    return [make_account(role=Role.FINANCE_OFFICER) for _ in range(2)]


@pytest.fixture
def statement(
    market: Market,
    officers: list[Account],
    client: FlaskClient,
    travel: Callable[[datetime], None],
    run_jobs: RunJobs,
) -> dict:
    complete_later(
        sell(market, market.nanjiang, [(market.mutton, 2)]),
        sell(market, market.xinhe, [(market.rawap, 1)]),
    )
    travel(START + timedelta(days=15))
    sign_in(client, officers[0])
    started = client.post(f"{API}/runs", json={"end_on": "2026-06-15"})
    assert started.status_code == 201
    run_jobs()
    run = client.get(f"{API}/runs/{started.json['id']}").json
    assert (run["state"], run["statements"]) == ("done", 2)
    assert run["cooperatives_done"] == run["cooperatives"]
    client.post(f"{API}/runs/{run['id']}/issue")
    run_jobs()
    assert client.get(f"{API}/runs").json["items"][0]["by_state"] == [
        {"state": "issued", "statements": 2}
    ]
    sign_in(client, market.nanjiang.manager)
    [mine] = client.get(f"{API}/statements").json["items"]
    return mine


class TestStatements:
    def test_are_read_confirmed_and_released(
        self, client: FlaskClient, market: Market, officers: list[Account], statement: dict
    ) -> None:
        assert (statement["payable_fen"], statement["account_masked"]) == (11_600, "**** 2233")
        [line] = client.get(f"{API}/statements/{statement['id']}/lines").json["items"]
        assert (line["product_name"], line["quantity"]) == ("南江黄羊肉", 2)
        path = f"{API}/statements/{statement['id']}"
        disputed = client.post(
            f"{path}/disputes", json={"line_id": line["id"], "reason": "运费不对"}
        ).json
        assert disputed["state"] == "disputed"
        sign_in(client, officers[0])
        answered = client.post(
            f"{API}/disputes/{disputed['disputes'][0]['id']}/answer", json={"answer": "按规则算"}
        )
        assert answered.json["state"] == "issued"
        sign_in(client, market.nanjiang.manager)
        assert client.post(f"{path}/confirm").json["state"] == "confirmed"
        for officer, state in zip(officers, ("confirmed", "released"), strict=True):
            sign_in(client, officer)
            assert client.post(f"{path}/release").json["state"] == state

    def test_are_released_with_a_fresh_second_factor_only(
        self, client: FlaskClient, officers: list[Account], statement: dict
    ) -> None:
        sign_in(client, officers[0], stepped_up=False)
        refused = client.post(f"{API}/statements/{statement['id']}/release")
        assert (refused.status_code, refused.json["code"]) == (403, "step_up_required")

    def test_are_shown_to_the_auditor_who_changes_nothing(
        self, client: FlaskClient, statement: dict
    ) -> None:
        sign_in(client, make_account(role=Role.AUDITOR))
        assert len(client.get(f"{API}/statements").json["items"]) == 2
        for verb in ("confirm", "release", "reissue"):
            assert client.post(f"{API}/statements/{statement['id']}/{verb}").status_code == 403


class TestPayoutAccounts:
    def test_are_masked_wherever_they_are_shown(
        self, client: FlaskClient, market: Market, officers: list[Account]
    ) -> None:
        path = f"{API}/payout-accounts/{market.nanjiang.id}"
        sign_in(client, market.nanjiang.manager)
        account = {
            "bank_name": "示例农商银行",
            "holder": "示例合作社",
            "account_no": "6222 0202 0044 7788",
        }
        assert client.put(path, json=account).json["account_masked"] == "**** 7788"
        sign_in(client, officers[0])
        shown = client.get(path)
        assert "62220202" not in shown.text
        assert shown.json["bank_name"] == "示例农商银行"

    @pytest.mark.parametrize("account_no", ["123", "62220202001122AB", "6222" * 10, "=1+1"])
    def test_refuse_what_is_no_account_number(
        self, client: FlaskClient, market: Market, account_no: str
    ) -> None:
        sign_in(client, market.nanjiang.manager)
        body = {"bank_name": "示例农商银行", "holder": "示例合作社", "account_no": account_no}
        refused = client.put(f"{API}/payout-accounts/{market.nanjiang.id}", json=body)
        assert refused.status_code == 422
        assert "account_no" in refused.text


class TestFeeRates:
    def test_begin_today_or_later_and_do_not_overlap(
        self, client: FlaskClient, market: Market
    ) -> None:
        sign_in(client, make_account(role=Role.PLATFORM_ADMIN))
        rate = {"rate_bp": 200, "valid_from": "2026-06-01", "document": "〔2026〕1号"}
        assert client.post(f"{API}/fee-rates", json=rate).status_code == 201
        assert client.post(f"{API}/fee-rates", json=rate).json["code"] == "fee_rate_overlaps"
        past = client.post(f"{API}/fee-rates", json=rate | {"valid_from": "2026-05-31"})
        assert past.json["code"] == "fee_rate_in_the_past"
        unknown = client.post(f"{API}/fee-rates", json=rate | {"category_code": "nothing"})
        assert unknown.json["code"] == "category_unknown"
        [shown] = client.get(f"{API}/fee-rates").json["items"]
        assert (shown["rate_bp"], shown["category_code"]) == (200, None)
