"""The shop window's pages as a visitor gets them."""

import uuid

import pytest
from flask.testing import FlaskClient

from marketplace.permissions import Role
from partners.credits.facts import ProductKind
from tests.factories import identity, partners
from tests.factories.products import XINHE, MadeProduct, make_product


@pytest.fixture
def mutton() -> MadeProduct:
    cooperative = partners.make_cooperative(name="示例合作社 · 南江")
    return make_product(cooperative.id, name="南江黄羊肉", category_code="mutton")


@pytest.fixture
def lute() -> MadeProduct:
    cooperative = partners.make_cooperative(name="示例乐器坊 · 新和", region_code=XINHE)
    return make_product(
        cooperative.id, name="手工都塔尔", kind=ProductKind.CRAFT, category_code="instruments",
        origin_code=XINHE, is_certified=False,
    )  # fmt: skip


class TestHome:
    def test_shows_the_pairings_in_force_today_and_no_ended_one(self, client: FlaskClient) -> None:
        page = client.get("/").text
        assert "region=511922&amp;for=330783" in page  # Dongyang with Nanjiang
        assert "region=511922&amp;for=331122" not in page  # Jinyun's ended in 2021

    def test_the_diagram_says_in_words_what_it_draws(self, client: FlaskClient) -> None:
        assert "南江县对东阳市" in client.get("/").text

    def test_shows_what_is_new(self, client: FlaskClient, mutton: MadeProduct) -> None:
        assert f"/products/{mutton.id}" in client.get("/").text

    def test_loads_nothing_from_another_host_and_runs_no_inline_script(
        self, client: FlaskClient
    ) -> None:
        page = client.get("/")
        assert "http://" not in page.text.replace("http://www.w3.org", "")
        assert "https://" not in page.text
        assert " style=" not in page.text
        assert "<script>" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


class TestBrowseProducts:
    def test_narrows_to_a_region_and_a_category(
        self, client: FlaskClient, mutton: MadeProduct, lute: MadeProduct
    ) -> None:
        page = client.get("/products?region=652925&category=crafts").text
        assert str(lute.id) in page
        assert str(mutton.id) not in page

    def test_says_which_goods_would_count_for_the_region_that_was_chosen(
        self, client: FlaskClient, mutton: MadeProduct, lute: MadeProduct
    ) -> None:
        page = client.get("/products?for=330783").text
        assert page.count("可计入东阳市") == 1
        # The choice is remembered for the next page.
        assert "可计入东阳市" in client.get("/products").text

    def test_a_region_that_is_not_paired_is_not_taken(
        self, client: FlaskClient, mutton: MadeProduct
    ) -> None:
        assert "可计入" not in client.get("/products?for=110101").text

    def test_searches_in_chinese(
        self, client: FlaskClient, mutton: MadeProduct, lute: MadeProduct
    ) -> None:
        page = client.get("/products?q=黄羊").text
        assert str(mutton.id) in page
        assert str(lute.id) not in page

    def test_nothing_found_says_what_to_do(self, client: FlaskClient) -> None:
        assert "没有找到符合的商品" in client.get("/products?q=不存在的东西").text

    def test_goes_on_to_the_next_page(self, client: FlaskClient) -> None:
        cooperative = partners.make_cooperative()
        for number in range(26):
            make_product(cooperative.id, name=f"山货{number}")
        first = client.get("/products").text
        assert first.count('class="product"') == 24
        following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
        assert client.get(following.replace("&amp;", "&")).text.count('class="product"') == 2

    @pytest.mark.parametrize("query", ["sort=nonsense", "after=nonsense", "region=x", "category=x"])
    def test_nonsense_is_no_server_error(self, client: FlaskClient, query: str) -> None:
        assert client.get(f"/products?{query}").status_code in (200, 422)


class TestViewProduct:
    def test_shows_origin_certificate_and_counts(
        self, client: FlaskClient, mutton: MadeProduct
    ) -> None:
        assert mutton.certificate is not None
        page = client.get(f"/products/{mutton.id}?for=330783").text
        assert "四川省巴中市南江县" in page
        assert str(mutton.certificate.certificate_no) in page
        assert "计入东阳市—南江县结对任务" in page
        assert "帮助销售 · ¥58.00 · 付款后待确认" in page

    def test_a_clerk_is_told_about_the_own_unit(
        self, client: FlaskClient, mutton: MadeProduct
    ) -> None:
        unit = partners.make_buying_unit(name="示例小学 · 东阳", region_code="330783")
        clerk = identity.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        identity.sign_in_page(client, clerk)
        page = client.get(f"/products/{mutton.id}").text
        assert "直接采购 · ¥58.00 · 付款后待确认" in page
        assert "计入示例小学 · 东阳预留份额" in page

    def test_an_ended_pairing_says_when_it_ended(
        self, client: FlaskClient, mutton: MadeProduct
    ) -> None:
        page = client.get(f"/products/{mutton.id}?for=331122").text
        assert "缙云县—南江县结对已于" in page
        assert "不计入结对任务" in page

    def test_another_id_is_not_found(self, client: FlaskClient) -> None:
        identity.browse(client)
        assert client.get(f"/products/{uuid.uuid4()}").status_code == 404
