"""Registration of a buying unit in pages, from the form to the first purchase."""

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from marketplace.permissions import Role
from partners.buying_units.models import BuyingUnit, BuyingUnitState
from tests.factories import identity as make
from tests.factories.partners import make_buying_unit, new_credit_code, office_of

APPLY, HOME = "/apply/buying-unit", "/office/buying-units"
DONGYANG = {"region-1": "330000", "region-2": "330700", "region-3": "330783"}
JINHUA = {"region-1": "330000", "region-2": "330700", "is_above": "yes"}


def state_of(unit: BuyingUnit) -> BuyingUnitState:
    db.session.refresh(unit)
    return unit.state


class TestRegistering:
    @pytest.mark.parametrize(
        ("place", "code"), [(DONGYANG, "330783"), (JINHUA, "330700")], ids=["county", "city"]
    )
    def test_takes_a_county_or_a_citys_own_unit(
        self, client: FlaskClient, place: dict[str, str], code: str
    ) -> None:
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "示例中学", "kind": "school", "is_budget_unit": "true",
                "credit_code": new_credit_code(), **place, "step": "send"}  # fmt: skip
        sent = client.post(APPLY, data=form)
        assert sent.status_code == 303
        unit = db.session.get_one(BuyingUnit, sent.location.rpartition("/")[2])
        assert (unit.region_code, unit.is_budget_unit) == (code, True)
        page = client.get(sent.location).text
        assert "待审核" in page
        assert "预算单位" in page

    def test_says_what_is_missing(self, client: FlaskClient) -> None:
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "示例中学", "kind": "school",
                "credit_code": "123", "step": "send"}  # fmt: skip
        refused = client.post(APPLY, data=form)
        assert refused.status_code == 422
        assert refused.text.count("error-text") == 2

    def test_a_code_that_is_taken_is_said_beside_the_field(self, client: FlaskClient) -> None:
        known = make_buying_unit()
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "示例中学", "kind": "school",
                "credit_code": known.credit_code, **DONGYANG, "step": "send"}  # fmt: skip
        refused = client.post(APPLY, data=form)
        assert refused.status_code == 409
        assert "该单位已登记" in refused.text


class TestApproving:
    def test_makes_the_applicant_its_clerk(self, client: FlaskClient) -> None:
        applicant = make.make_account()
        unit = make_buying_unit(
            state="applied", region_code="330783", applied_by=applicant.id, name="示例中学 · 东阳"
        )
        office = office_of("330783")
        approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office.id)
        token = make.sign_in_page(client, approver)
        assert unit.name in client.get(HOME).text
        client.post(f"{HOME}/{unit.id}/approve", data={"csrf_token": token})
        assert state_of(unit) is BuyingUnitState.ACTIVE
        make.sign_in_page(client, applicant)
        assert "采购单位经办人" in client.get("/me").text

    def test_can_send_it_back_with_the_reason(self, client: FlaskClient) -> None:
        unit = make_buying_unit(state="applied", region_code="330783")
        approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office_of("330783").id)
        token = make.sign_in_page(client, approver)
        assert (
            client.post(f"{HOME}/{unit.id}/return", data={"csrf_token": token}).status_code == 422
        )
        form = {"csrf_token": token, "note": "请上传登记证"}
        client.post(f"{HOME}/{unit.id}/return", data=form)
        assert (state_of(unit), unit.note) == (BuyingUnitState.RETURNED, "请上传登记证")

    def test_is_not_for_another_office(self, client: FlaskClient) -> None:
        unit = make_buying_unit(state="applied", region_code="330783")
        approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office_of("331122").id)
        token = make.sign_in_page(client, approver)
        answer = client.post(f"{HOME}/{unit.id}/approve", data={"csrf_token": token})
        assert answer.status_code == 404
