"""The address book's pages, and choosing from it at checkout."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.addresses.queries import list_addresses
from orders.addresses.service import list_seen
from orders.carts.service import add_to_cart
from orders.checkout.service import Recipient
from orders.trades.models import Order
from tests.factories import identity, partners
from tests.factories.addresses import make_address
from tests.factories.products import make_product

PLACE = {"region-1": "330000", "region-2": "330700", "region-3": "330783"}
PERSON = {"name": "示例收货人", "phone": "13800000000", "address": "示例路 1 号"}


@pytest.fixture
def shopper() -> Account:
    return identity.make_account()


@pytest.fixture
def token(client: FlaskClient, shopper: Account) -> str:
    return identity.sign_in_page(client, shopper)


class TestAddressPages:
    def test_choose_the_division_step_by_step_and_save(
        self, client: FlaskClient, token: str, shopper: Account
    ) -> None:
        form = {"csrf_token": token, **PERSON, "region-1": "330000", "step": "choose"}
        page = client.post("/addresses/new", data=form)
        assert 'name="region-2"' in page.text
        missing = client.post("/addresses/new", data=form | {"step": "save"})
        assert missing.status_code == 422
        assert "请选择到县" in missing.text
        saved = client.post("/addresses/new", data=form | PLACE | {"step": "save"})
        assert (saved.status_code, saved.headers["Location"]) == (303, "/addresses")
        page = client.get("/addresses").text
        assert "浙江省金华市东阳市 示例路 1 号" in page
        assert "默认" in page

    def test_change_and_remove(self, client: FlaskClient, token: str, shopper: Account) -> None:
        address = make_address(identity.actor_of(shopper))
        path = f"/addresses/{address.id}"
        assert 'value="示例收货人"' in client.get(path).text
        form = {"csrf_token": token, **PERSON, **PLACE, "step": "save", "name": "示例乙"}
        assert client.post(path, data=form | {"version": "9"}).status_code == 412
        assert client.post(path, data=form | {"version": "1"}).status_code == 303
        assert list_seen(identity.actor_of(shopper))[0].details.name == "示例乙"
        assert client.post(f"{path}/remove", data={"csrf_token": token}).status_code == 303
        assert list(list_addresses(identity.actor_of(shopper))) == []


class TestCheckout:
    def bought(self, account: Account) -> None:
        cooperative = partners.make_cooperative()
        made = make_product(cooperative.id, price_fen=5800)
        add_to_cart(account.id, made.sku.id, 1)

    def digest(self, page: str) -> str:
        found = re.search(r'name="quote_digest" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def test_proposes_the_default_and_sends_there_in_one_tap(
        self, client: FlaskClient, token: str, shopper: Account
    ) -> None:
        self.bought(shopper)
        address = make_address(identity.actor_of(shopper), name="示例甲")
        make_address(identity.actor_of(shopper), name="示例乙", region_code="331102")
        page = client.get("/checkout").text
        assert re.search(rf'value="{address.id}" checked', page)
        form = {"csrf_token": token, "step": "place", "address_id": str(address.id),
                "attribution": "delivery", "quote_digest": self.digest(page)}  # fmt: skip
        assert client.post("/checkout", data=form).status_code == 303
        order = db.session.scalars(select(Order)).one()
        assert order.ship_to_code == "330783"
        assert Recipient.unseal(order.ship_to).name == "示例甲"

    def test_proposes_the_unit_s_address_to_its_clerk(self, client: FlaskClient) -> None:
        unit = partners.make_buying_unit()
        clerk = identity.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        self.bought(clerk)
        make_address(identity.actor_of(clerk), name="示例甲")
        shared = make_address(identity.actor_of(clerk), name="示例食堂", buying_unit_id=unit.id)
        identity.sign_in_page(client, clerk)
        page = client.get("/checkout").text
        assert re.search(rf'value="{shared.id}" checked', page)

    def test_does_not_take_an_address_of_others(
        self, client: FlaskClient, token: str, shopper: Account
    ) -> None:
        self.bought(shopper)
        make_address(identity.actor_of(shopper))
        foreign = make_address(identity.make_actor(), name="示例丙")
        form = {"csrf_token": token, "step": "quote", "address_id": str(foreign.id)}
        page = client.post("/checkout", data=form).text
        assert "示例丙" not in page
        assert "quote_digest" not in page

    def test_keeps_a_typed_address_if_asked(
        self, client: FlaskClient, token: str, shopper: Account
    ) -> None:
        self.bought(shopper)
        assert 'name="keep" value="yes" checked' in client.get("/checkout").text
        form = {"csrf_token": token, "attribution": "delivery", **PLACE, **PERSON, "keep": "yes"}
        page = client.post("/checkout", data=form | {"step": "quote"}).text
        form |= {"step": "place", "quote_digest": self.digest(page)}
        assert client.post("/checkout", data=form).status_code == 303
        assert [one.details.name for one in list_seen(identity.actor_of(shopper))] == ["示例收货人"]
