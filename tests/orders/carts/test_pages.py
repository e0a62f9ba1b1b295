"""The cart's page."""

import uuid

import pytest
from flask.testing import FlaskClient

from marketplace.identity.models import Account
from orders.carts.queries import count_lines
from orders.carts.service import add_to_cart
from products.offers.models import Period
from tests.factories import identity, partners
from tests.factories.offers import limit
from tests.factories.orders import buy, make_market
from tests.factories.products import XINHE, MadeProduct, make_product


@pytest.fixture
def shopper(client: FlaskClient) -> Account:
    return identity.make_account()


@pytest.fixture
def token(client: FlaskClient, shopper: Account) -> str:
    return identity.sign_in_page(client, shopper)


@pytest.fixture
def mutton() -> MadeProduct:
    cooperative = partners.make_cooperative(name="示例合作社 · 南江")
    return make_product(cooperative.id, name="南江黄羊肉", price_fen=5800)


@pytest.fixture
def walnuts() -> MadeProduct:
    cooperative = partners.make_cooperative(name="示例合作社 · 新和", region_code=XINHE)
    return make_product(cooperative.id, name="新和核桃", price_fen=3990, origin_code=XINHE)


def put(client: FlaskClient, token: str, made: MadeProduct, quantity: str = "1") -> int:
    values = {"csrf_token": token, "sku_id": str(made.sku.id), "quantity": quantity}
    return client.post("/cart/lines", data=values).status_code


class TestShowCart:
    def test_groups_by_cooperative_and_adds_up(
        self, client: FlaskClient, token: str, mutton: MadeProduct, walnuts: MadeProduct
    ) -> None:
        assert put(client, token, mutton, "2") == 303
        assert put(client, token, walnuts) == 303
        page = client.get("/cart").text
        assert "示例合作社 · 南江" in page
        assert "示例合作社 · 新和" in page
        assert "155.90" in page  # 2 × 58.00 + 39.90

    def test_says_when_less_is_left_than_wanted_and_stops_there(
        self, client: FlaskClient, token: str, mutton: MadeProduct
    ) -> None:
        put(client, token, mutton, "101")
        page = client.get("/cart").text
        assert "库存只剩 100 件" in page
        assert 'href="/checkout"' not in page

    def test_stops_at_what_is_above_its_limit(
        self, client: FlaskClient, shopper: Account, token: str
    ) -> None:
        market = make_market()
        mutton = market.mutton
        buy(identity.actor_of(shopper), [(mutton, 1)])
        limit(market.nanjiang, mutton, per_order=3, per_period=3, period=Period.MONTH)
        add_to_cart(shopper.id, mutton.id, 4)
        for quantity, said in (("4", "每单限购 3 件"), ("3", "您已订 1 件，还能订 2 件")):
            form = {"csrf_token": token, "quantity": quantity}
            client.post(f"/cart/lines/{mutton.id}", data=form)
            page = client.get("/cart").text
            assert said in page
            assert 'href="/checkout"' not in page
        client.post(f"/cart/lines/{mutton.id}", data={"csrf_token": token, "quantity": "2"})
        assert 'href="/checkout"' in client.get("/cart").text

    def test_an_empty_cart_leads_back_to_the_shop(self, client: FlaskClient, token: str) -> None:
        assert "购物车还是空的" in client.get("/cart").text


class TestChangeCartLine:
    def test_sets_the_number(self, client: FlaskClient, token: str, mutton: MadeProduct) -> None:
        put(client, token, mutton)
        address = f"/cart/lines/{mutton.sku.id}"
        assert client.post(address, data={"csrf_token": token, "quantity": "5"}).status_code == 303
        assert "290.00" in client.get("/cart").text

    @pytest.mark.parametrize("quantity", ["0", "-1", "x", "", "1.5", "9" * 13])
    def test_refuses_what_is_no_number_of_pieces(
        self, client: FlaskClient, token: str, mutton: MadeProduct, quantity: str
    ) -> None:
        assert put(client, token, mutton, quantity) == 422

    def test_refuses_a_post_without_the_form_token(
        self, client: FlaskClient, token: str, shopper: Account, mutton: MadeProduct
    ) -> None:
        assert put(client, "", mutton) == 403
        assert count_lines(shopper.id) == 0


class TestDropCartLine:
    def test_takes_it_out(
        self, client: FlaskClient, token: str, shopper: Account, mutton: MadeProduct
    ) -> None:
        put(client, token, mutton)
        client.post(f"/cart/lines/{mutton.sku.id}/remove", data={"csrf_token": token})
        assert count_lines(shopper.id) == 0

    def test_nobody_takes_from_another_cart(
        self, client: FlaskClient, token: str, shopper: Account, mutton: MadeProduct
    ) -> None:
        put(client, token, mutton)
        other = client.application.test_client()
        token_of_other = identity.sign_in_page(other, identity.make_account())
        refused = other.post(
            f"/cart/lines/{mutton.sku.id}/remove", data={"csrf_token": token_of_other}
        )
        assert refused.status_code == 404
        assert count_lines(shopper.id) == 1


class TestAddCartLine:
    def test_an_unknown_sku_is_said_to_be_gone(self, client: FlaskClient, token: str) -> None:
        values = {"csrf_token": token, "sku_id": str(uuid.uuid4()), "quantity": "1"}
        assert client.post("/cart/lines", data=values).status_code == 422

    def test_no_sku_chosen_is_said(self, client: FlaskClient, token: str) -> None:
        refused = client.post("/cart/lines", data={"csrf_token": token, "quantity": "1"})
        assert refused.status_code == 422
        assert "请选择规格" in refused.text
