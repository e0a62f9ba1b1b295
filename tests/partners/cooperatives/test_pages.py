"""Admission in pages, from the form to the manager's desk."""

from flask.testing import FlaskClient

from marketplace.database import db
from marketplace.permissions import Role
from partners.cooperatives.models import Cooperative, CooperativeState
from tests.factories import identity as make
from tests.factories.partners import make_cooperative, new_credit_code, office_of

APPLY, HOME = "/apply/cooperative", "/office/cooperatives"
PLACE = {"region-1": "510000", "region-2": "511900", "region-3": "511922"}


def state_of(cooperative: Cooperative) -> CooperativeState:
    db.session.refresh(cooperative)
    return cooperative.state


class TestApplying:
    def test_leads_to_a_page_that_says_where_it_stands(self, client: FlaskClient) -> None:
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "示例合作社 · 云顶", "kind": "cooperative",
                "credit_code": new_credit_code(), **PLACE, "step": "send"}  # fmt: skip
        sent = client.post(APPLY, data=form)
        assert sent.status_code == 303
        page = client.get(sent.location).text
        assert "待县对口办推荐" in page
        assert "四川省巴中市南江县" in page

    def test_is_told_field_by_field_what_is_missing(self, client: FlaskClient) -> None:
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "", "kind": "cooperative", "step": "send"}
        refused = client.post(APPLY, data=form)
        assert refused.status_code == 422
        assert refused.text.count("error-text") >= 2
        without_code = form | PLACE | {"name": "示例合作社"}
        assert "has-error" in client.post(APPLY, data=without_code).text

    def test_goes_on_step_by_step_without_javascript(self, client: FlaskClient) -> None:
        token = make.sign_in_page(client, make.make_account())
        form = {"csrf_token": token, "name": "示例", "region-1": "510000", "step": "pick"}
        page = client.post(APPLY, data=form)
        assert page.status_code == 200
        assert "巴中市" in page.text

    def test_a_returned_one_is_corrected_and_sent_again(self, client: FlaskClient) -> None:
        applicant = make.make_account()
        row = make_cooperative(state="returned", applied_by=applicant.id, note="代码不清")
        token = make.sign_in_page(client, applicant)
        page = client.get(f"{APPLY}/{row.id}").text
        assert "代码不清" in page
        form = {"csrf_token": token, "name": "示例合作社 · 改正", "kind": "household",
                **PLACE, "step": "send"}  # fmt: skip
        assert client.post(f"{APPLY}/{row.id}", data=form).status_code == 303
        assert state_of(row) is CooperativeState.APPLIED

    def test_nobody_elses_is_shown(self, client: FlaskClient) -> None:
        row = make_cooperative(state="applied")
        make.sign_in_page(client, make.make_account())
        assert client.get(f"{APPLY}/{row.id}").status_code == 404


class TestAdmitting:
    def test_takes_the_county_and_the_platform(self, client: FlaskClient) -> None:
        applicant = make.make_account()
        row = make_cooperative(state="applied", applied_by=applicant.id)
        office = office_of(row.region_code)
        token = make.sign_in_page(
            client, make.make_account(role=Role.OFFICE_OFFICER, scope=office.id)
        )
        assert row.name in client.get(HOME).text
        silent = client.post(f"{HOME}/{row.id}/recommend", data={"csrf_token": token})
        assert silent.status_code == 422
        client.post(f"{HOME}/{row.id}/recommend", data={"csrf_token": token, "note": "材料齐全"})
        assert state_of(row) is CooperativeState.RECOMMENDED
        token = make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        assert row.name in client.get(HOME).text
        client.post(f"{HOME}/{row.id}/admit", data={"csrf_token": token})
        assert state_of(row) is CooperativeState.ACTIVE
        make.sign_in_page(client, applicant)
        assert row.name in client.get("/desk/people").text

    def test_an_applicant_does_not_recommend_the_own(self, client: FlaskClient) -> None:
        row = make_cooperative(state="applied")
        officer = make.make_account(role=Role.OFFICE_OFFICER, scope=office_of(row.region_code).id)
        row.applied_by = officer.id
        token = make.sign_in_page(client, officer)
        form = {"csrf_token": token, "note": "很好"}
        told = client.post(f"{HOME}/{row.id}/recommend", data=form)
        assert "须由不同的人办理" in client.get(told.location).text
        assert state_of(row) is CooperativeState.APPLIED

    def test_the_platform_suspends_and_resumes(self, client: FlaskClient) -> None:
        row = make_cooperative()
        token = make.sign_in_page(client, make.make_account(role=Role.PLATFORM_ADMIN))
        form = {"csrf_token": token, "note": "抽检不合格"}
        client.post(f"{HOME}/{row.id}/suspend", data=form)
        assert state_of(row) is CooperativeState.SUSPENDED
        client.post(f"{HOME}/{row.id}/resume", data=form)
        assert state_of(row) is CooperativeState.ACTIVE
