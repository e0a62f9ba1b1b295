"""A credited sale in pages: its evidence, and what an office decides."""

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.permissions import Role
from partners.credits.facts import SaleFacts
from partners.credits.queries import list_outcomes
from partners.pairings.models import Relation
from tests.factories import identity
from tests.factories.credits import DONGYANG, NANJIANG, make_sale
from tests.factories.partners import make_pairing, office_of


def sign_in(client: FlaskClient, role: Role, region_code: str = DONGYANG) -> str:
    account = identity.make_account(role=role, scope=office_of(region_code).id)
    return identity.sign_in_page(client, account)


def stage_of(facts: SaleFacts) -> str | None:
    (found,) = [one for one in list_outcomes([facts.line_id]) if one.scheme == "pairing"]
    return found.stage


@pytest.fixture
def doubtful() -> SaleFacts:
    return make_sale(flags=("split_purchase",))


class TestShowCreditedSale:
    def test_shows_the_facts_the_decisions_and_every_entry(self, client: FlaskClient) -> None:
        facts = make_sale(amount_fen=30_000)
        sign_in(client, Role.OFFICE_OFFICER)
        page = client.get(f"/office/sales/{facts.line_id}").text
        for said in (
            "南江黄羊", "四川省巴中市南江县", "RD-511922-0001", "计入东阳市—南江县结对任务",
            "计入示例学校 · 东阳预留份额", "供应台账", "300.00", "付款",
        ):  # fmt: skip
            assert said in page

    def test_an_officer_decides_nothing(self, client: FlaskClient) -> None:
        facts = make_sale()
        sign_in(client, Role.OFFICE_OFFICER)
        assert "对口办处理" not in client.get(f"/office/sales/{facts.line_id}").text

    def test_an_office_elsewhere_does_not_find_it(self, client: FlaskClient) -> None:
        facts = make_sale()
        sign_in(client, Role.OFFICE_OFFICER, "331122")
        assert client.get(f"/office/sales/{facts.line_id}").status_code == 404

    def test_the_lines_behind_a_figure_lead_here(self, client: FlaskClient) -> None:
        facts = make_sale()
        sign_in(client, Role.OFFICE_OFFICER)
        lines = client.get(f"/office/progress/lines?year={clock.today().year}").text
        assert f"/office/sales/{facts.line_id}" in lines


class TestHeldSales:
    def test_wait_until_they_are_released(self, client: FlaskClient, doubtful: SaleFacts) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        assert f"/office/sales/{doubtful.line_id}" in client.get("/office/held").text
        page = client.get(f"/office/sales/{doubtful.line_id}").text
        assert "疑似拆分采购" in page
        form = {"csrf_token": token, "note": "两个食堂分别采购"}
        address = f"/office/sales/{doubtful.line_id}/release"
        assert client.post(address, data=form).status_code == 303
        assert stage_of(doubtful) == "pending"
        assert "没有暂缓的销售" in client.get("/office/held").text

    def test_a_decision_says_why(self, client: FlaskClient, doubtful: SaleFacts) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        form = {"csrf_token": token, "note": ""}
        refused = client.post(f"/office/sales/{doubtful.line_id}/release", data=form)
        assert refused.status_code == 422
        assert "请写明理由" in refused.text
        assert stage_of(doubtful) == "held"

    def test_one_can_be_refused(self, client: FlaskClient, doubtful: SaleFacts) -> None:
        token = sign_in(client, Role.OFFICE_APPROVER)
        form = {"csrf_token": token, "note": "价格高于市价两倍"}
        client.post(f"/office/sales/{doubtful.line_id}/refuse", data=form)
        page = client.get(f"/office/sales/{doubtful.line_id}").text
        assert "已核定不计入" in page
        assert stage_of(doubtful) is None

    def test_a_sale_is_held_from_its_own_page(self, client: FlaskClient) -> None:
        facts = make_sale()
        token = sign_in(client, Role.OFFICE_APPROVER)
        form = {"csrf_token": token, "note": "单价高于市价"}
        client.post(f"/office/sales/{facts.line_id}/hold", data=form)
        assert stage_of(facts) == "held"

    def test_what_is_not_held_cannot_be_released(self, client: FlaskClient) -> None:
        facts = make_sale()
        token = sign_in(client, Role.OFFICE_APPROVER)
        form = {"csrf_token": token, "note": "无"}
        client.post(f"/office/sales/{facts.line_id}/release", data=form)
        assert stage_of(facts) == "pending"


class TestSettleTiedSale:
    def test_the_office_chooses_between_pairings(self, client: FlaskClient) -> None:
        tied = make_pairing(
            east_code=DONGYANG, west_code=NANJIANG, relation=Relation.COUNTERPART_SUPPORT
        )
        facts = make_sale()
        token = sign_in(client, Role.OFFICE_APPROVER)
        page = client.get(f"/office/sales/{facts.line_id}").text
        assert "东阳市—南江县 · 对口支援" in page
        form = {"csrf_token": token, "note": "按对口支援文件", "pairing_id": str(tied.id)}
        client.post(f"/office/sales/{facts.line_id}/settle", data=form)
        assert stage_of(facts) == "pending"
