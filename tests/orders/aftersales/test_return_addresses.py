"""A cooperative is asked where goods go back to: at admission, at its desk, on every return."""

from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from orders.aftersales.addresses import find_return_address
from partners.cooperatives.models import Cooperative
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import make_market

DEPOT = {"name": "示例仓库", "phone": "0827-8123456", "address": "四川省巴中市南江县示例路 9 号"}


class TestApplying:
    def test_asks_for_it_and_keeps_it_sealed(self, client: FlaskClient) -> None:
        token = sign_in_page(client, make_account())
        facts = {
            "csrf_token": token, "step": "send", "name": "示例农户 · 南江", "kind": "household",
            "region-1": "510000", "region-2": "511900", "region-3": "511922",
        }  # fmt: skip
        refused = client.post("/apply/cooperative", data=facts | {"return_phone": "12"})
        assert refused.status_code == 422
        assert "应为手机号码" in refused.text
        given = {f"return_{name}": value for name, value in DEPOT.items()}
        assert client.post("/apply/cooperative", data=facts | given).status_code == 303
        cooperative = db.session.scalars(select(Cooperative)).one()
        known = find_return_address(cooperative.id)
        assert known is not None
        assert known.address == DEPOT["address"]


class TestDesk:
    def test_is_asked_until_it_is_said(self, client: FlaskClient) -> None:
        seller = make_market().nanjiang
        token = sign_in_page(client, seller.manager)
        assert "还没有填退货地址" in client.get("/desk/refunds").text
        path = f"/desk/refunds/return-address/{seller.id}"
        wrong = client.post(path, data={"csrf_token": token, **DEPOT, "phone": "1"})
        assert wrong.status_code == 422
        assert client.post(path, data={"csrf_token": token, **DEPOT}).status_code == 303
        assert "还没有填退货地址" not in client.get("/desk/refunds").text
        assert DEPOT["address"] in client.get("/desk/refunds/return-address").text
