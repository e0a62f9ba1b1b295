"""The yearly tasks in pages: set, revised, read."""

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.permissions import Role
from tests.factories import identity
from tests.factories.credits import DONGYANG, JINHUA
from tests.factories.partners import office_of
from tests.factories.quotas import make_quota, pairing_of


def sign_in(client: FlaskClient, role: Role, region_code: str = JINHUA) -> str:
    account = identity.make_account(role=role, scope=office_of(region_code).id)
    return identity.sign_in_page(client, account)


def form(token: str, **changes: str) -> dict[str, str]:
    given = {
        "csrf_token": token, "subject": f"{pairing_of(DONGYANG, '511922')}:{DONGYANG}",
        "year": str(clock.today().year), "amount_yuan": "60,000.00", "document": "金对口办〔2026〕3号",
    }  # fmt: skip
    return {**given, **changes}


class TestSetTask:
    def test_is_set_and_moves_the_report(self, client: FlaskClient) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        assert "东阳市 · 东阳市—南江县" in client.get("/office/quotas").text
        assert client.post("/office/quotas", data=form(token)).status_code == 303
        page = client.get("/office/quotas").text
        assert "60,000.00" in page
        assert "金对口办〔2026〕3号" in page
        assert "年度任务 ¥60,000.00" in client.get(f"/office/progress?region={DONGYANG}").text

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("amount_yuan", "x"),
            ("document", ""),
            ("subject", ""),
            ("subject", "x:y"),
            ("year", "x"),
        ],
    )
    def test_says_what_is_wrong_and_sets_nothing(
        self, client: FlaskClient, field: str, typed: str
    ) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        refused = client.post("/office/quotas", data=form(token, **{field: typed}))
        assert refused.status_code == 422
        assert "这一年还没有下达任务" in client.get("/office/quotas").text

    def test_a_task_set_twice_is_said(self, client: FlaskClient) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        client.post("/office/quotas", data=form(token))
        assert client.post("/office/quotas", data=form(token)).status_code == 422

    def test_an_officer_reads_only(self, client: FlaskClient) -> None:
        make_quota()
        token = sign_in(client, Role.OFFICE_OFFICER, DONGYANG)
        page = client.get("/office/quotas").text
        assert "1,000,000.00" in page
        assert "下达任务</h2>" not in page
        assert client.post("/office/quotas", data=form(token)).status_code == 403

    def test_a_county_carries_tasks_and_sets_none(self, client: FlaskClient) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER, DONGYANG)
        assert "下达任务</h2>" not in client.get("/office/quotas").text
        assert client.post("/office/quotas", data=form(token)).status_code == 422


class TestReviseTask:
    def test_keeps_what_was_decided_before(self, client: FlaskClient) -> None:
        quota = make_quota()
        token = sign_in(client, Role.OFFICE_APPROVER)
        data = {"csrf_token": token, "amount_yuan": "1200000", "document": "调整纪要"}
        client.post(f"/office/quotas/{quota.id}/revise", data=data)
        page = client.get("/office/quotas").text
        assert "1,200,000.00" in page
        assert "1,000,000.00" in page

    def test_a_paper_is_needed(self, client: FlaskClient) -> None:
        quota = make_quota()
        token = sign_in(client, Role.OFFICE_APPROVER)
        data = {"csrf_token": token, "amount_yuan": "1200000", "document": ""}
        client.post(f"/office/quotas/{quota.id}/revise", data=data)
        page = client.get("/office/quotas").text
        assert "请填写金额和文件" in page
        assert "1,200,000.00" not in page
