"""Freight in pages: the cooperative's templates, and what product and cart say before checkout."""

import pytest
from flask.testing import FlaskClient

from marketplace.database import db
from orders.carts.service import add_to_cart
from orders.freight.models import FreightTemplate
from orders.freight.queries import get_template
from orders.freight.wording import read_regions
from tests.factories import identity
from tests.factories.freight import make_template, refused, zone
from tests.factories.orders import Market, make_market, place

LIANDU = {"region-1": "330000", "region-2": "331100", "region-3": "331102"}


@pytest.fixture
def market() -> Market:
    return make_market()


class TestReadRegions:
    def test_takes_names_and_codes(self) -> None:
        assert read_regions("新疆、西藏自治区, 浙江省丽水市\n331122") == (
            ["650000", "540000", "331100", "331122"], [],
        )  # fmt: skip

    def test_refuses_what_names_no_place_or_several(self) -> None:
        assert read_regions("鼓楼区、仙境") == ([], ["鼓楼区", "仙境"])


class TestDesk:
    def form(self, token: str, market: Market, **more: str) -> dict[str, str]:
        return {
            "csrf_token": token, "step": "save", "cooperative_id": str(market.nanjiang.id),
            "name": "常温", "basis": "weight", "zones": "3",
            "zone-0-rest": "yes", "zone-0-first_units": "1000", "zone-0-first_fen": "10",
            "zone-0-further_units": "500", "zone-0-further_fen": "2.5", "zone-0-free_from_fen": "99",
            "zone-1-regions": "新疆、西藏", "zone-1-refused": "yes", **more,
        }  # fmt: skip

    def test_writes_a_template(self, client: FlaskClient, market: Market) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert client.post("/desk/freight", data=self.form(token, market)).status_code == 303
        page = client.get("/desk/freight").text
        assert "首 1000 克 10.00 元，每增 500 克加 2.50 元；满 99.00 元免运费" in page
        assert "西藏自治区、新疆维吾尔自治区" in page
        assert "不配送" in page

    def test_says_beside_the_field_what_is_wrong(self, client: FlaskClient, market: Market) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        wrong = self.form(token, market, **{"zone-0-first_fen": "", "zone-1-regions": "仙境"})
        page = client.post("/desk/freight", data=wrong)
        assert page.status_code == 422
        assert "没有找到：仙境" in page.text
        assert 'id="zone-0-first_fen-error"' in page.text
        assert db.session.query(FreightTemplate).count() == 0

    def test_adds_a_region_to_the_form_without_saving(
        self, client: FlaskClient, market: Market
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        page = client.post("/desk/freight", data=self.form(token, market, step="add")).text
        assert "zone-3-regions" in page
        assert "新疆、西藏" in page

    def test_shows_a_template_as_it_was_written_and_saves_it_again(
        self, client: FlaskClient, market: Market
    ) -> None:
        template = make_template(market.nanjiang, zone(), refused("650000"))
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert "新疆维吾尔自治区" in client.get(f"/desk/freight/{template.id}").text
        form = self.form(token, market, version="1")
        assert client.post(f"/desk/freight/{template.id}", data=form).status_code == 303
        assert client.post(f"/desk/freight/{template.id}", data=form).status_code == 422
        assert get_template(template.id).template.version == 2

    def test_chooses_products_and_previews(self, client: FlaskClient, market: Market) -> None:
        make_template(market.nanjiang)
        cold = make_template(market.nanjiang, zone(first_fen=2000), name="冷链", is_default=False)
        token = identity.sign_in_page(client, market.nanjiang.manager)
        ticked = {"csrf_token": token, "product": str(market.mutton.product_id)}
        client.post(f"/desk/freight/{cold.id}/products", data=ticked)
        asked = {"sku_id": market.mutton.id, "quantity": "3", **LIANDU}
        page = client.get("/desk/freight", query_string=asked).text
        assert "运费 24.00 元" in page
        assert "3 件送至浙江省丽水市莲都区" in page


class TestBeforeCheckout:
    def test_the_product_says_what_sending_it_costs_or_that_it_is_not_sent(
        self, client: FlaskClient, market: Market
    ) -> None:
        make_template(market.nanjiang, zone(), refused("331102"))
        address = f"/products/{market.mutton.product_id}"
        assert "选收货地区" in client.get(address).text
        assert "不支持配送到浙江省丽水市莲都区" in client.get(address, query_string=LIANDU).text
        assert "不支持配送到" in client.get(address).text, "the place was forgotten"
        jinyun = LIANDU | {"region-3": "331122"}
        assert "运费 10.00 元" in client.get(address, query_string=jinyun).text

    def test_the_cart_says_it_for_the_place_of_the_last_order(
        self, client: FlaskClient, market: Market
    ) -> None:
        make_template(market.nanjiang, zone(), zone("650000", first_fen=3000))
        add_to_cart(market.shopper.id, market.mutton.id, 2)
        identity.sign_in_page(client, market.shopper)
        page = client.get("/cart").text
        assert "结算时选收货地区后计算" in page
        assert "应付（未含运费）" in page, "no sum to pay is named that leaves something out"
        place(market.buyer, [(market.tea, 1)])
        page = client.get("/cart").text
        assert "12.00" in page
        assert "按送至浙江省丽水市莲都区计算" in page

    def test_the_cart_says_what_is_not_sent_there(
        self, client: FlaskClient, market: Market
    ) -> None:
        place(market.buyer, [(market.tea, 1)])
        make_template(market.nanjiang, zone(), refused("330000"))
        add_to_cart(market.shopper.id, market.mutton.id, 2)
        identity.sign_in_page(client, market.shopper)
        assert "不支持配送到浙江省丽水市莲都区" in client.get("/cart").text
