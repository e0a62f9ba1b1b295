"""The pages of requisitions: checkout turns into one, a colleague decides, the clerk pays."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from marketplace.database import db
from orders.carts.service import add_to_cart
from orders.requisitions.models import Requisition, RequisitionState
from products.catalogue.models import Sku
from tests.factories import identity
from tests.factories.addresses import make_address
from tests.factories.orders import DONGYANG, Market, make_market, place
from tests.factories.requisitions import School, ask, make_school


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def school() -> School:
    return make_school()


def digest(page: str) -> str:
    found = re.search(r'name="quote_digest" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def only() -> Requisition:
    return db.session.scalars(select(Requisition)).one()


class TestCheckout:
    def test_becomes_a_requisition_from_the_threshold_on(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        add_to_cart(school.clerk.id, market.mutton.id, 2)
        address = make_address(school.buyer)
        token = identity.sign_in_page(client, school.clerk)
        page = client.get("/checkout").text
        assert "提交采购申请" in page
        form = {"csrf_token": token, "step": "requisition", "address_id": str(address.id),
                "attribution": f"unit:{school.unit.id}", "quote_digest": digest(page),
                "purpose": "食堂用料"}  # fmt: skip
        answer = client.post("/checkout", data=form)
        assert answer.headers["Location"] == f"/requisitions/{only().id}"
        page = client.get(answer.headers["Location"]).text
        assert "食堂用料" in page
        assert "等待本单位另一位审批人处理" in page

    def test_says_so_when_only_the_day_s_sum_reaches_the_threshold(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        place(school.buyer, [(market.mutton, 1)], DONGYANG)
        add_to_cart(school.clerk.id, market.mutton.id, 1)
        address = make_address(school.buyer)
        token = identity.sign_in_page(client, school.clerk)
        page = client.get("/checkout").text
        assert "提交采购申请" not in page
        form = {"csrf_token": token, "step": "place", "address_id": str(address.id),
                "attribution": f"unit:{school.unit.id}", "quote_digest": digest(page)}  # fmt: skip
        refused = client.post("/checkout", data=form)
        assert refused.status_code == 422
        assert "当天累计满 100.00 元" in refused.text
        assert "提交采购申请" in refused.text
        assert client.post("/checkout", data=form | {"step": "requisition"}).status_code == 303


class TestDecide:
    def test_a_colleague_approves_and_the_clerk_is_led_to_pay(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"/requisitions/{ask(school, [(market.mutton, 2)]).id}"
        token = identity.sign_in_page(client, school.approver)
        assert "待我审批" in client.get("/requisitions").text
        page = client.get(path).text
        assert "批准并下单" in page
        form = {"csrf_token": token, "decision": "approve", "version": "1"}
        assert client.post(f"{path}/decide", data=form).status_code == 303
        identity.sign_in_page(client, school.clerk)
        page = client.get(path).text
        assert f'href="/trades/{only().trade_id}/pay"' in page

    def test_a_refusal_needs_a_reason(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"/requisitions/{ask(school, [(market.mutton, 2)]).id}"
        token = identity.sign_in_page(client, school.approver)
        form = {"csrf_token": token, "decision": "refuse", "version": "1"}
        assert client.post(f"{path}/decide", data=form).status_code == 422
        assert only().state is RequisitionState.SUBMITTED
        client.post(f"{path}/decide", data=form | {"reason": "重复采购"})
        assert "重复采购" in client.get(path).text

    def test_who_asked_sees_no_buttons_to_decide_with(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"/requisitions/{ask(school, [(market.mutton, 2)]).id}"
        identity.sign_in_page(client, school.clerk)
        page = client.get(path).text
        assert "批准并下单" not in page
        assert "撤回申请" in page

    def test_a_changed_price_is_shown_to_the_clerk_who_submits_again(
        self, client: FlaskClient, market: Market, school: School
    ) -> None:
        path = f"/requisitions/{ask(school, [(market.mutton, 2)]).id}"
        db.session.execute(update(Sku).where(Sku.id == market.mutton.id).values(price_fen=6000))
        token = identity.sign_in_page(client, school.approver)
        form = {"csrf_token": token, "decision": "approve", "version": "1"}
        client.post(f"{path}/decide", data=form)
        assert "没有下单" in client.get(path).text
        token = identity.sign_in_page(client, school.clerk)
        page = client.get(path).text
        assert "原来 116.00 元" in page
        form = {"csrf_token": token, "quote_digest": digest(page)}
        assert client.post(f"{path}/resubmit", data=form).status_code == 303
        assert only().total_fen == 12_000
        assert client.post(f"{path}/withdraw", data=form).status_code == 303
        assert client.post(f"{path}/put-back", data=form).headers["Location"] == "/cart"
        assert "南江黄羊肉" in client.get("/cart").text


class TestRule:
    def test_is_set_in_yuan(self, client: FlaskClient, school: School) -> None:
        token = identity.sign_in_page(client, school.clerk)
        path = f"/requisitions/rules/{school.unit.id}"
        form = {"csrf_token": token, "version": str(school.unit.version)}
        assert client.post(path, data=form | {"amount": "x"}).status_code == 422
        refused = client.post(path, data=form | {"amount": "5000"})
        assert refused.status_code == 403
        assert "不兼任经办人的审批人" in refused.text
        assert client.post(path, data=form | {"amount": "50"}).status_code == 303
        assert 'value="50.00"' in client.get(path).text
