"""A visitor's cart in pages: filled without an account, merged by signing in, on to checkout."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.identity import senders
from marketplace.identity.codes import MadeCode
from orders.carts.queries import count_lines, list_lines
from orders.carts.service import add_to_cart
from orders.guest_carts.models import GuestCart
from orders.guest_carts.service import open_guest_cart
from tests.factories import identity
from tests.factories.orders import Market, make_market

PHONE = "13812345678"
COOKIE = "guest_cart"


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> list[MadeCode]:
    sent: list[MadeCode] = []
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: sent.append(made))
    return sent


@pytest.fixture
def visitor(client: FlaskClient) -> FlaskClient:
    return identity.browse(client)


def form_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found[1]


def put(visitor: FlaskClient, market: Market, quantity: str = "2") -> TestResponse:
    token = form_token(visitor.get(f"/products/{market.mutton.product_id}"))
    form = {"csrf_token": token, "sku_id": str(market.mutton.id), "quantity": quantity}
    return visitor.post("/cart/lines", data=form)


def sign_in(visitor: FlaskClient, codes: list[MadeCode], back_to: str) -> TestResponse:
    token = form_token(visitor.get(f"/sign-in?next={back_to}"))
    form = {"csrf_token": token, "phone": PHONE, "next": back_to}
    visitor.post("/sign-in/code", data=form)
    return visitor.post("/sign-in/phone", data=form | {"code": codes[-1].code})


class TestVisitor:
    def test_fills_a_cart_signs_in_at_checkout_and_goes_on(
        self, visitor: FlaskClient, market: Market, codes: list[MadeCode]
    ) -> None:
        assert put(visitor, market).status_code == 303
        page = visitor.get("/cart")
        assert "116.00" in page.text
        assert "登录后结算" in page.text
        assert '<span class="bubble">1</span>' in page.text
        asked = visitor.get("/checkout")
        assert asked.headers["Location"] == "/sign-in?next=%2Fcheckout"
        done = sign_in(visitor, codes, "/checkout")
        assert (done.status_code, done.headers["Location"]) == (303, "/checkout")
        assert visitor.get_cookie(COOKIE) is None
        assert visitor.get("/checkout").status_code == 200
        assert "南江黄羊肉" in visitor.get("/cart").text

    def test_changes_and_removes_lines(self, visitor: FlaskClient, market: Market) -> None:
        put(visitor, market)
        form = {"csrf_token": form_token(visitor.get("/cart"))}
        address = f"/cart/lines/{market.mutton.id}"
        visitor.post(address, data=form | {"quantity": "5"})
        assert "290.00" in visitor.get("/cart").text
        visitor.post(f"{address}/remove", data=form)
        assert "购物车还是空的" in visitor.get("/cart").text

    def test_is_not_asked_to_sign_in_to_look_at_an_empty_cart(self, visitor: FlaskClient) -> None:
        page = visitor.get("/cart")
        assert page.status_code == 200
        assert "购物车还是空的" in page.text

    def test_begins_anew_when_the_cart_is_gone(self, visitor: FlaskClient, market: Market) -> None:
        visitor.set_cookie(COOKIE, "x" * 43)
        assert put(visitor, market).status_code == 303
        assert "116.00" in visitor.get("/cart").text

    def test_has_a_cookie_that_no_script_reads(self, visitor: FlaskClient, market: Market) -> None:
        answer = put(visitor, market)
        [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(COOKIE)]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


class TestAnotherTab:
    """While one tab signed in, another one put something into the guest cart."""

    @pytest.fixture
    def left(self, visitor: FlaskClient, market: Market) -> GuestCart:
        opened = open_guest_cart()
        add_to_cart(opened.cart.id, market.tea.id, 1)
        visitor.set_cookie(COOKIE, opened.token)
        return opened.cart

    def test_is_offered_to_be_merged_and_reading_merges_nothing(
        self, visitor: FlaskClient, market: Market, left: GuestCart
    ) -> None:
        token = identity.sign_in_page(visitor, market.shopper)
        cart_id = left.id
        assert "登录前放入的 1 种商品" in visitor.get("/cart").text
        assert count_lines(cart_id) == 1
        assert visitor.post("/cart/merge", data={"csrf_token": token}).status_code == 303
        assert "登录前放入的" not in visitor.get("/cart").text
        assert [line.quantity for line in list_lines(market.shopper.id)] == [1]
        assert visitor.get_cookie(COOKIE) is None

    def test_is_merged_by_the_next_change(
        self, visitor: FlaskClient, market: Market, left: GuestCart
    ) -> None:
        token = identity.sign_in_page(visitor, market.shopper)
        form = {"csrf_token": token, "sku_id": str(market.mutton.id), "quantity": "1"}
        visitor.post("/cart/lines", data=form)
        assert count_lines(market.shopper.id) == 2


class TestSignIn:
    def test_succeeds_even_if_the_cart_cannot_be_merged_now(
        self,
        visitor: FlaskClient,
        market: Market,
        codes: list[MadeCode],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        put(visitor, market)

        def fail(*_: object) -> int:
            raise RuntimeError("the database blinked")

        monkeypatch.setattr("orders.guest_carts.service.merge_guest_cart", fail)
        assert sign_in(visitor, codes, "/cart").status_code == 303
        monkeypatch.undo()
        assert visitor.get_cookie(COOKIE) is not None
        assert "登录前放入的 1 种商品" in visitor.get("/cart").text
