"""Certification: four steps by four people of the right offices; what stops it, what ends it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.ids import is_well_formed
from marketplace.permissions import Role
from partners.credits.facts import ProductKind
from products.certificates.models import Certificate, CertificateState
from products.listings import queries as listings
from tests.factories.identity import give_role, make_account, sign_in
from tests.factories.partners import make_cooperative, office_of
from tests.factories.products import NANJIANG, XINHE, MadeProduct, make_product

API = "/api/v1"
BAZHONG, SICHUAN, JINYUN = "511900", "510000", "331122"
COUNTS = {
    "linked_households": 12, "linked_villages": 2, "linked_jobs": 5, "linked_income_fen": 3_600_000,
}  # fmt: skip


def application(**changes: Any) -> dict[str, Any]:
    today = clock.today()
    period = {"valid_from": today.isoformat(), "valid_to": (today + timedelta(365)).isoformat()}
    return period | COUNTS | changes


@pytest.fixture
def made() -> MadeProduct:
    return make_product(make_cooperative().id, is_certified=False)


def client_of(app: Flask, account: Account) -> FlaskClient:
    client = app.test_client()
    sign_in(client, account)
    return client


def officer(app: Flask, code: str, role: Role = Role.OFFICE_APPROVER) -> FlaskClient:
    return client_of(app, make_account(role=role, scope=office_of(code).id))


@pytest.fixture
def staff(app: Flask, made: MadeProduct) -> FlaskClient:
    scope = made.product.cooperative_id
    return client_of(app, make_account(role=Role.COOPERATIVE_STAFF, scope=scope))


def applied(staff: FlaskClient, made: MadeProduct, **changes: Any) -> str:
    answer = staff.post(f"{API}/products/{made.id}/certificates", json=application(**changes))
    assert answer.status_code == 201, answer.json
    identity: str = answer.json["id"]
    return identity


def take(client: FlaskClient, certificate_id: str, step: str, **body: Any) -> Any:
    version = db.session.get_one(Certificate, uuid.UUID(certificate_id)).version
    return client.post(
        f"{API}/certificates/{certificate_id}/{step}",
        json=body or None,
        headers={"If-Match": f'"v{version}"'},
    )


class TestCertification:
    def test_takes_four_people_and_then_shows_on_the_product(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        certificate = applied(staff, made)
        county = officer(app, NANJIANG, Role.OFFICE_OFFICER)
        assert take(county, certificate, "certify").json["state"] == "county_certified"
        assert take(officer(app, BAZHONG), certificate, "approve").json["state"] == "city_reviewed"
        assert listings.get_detail(made.id).certificate is None

        active = take(officer(app, SICHUAN), certificate, "approve").json
        assert (active["state"], active["is_in_force"]) == ("active", True)
        assert is_well_formed(active["certificate_no"], "RD")
        assert active["issuer_name"] == office_of(SICHUAN).name
        shown = listings.get_detail(made.id).certificate
        assert shown is not None
        assert (shown.certificate_no, shown.linked_households) == (active["certificate_no"], 12)

    def test_is_activated_by_the_platform_where_no_province_does(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        certificate = applied(staff, made)
        take(officer(app, NANJIANG), certificate, "certify")
        take(officer(app, BAZHONG), certificate, "approve")
        platform = client_of(app, make_account(role=Role.PLATFORM_ADMIN))
        assert take(platform, certificate, "approve").json["state"] == "active"

    def test_is_not_shortened_by_the_platform(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        certificate = applied(staff, made)
        take(officer(app, NANJIANG), certificate, "certify")
        platform = client_of(app, make_account(role=Role.PLATFORM_ADMIN))
        answer = take(platform, certificate, "approve")
        assert (answer.status_code, answer.json["code"]) == (403, "certificate_step_not_yours")

    @pytest.mark.parametrize("steps_before", [0, 1, 2])
    def test_refuses_a_second_step_by_the_same_person(
        self, app: Flask, staff: FlaskClient, made: MadeProduct, steps_before: int
    ) -> None:
        """One person who sits in all three offices, and in the cooperative, takes one step only."""
        everyone = make_account(role=Role.OFFICE_APPROVER, scope=office_of(NANJIANG).id)
        for code in (BAZHONG, SICHUAN):
            give_role(everyone, Role.OFFICE_APPROVER, office_of(code).id)
        give_role(everyone, Role.COOPERATIVE_STAFF, made.product.cooperative_id)
        same = client_of(app, everyone)
        certificate = applied(same if steps_before == 0 else staff, made)
        others = [(officer(app, NANJIANG), "certify"), (officer(app, BAZHONG), "approve")]
        for turn in range(steps_before):
            client, step = others[turn]
            # The last step before is the same person's, as is the one that is refused.
            is_last = turn == steps_before - 1
            assert take(same if is_last else client, certificate, step).status_code == 200
        answer = take(same, certificate, "certify" if steps_before == 0 else "approve")
        assert (answer.status_code, answer.json["code"]) == (409, "same_examiner")

    @pytest.mark.parametrize("code", [XINHE, JINYUN, "511921"])
    def test_is_not_there_for_offices_of_other_regions(
        self, app: Flask, staff: FlaskClient, made: MadeProduct, code: str
    ) -> None:
        certificate = applied(staff, made)
        stranger = officer(app, code)
        assert take(stranger, certificate, "certify").status_code == 404
        assert stranger.get(f"{API}/certificates/{certificate}").status_code == 404
        assert stranger.get(f"{API}/certificates").json["items"] == []

    def test_needs_a_higher_office_for_the_review(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        certificate = applied(staff, made)
        take(officer(app, NANJIANG), certificate, "certify")
        assert take(officer(app, NANJIANG), certificate, "approve").status_code == 403
        take(officer(app, BAZHONG), certificate, "approve")
        assert take(officer(app, BAZHONG), certificate, "approve").status_code == 403

    def test_belongs_to_the_region_of_the_main_material(self, app: Flask) -> None:
        made = make_product(
            make_cooperative().id, is_certified=False, kind=ProductKind.PROCESSED,
            origin_code=NANJIANG, main_material_code=XINHE,
        )  # fmt: skip
        scope = made.product.cooperative_id
        staff = client_of(app, make_account(role=Role.COOPERATIVE_STAFF, scope=scope))
        certificate = applied(staff, made)
        assert take(officer(app, NANJIANG), certificate, "certify").status_code == 404
        assert take(officer(app, XINHE), certificate, "certify").status_code == 200

    def test_goes_back_with_a_reason_and_may_be_applied_for_again(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        certificate = applied(staff, made)
        county = officer(app, NANJIANG)
        returned = take(county, certificate, "return", reason="带动户数无佐证").json
        assert (returned["state"], returned["reason"]) == ("returned", "带动户数无佐证")
        assert take(county, certificate, "certify").status_code == 409
        applied(staff, made)

    def test_asks_for_the_version_that_was_read(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        address = f"{API}/certificates/{applied(staff, made)}/certify"
        county = officer(app, NANJIANG)
        assert county.post(address).status_code == 428
        assert county.post(address, headers={"If-Match": '"v2"'}).status_code == 412


class TestApplyForCertificate:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("linked_households", -1), ("linked_households", "12"), ("linked_households", 2**40),
            ("linked_villages", 1.5), ("linked_jobs", None), ("linked_income_fen", -1),
            ("linked_income_fen", 2**63), ("valid_from", "2026-13-01"), ("valid_to", "soon"),
            ("valid_to", "2020-01-01"), ("valid_to", "2199-01-01"), ("household_names", ["x"]),
            ("certificate_no", "RD1"), ("state", "active"),
        ],
    )  # fmt: skip
    def test_names_the_field_at_fault_and_writes_nothing(
        self, staff: FlaskClient, made: MadeProduct, field: str, value: Any
    ) -> None:
        body = application() | {field: value}
        answer = staff.post(f"{API}/products/{made.id}/certificates", json=body)
        assert (answer.status_code, set(answer.json["fields"])) == (422, {field})
        assert db.session.scalar(select(func.count()).select_from(Certificate)) == 0

    def test_refuses_a_product_whose_origin_is_unknown(self, app: Flask) -> None:
        made = make_product(make_cooperative().id, is_certified=False, kind=ProductKind.PROCESSED)
        scope = made.product.cooperative_id
        staff = client_of(app, make_account(role=Role.COOPERATIVE_STAFF, scope=scope))
        answer = staff.post(f"{API}/products/{made.id}/certificates", json=application())
        assert (answer.status_code, answer.json["code"]) == (422, "origin_unknown")

    def test_refuses_a_second_application_beside_the_first(
        self, staff: FlaskClient, made: MadeProduct
    ) -> None:
        applied(staff, made)
        answer = staff.post(f"{API}/products/{made.id}/certificates", json=application())
        assert (answer.status_code, answer.json["code"]) == (409, "application_pending")

    def test_refuses_an_overlap_when_it_would_become_active(
        self, app: Flask, staff: FlaskClient, made: MadeProduct
    ) -> None:
        for expected in (200, 409):
            certificate = applied(staff, made)
            take(officer(app, NANJIANG), certificate, "certify")
            take(officer(app, BAZHONG), certificate, "approve")
            answer = take(officer(app, SICHUAN), certificate, "approve")
            assert answer.status_code == expected
        assert answer.json["code"] == "certificate_overlaps"


class TestEndOfACertificate:
    STEPS = {"suspend": {"active"}, "reinstate": {"suspended"}, "revoke": {"active", "suspended"}}  # noqa: RUF012

    @pytest.mark.parametrize("state", list(CertificateState))
    @pytest.mark.parametrize("step", list(STEPS))
    def test_follows_the_state(self, app: Flask, state: CertificateState, step: str) -> None:
        made = make_product(make_cooperative().id, certificate_state=state)
        assert made.certificate is not None
        answer = take(officer(app, BAZHONG), str(made.certificate.id), step, reason="抽检不合格")
        if state in self.STEPS[step]:
            assert (answer.status_code, answer.json["reason"]) == (200, "抽检不合格")
        else:
            assert (answer.status_code, answer.json["code"]) == (409, "certificate_step_refused")

    def test_takes_it_from_the_window_at_once(self, app: Flask) -> None:
        made = make_product(make_cooperative().id)
        assert made.certificate is not None
        assert listings.list_page().items[0].certificate_no is not None
        city = officer(app, BAZHONG)
        take(city, str(made.certificate.id), "suspend", reason="抽检")
        assert listings.list_page().items[0].certificate_no is None
        take(city, str(made.certificate.id), "reinstate", reason="复检合格")
        assert listings.list_page().items[0].certificate_no is not None

    def test_needs_a_reason(self, app: Flask) -> None:
        made = make_product(make_cooperative().id)
        assert made.certificate is not None
        answer = take(officer(app, BAZHONG), str(made.certificate.id), "revoke", reason=" ")
        assert (answer.status_code, set(answer.json["fields"])) == (422, {"reason"})
