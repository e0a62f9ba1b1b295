"""A cooperative's products in pages, from the draft to the shop window."""

import io
import re
import uuid
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.permissions import Role
from partners.cooperatives.models import Cooperative
from products.catalogue.models import ListingState, Product, Sku
from products.certificates.models import Certificate, CertificateState
from tests.factories import identity, partners
from tests.factories.pictures import picture
from tests.factories.products import MadeProduct, make_certificate, make_product

NANJIANG = {"origin-1": "510000", "origin-2": "511900", "origin-3": "511922"}


@pytest.fixture
def cooperative() -> Cooperative:
    return partners.make_cooperative(name="示例合作社 · 南江")


@pytest.fixture
def manager(cooperative: Cooperative) -> Account:
    return identity.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)


@pytest.fixture
def token(client: FlaskClient, manager: Account) -> str:
    return identity.sign_in_page(client, manager)


@pytest.fixture
def made(cooperative: Cooperative) -> MadeProduct:
    return make_product(
        cooperative.id, name="南江核桃", state=ListingState.DRAFT, is_certified=False
    )


def facts(token: str, cooperative: Cooperative, **changes: str) -> dict[str, str]:
    form = {
        "csrf_token": token, "step": "save", "cooperative_id": str(cooperative.id),
        "name": "南江核桃", "kind": "agricultural", "category_code": "walnuts",
        "description": "自家树上结的。", "return_class": "seven_days",
    }  # fmt: skip
    return {**form, **NANJIANG, **changes}


def state_of(product_id: uuid.UUID) -> ListingState:
    return db.session.get_one(Product, product_id, populate_existing=True).state


def post(client: FlaskClient, token: str, address: str, **values: str) -> str:
    """Post a form and return the page one is led to."""
    answer = client.post(address, data={"csrf_token": token, **values})
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


class TestDraftProduct:
    def test_the_whole_way_to_review(
        self, client: FlaskClient, token: str, cooperative: Cooperative
    ) -> None:
        drafted = client.post("/desk/products", data=facts(token, cooperative))
        assert drafted.status_code == 303
        address = drafted.headers["Location"]
        product_id = uuid.UUID(address.rsplit("/", 1)[1])
        refused = client.post(f"{address}/submit", data={"csrf_token": token, "version": "1"})
        assert refused.status_code == 422
        assert "至少要有一个可售规格" in refused.text
        spec = {
            "spec": "500 克",
            "unit": "袋",
            "price_yuan": "39.80",
            "weight_g": "520",
            "on_hand": "60",
        }
        assert "规格已添加" in post(client, token, f"{address}/skus", **spec)
        photo = {"csrf_token": token, "photo": (io.BytesIO(picture()), "核桃.jpg")}
        assert client.post(f"{address}/photos", data=photo).status_code == 303
        page = client.get(address).text
        assert "图片已添加" in page
        assert "39.80" in page
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version is not None
        assert "已送审" in post(client, token, f"{address}/submit", version=version[1])
        assert state_of(product_id) is ListingState.SUBMITTED

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("name", ""),
            ("kind", ""),
            ("origin-3", ""),
            ("category_code", "x"),
            ("return_class", "x"),
        ],
    )
    def test_says_what_is_wrong_and_drafts_nothing(
        self, client: FlaskClient, token: str, cooperative: Cooperative, field: str, typed: str
    ) -> None:
        refused = client.post("/desk/products", data=facts(token, cooperative, **{field: typed}))
        assert refused.status_code == 422
        assert "error-text" in refused.text
        assert "自家树上结的" in refused.text

    def test_another_cooperative_cannot_be_named(self, client: FlaskClient, token: str) -> None:
        other = partners.make_cooperative(name="别家")
        assert client.post("/desk/products", data=facts(token, other)).status_code in (404, 422)


class TestChangeProduct:
    def test_changes_what_was_typed(
        self, client: FlaskClient, token: str, cooperative: Cooperative, made: MadeProduct
    ) -> None:
        form = facts(token, cooperative, name="南江薄皮核桃", version=str(made.product.version))
        assert client.post(f"/desk/products/{made.id}/edit", data=form).status_code == 303
        assert "南江薄皮核桃" in client.get(f"/desk/products/{made.id}").text

    def test_what_somebody_else_changed_is_not_overwritten(
        self, client: FlaskClient, token: str, cooperative: Cooperative, made: MadeProduct
    ) -> None:
        form = facts(token, cooperative, name="南江薄皮核桃", version="999")
        refused = client.post(f"/desk/products/{made.id}/edit", data=form)
        assert refused.status_code == 422
        assert "已被他人修改" in refused.text

    def test_the_form_shows_what_is_there(
        self, client: FlaskClient, token: str, made: MadeProduct
    ) -> None:
        page = client.get(f"/desk/products/{made.id}/edit").text
        assert 'value="南江核桃"' in page
        assert '<option value="511922" selected>' in page


class TestSteps:
    def test_a_listed_product_is_paused_and_resumed(
        self, client: FlaskClient, token: str, cooperative: Cooperative
    ) -> None:
        made = make_product(cooperative.id)
        address = f"/desk/products/{made.id}"
        assert "已下架" in post(
            client, token, f"{address}/pause", version=str(made.product.version)
        )
        assert state_of(made.id) is ListingState.PAUSED
        db.session.refresh(made.product)
        post(client, token, f"{address}/resume", version=str(made.product.version))
        assert state_of(made.id) is ListingState.LISTED

    def test_a_step_that_does_not_fit_is_said(
        self, client: FlaskClient, token: str, made: MadeProduct
    ) -> None:
        page = post(
            client, token, f"/desk/products/{made.id}/resume", version=str(made.product.version)
        )
        assert "当前状态不能" in page


