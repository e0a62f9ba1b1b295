"""Papers in pages and over the API: the two sides take them, anybody checks them."""

import pytest
from flask.testing import FlaskClient

from marketplace.pages import CSRF_FIELD
from orders.papers.models import PaperKind
from orders.papers.service import make_paper
from orders.trades.models import Order
from tests.factories.identity import browse, sign_in, sign_in_page
from tests.factories.orders import Market, buy, make_market
from tests.factories.units import Unit, make_unit


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def order(market: Market, unit: Unit) -> Order:
    return unit.buy([(market.mutton, 2)])[0]


class TestButtons:
    def test_stand_on_the_orders_page_of_either_side(
        self, client: FlaskClient, market: Market, unit: Unit, order: Order
    ) -> None:
        for account, path in (
            (unit.clerk, f"/orders/{order.id}"),
            (market.nanjiang.manager, f"/desk/orders/{order.id}"),
        ):
            token = sign_in_page(client, account)
            page = client.get(path).text
            assert "下载采购合同" in page
            assert "下载验收单" not in page
            made = client.post(
                f"/orders/{order.id}/papers", data={CSRF_FIELD: token, "kind": "contract"}
            )
            assert made.status_code == 303
            file = client.get(made.headers["Location"])
            assert file.data.startswith(b"%PDF-")
            assert "attachment" in file.headers["Content-Disposition"]

    def test_stand_not_on_a_private_buyers(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.tea, 1)])
        sign_in_page(client, market.shopper)
        assert "下载采购合同" not in client.get(f"/orders/{order.id}").text

    def test_say_why_a_paper_is_not_there_yet(
        self, client: FlaskClient, unit: Unit, order: Order
    ) -> None:
        token = sign_in_page(client, unit.clerk)
        client.post(f"/orders/{order.id}/papers", data={CSRF_FIELD: token, "kind": "acceptance"})
        assert "确认收货后才能出具验收单" in client.get(f"/orders/{order.id}").text


class TestCheckPaper:
    def test_shows_bodies_and_a_sum_and_nobody(
        self, client: FlaskClient, unit: Unit, order: Order
    ) -> None:
        paper = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        page = browse(client).get(f"/papers?code={paper.code.lower()}").text
        for shown in (paper.paper_no, "示例小学 · 东阳", "示例合作社 · 南江", "116.00"):
            assert shown in page
        assert paper.content_hash.hex() in page
        for hidden in ("示例收货人", "示例路", "138", "南江黄羊肉"):
            assert hidden not in page

    def test_knows_a_code_that_is_none(self, client: FlaskClient) -> None:
        answer = browse(client).get("/papers/7K2M-9QX4-RTH8")
        assert answer.status_code == 404
        assert "没有这个核验码的单据" in answer.text

    def test_tells_the_number_from_the_code(
        self, client: FlaskClient, unit: Unit, order: Order
    ) -> None:
        paper = make_paper(unit.actor, order.id, kind=PaperKind.CONTRACT)
        assert "以 HT、YS 开头的是编号" in browse(client).get("/papers").text
        answer = browse(client).get(f"/papers?code={paper.paper_no}")
        assert answer.status_code == 404
        assert "您输入的是采购合同的编号" in answer.text


class TestApi:
    def test_makes_lists_and_checks(self, client: FlaskClient, unit: Unit, order: Order) -> None:
        sign_in(client, unit.clerk)
        address = f"/api/v1/orders/{order.id}/papers"
        offered = client.get(address).json["items"]
        assert offered == [{"kind": "contract", "paper": None}]
        made = client.post(address, json={"kind": "contract"})
        assert made.status_code == 201
        assert client.get(address).json["items"][0]["paper"] == made.json
        checked = client.get(f"/api/v1/papers/codes/{made.json['code']}").json
        assert checked["total_fen"] == 116_00
        assert checked["content_hash"] == made.json["content_hash"]
        file = client.get(f"/api/v1/papers/{made.json['id']}/paper.pdf")
        assert file.content_type == "application/pdf"