class TestReceiveStock:
    def test_adds_pieces(self, client: FlaskClient, token: str, made: MadeProduct) -> None:
        post(client, token, f"/desk/skus/{made.sku.id}/stock", quantity="7")
        assert db.session.get_one(Sku, made.sku.id, populate_existing=True).on_hand == 107

    @pytest.mark.parametrize("quantity", ["", "-3", "0", "x"])
    def test_refuses_nonsense(
        self, client: FlaskClient, token: str, made: MadeProduct, quantity: str
    ) -> None:
        page = post(client, token, f"/desk/skus/{made.sku.id}/stock", quantity=quantity)
        assert "请填写整数" in page
        assert db.session.get_one(Sku, made.sku.id, populate_existing=True).on_hand == 100


class TestPhotos:
    def test_what_is_no_picture_is_said(
        self, client: FlaskClient, token: str, made: MadeProduct
    ) -> None:
        form = {"csrf_token": token, "photo": (io.BytesIO(b"<svg/>"), "x.jpg")}
        client.post(f"/desk/products/{made.id}/photos", data=form)
        assert "请上传完好的" in client.get(f"/desk/products/{made.id}").text


class TestApplyForCertification:
    def form(self, **changes: str) -> dict[str, str]:
        until = clock.today() + timedelta(days=365)
        given = {
            "valid_from": clock.today().isoformat(), "valid_to": until.isoformat(),
            "linked_households": "36", "linked_villages": "3", "linked_jobs": "8",
            "linked_income_yuan": "120000.00",
        }  # fmt: skip
        return {**given, **changes}

    def test_is_sent_and_shown(self, client: FlaskClient, token: str, made: MadeProduct) -> None:
        page = post(client, token, f"/desk/products/{made.id}/certificates", **self.form())
        assert "认定申请已提交" in page
        assert "36 户，3 个村，8 人就业，增收 120,000.00 元" in page

    def test_a_missing_count_is_asked_for(
        self, client: FlaskClient, token: str, made: MadeProduct
    ) -> None:
        address = f"/desk/products/{made.id}/certificates"
        assert "没有的填 0" in post(client, token, address, **self.form(linked_jobs=""))


class TestReview:
    def office(self, client: FlaskClient, role: Role = Role.OFFICE_OFFICER) -> str:
        office = partners.office_of("511922")
        return identity.sign_in_page(client, identity.make_account(role=role, scope=office.id))

    def test_a_product_is_put_on_sale(self, client: FlaskClient, cooperative: Cooperative) -> None:
        made = make_product(cooperative.id, state=ListingState.SUBMITTED)
        token = self.office(client)
        page = client.get("/office/products").text
        assert "南江黄羊肉" in page
        assert "示例合作社 · 南江" in page
        version = str(made.product.version)
        post(client, token, f"/office/products/{made.id}/approve", version=version)
        assert state_of(made.id) is ListingState.LISTED

    def test_a_product_goes_back_with_the_reason(
        self, client: FlaskClient, cooperative: Cooperative
    ) -> None:
        made = make_product(cooperative.id, state=ListingState.SUBMITTED)
        token = self.office(client)
        version, address = str(made.product.version), f"/office/products/{made.id}/return"
        assert "退回须写明理由" in post(client, token, address, version=version, reason="")
        post(client, token, address, version=version, reason="检疫证明看不清")
        assert state_of(made.id) is ListingState.RETURNED

    def test_an_office_elsewhere_sees_nothing_of_it(
        self, client: FlaskClient, cooperative: Cooperative
    ) -> None:
        made = make_product(cooperative.id, state=ListingState.SUBMITTED)
        office = partners.office_of("331122")
        account = identity.make_account(role=Role.OFFICE_OFFICER, scope=office.id)
        token = identity.sign_in_page(client, account)
        assert str(made.id) not in client.get("/office/products").text
        form = {"csrf_token": token, "version": "1"}
        assert client.post(f"/office/products/{made.id}/approve", data=form).status_code == 404

    def test_the_county_certifies(self, client: FlaskClient, made: MadeProduct) -> None:
        applied = make_certificate(
            made.product, state=CertificateState.APPLIED, certificate_no=None,
            county_certified_by=None, city_reviewed_by=None, activated_by=None,
        )  # fmt: skip
        token = self.office(client)
        assert "县级认定" in client.get("/office/certificates").text
        address = f"/office/certificates/{applied.id}/certify"
        page = post(client, token, address, version=str(applied.version))
        assert "县级已认定，待市级审核" in page
        state = db.session.get_one(Certificate, applied.id, populate_existing=True).state
        assert state is CertificateState.COUNTY_CERTIFIED

    def test_the_county_does_not_review_for_the_city(
        self, client: FlaskClient, made: MadeProduct
    ) -> None:
        certified = make_certificate(
            made.product, state=CertificateState.COUNTY_CERTIFIED, certificate_no=None,
            city_reviewed_by=None, activated_by=None,
        )  # fmt: skip
        self.office(client, Role.OFFICE_APPROVER)
        page = client.get("/office/certificates?state=county_certified").text
        assert "南江核桃" in page
        assert f"/office/certificates/{certified.id}/approve" not in page
