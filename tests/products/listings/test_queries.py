"""The shop window: filters, orders, pages, words, and what must not be shown."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from marketplace import clock
from marketplace.database import db
from marketplace.errors import Unprocessable
from partners.credits.facts import ProductKind
from products.catalogue.errors import ProductNotFound
from products.catalogue.models import ListingState
from products.certificates.models import CertificateState
from products.listings import queries, statements
from products.listings.statements import Sort
from tests.factories.partners import make_cooperative
from tests.factories.products import NANJIANG, XINHE, XUYONG, MadeProduct, make_product, make_sku


def names(**wanted: object) -> list[str]:
    return [card.name for card in queries.list_page(**wanted).items]  # type: ignore[arg-type]


@pytest.fixture
def goods() -> dict[str, MadeProduct]:
    cooperative = make_cooperative().id
    made = {}
    for name, category, origin, price in [
        ("南江黄羊肉", "mutton", NANJIANG, 8800),
        ("南江金银花", "honeysuckle", NANJIANG, 3900),
        ("南江大叶茶", "green_tea", NANJIANG, 12800),
        ("加依村手工热瓦普", "instruments", XINHE, 98000),
        ("新和核桃", "walnuts", XINHE, 4500),
    ]:
        kind = ProductKind.CRAFT if category == "instruments" else ProductKind.AGRICULTURAL
        made[name] = make_product(
            cooperative, name=name, category_code=category, origin_code=origin, price_fen=price,
            kind=kind,
        )  # fmt: skip
    return made


class TestListPage:
    def test_shows_the_newest_first(self, goods: dict[str, MadeProduct]) -> None:
        assert names() == list(reversed(goods))

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            ({"region": NANJIANG}, 3), ({"region": "511900"}, 3), ({"region": "510000"}, 3),
            ({"region": XINHE}, 2), ({"region": "331122"}, 0),
            ({"category": "tea"}, 1), ({"category": "green_tea"}, 1), ({"category": "crafts"}, 1),
            ({"region": "510000", "category": "crafts"}, 0),
            ({"region": "650000", "category": "nuts"}, 1),
        ],
    )  # fmt: skip
    def test_filters_by_place_and_category(
        self, goods: dict[str, MadeProduct], wanted: dict[str, str], expected: int
    ) -> None:
        assert len(names(**wanted)) == expected
        # The same filters on a search must agree with the walked window.
        for word in ("南江", "新和", "手工"):
            with_words = set(names(q=word, **wanted))
            assert with_words == set(names(q=word)) & set(names(**wanted))

    @pytest.mark.parametrize("wanted", [{"region": "999999"}, {"category": "gold"}])
    def test_names_the_filter_that_is_unknown(self, wanted: dict[str, str]) -> None:
        with pytest.raises(Unprocessable) as caught:
            names(**wanted)
        assert caught.value.fields.keys() == wanted.keys()

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            (Sort.PRICE_ASC, ["南江金银花", "新和核桃", "南江黄羊肉", "南江大叶茶", "加依村手工热瓦普"]),
            (Sort.PRICE_DESC, ["加依村手工热瓦普", "南江大叶茶", "南江黄羊肉", "新和核桃", "南江金银花"]),
            (Sort.NAME, ["加依村手工热瓦普", "南江大叶茶", "南江黄羊肉", "南江金银花", "新和核桃"]),
        ],
    )  # fmt: skip
    def test_sorts(self, goods: dict[str, MadeProduct], sort: Sort, expected: list[str]) -> None:
        assert names(sort=sort) == expected

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize(("q", "walk"), [(None, 800), ("核桃", 800), ("核桃", 1)])
    def test_pages_without_gap_or_repeat(
        self, monkeypatch: pytest.MonkeyPatch, sort: Sort, q: str | None, walk: int
    ) -> None:
        # A search walks, or asks the index of words; both must give the same pages.
        monkeypatch.setattr(statements, "SEARCH_WALK", walk)
        statements.page_statement.cache_clear()
        cooperative = make_cooperative().id
        # Equal prices, names and instants: only the id keeps them apart.
        with clock.travel(datetime(2026, 5, 1, tzinfo=UTC)):
            made = {
                make_product(cooperative, name="核桃", price_fen=100, is_certified=False).id
                for _ in range(7)
            }
        seen: list[uuid.UUID] = []
        after = None
        while True:
            page = queries.list_page(q=q, sort=sort, limit=3, after=after)
            seen += [card.id for card in page.items]
            after = page.next
            if after is None:
                break
        assert len(seen) == 7
        assert set(seen) == made

    def test_shows_nothing_that_is_not_listed(self) -> None:
        cooperative = make_cooperative().id
        for state in set(ListingState) - {ListingState.LISTED}:
            make_product(cooperative, name="核桃", state=state)
        make_product(make_cooperative(state="suspended").id, name="核桃")
        assert names() == []
        assert names(q="核桃") == []

    def test_places_processed_goods_by_their_main_material(self) -> None:
        cooperative = make_cooperative().id
        make_product(
            cooperative, name="叙永桃片", kind=ProductKind.PROCESSED, origin_code=XUYONG,
            main_material_code=NANJIANG,
        )  # fmt: skip
        make_product(
            cooperative, name="松子仁", kind=ProductKind.PROCESSED, origin_code="220581",
            category_code="other_nuts",
        )  # fmt: skip
        assert names(region=NANJIANG) == ["叙永桃片"]
        assert names(region=XUYONG) == []
        assert names(region="220581") == []
        unknown = queries.list_page(q="松子").items[0]
        assert (unknown.origin_code, unknown.origin_name) == (None, None)

    def test_tells_what_a_card_shows(self) -> None:
        cooperative = make_cooperative(name="示例合作社 · 南江")
        made = make_product(cooperative.id, name="南江黄羊肉", price_fen=8800, on_hand=0)
        make_sku(made.product, spec="整只", unit="只", price_fen=160000, on_hand=1)
        card = queries.list_page().items[0]
        assert (card.price_from_fen, card.spec, card.unit) == (8800, "500 克", "袋")
        assert card.is_in_stock  # the dearer spec is there
        assert card.origin_name == "四川省巴中市南江县"
        assert card.cooperative_name == "示例合作社 · 南江"
        assert card.certificate_no == made.certificate.certificate_no  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        "facts",
        [
            {"valid_to": date(2020, 1, 1)},
            {"valid_from": date(2099, 1, 1), "valid_to": date(2100, 1, 1)},
            {"certificate_state": CertificateState.REVOKED},
            {"certificate_state": CertificateState.SUSPENDED},
            {"certificate_state": CertificateState.APPLIED},
        ],
    )
    def test_shows_no_certificate_that_is_not_in_force(self, facts: dict[str, object]) -> None:
        made = make_product(make_cooperative().id, **facts)  # type: ignore[arg-type]
        assert queries.list_page().items[0].certificate_no is None
        assert queries.get_detail(made.id).certificate is None

    @pytest.mark.parametrize("wanted", [{}, {"q": "核桃"}, {"region": XINHE, "category": "nuts"}])
    def test_is_one_statement(
        self,
        goods: dict[str, MadeProduct],
        count_queries: Callable[[], int],
        wanted: dict[str, str],
    ) -> None:
        names()  # the region tree and the categories are in memory after this
        before = count_queries()
        assert names(**wanted)
        assert count_queries() - before == 1


@pytest.mark.parametrize("walk", [800, 1])
class TestSearch:
    """What jieba-indexed search misses, and what shoppers type instead of characters.

    Each by both ways of searching: walking the window, and asking the index of words.
    """

    @pytest.fixture(autouse=True)
    def way(self, monkeypatch: pytest.MonkeyPatch, walk: int) -> Iterator[None]:
        monkeypatch.setattr(statements, "SEARCH_WALK", walk)
        statements.page_statement.cache_clear()
        yield
        statements.page_statement.cache_clear()

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("茶", ["大叶茶具茶盘", "南江大叶茶"]), ("大叶茶", ["大叶茶具茶盘", "南江大叶茶"]),
            ("鞋", ["手工布鞋垫"]), ("充电", ["太阳能充电宝"]), ("充电宝", ["太阳能充电宝"]),
            ("jyh", ["南江金银花"]), ("JYH", ["南江金银花"]), ("jinyinhua", ["南江金银花"]),
            ("njjyh", ["南江金银花"]), ("jinyin", ["南江金银花"]), ("jyh 南江", ["南江金银花"]),
            ("jyh 茶", []), ("金银花", ["南江金银花"]), ("金銀花", ["南江金银花"]),
            ("銀花 南江", ["南江金银花"]), ("花金", []), ("ＡＢＣ", ["ABC 核桃"]), ("abc核桃", ["ABC 核桃"]),
            ("⾦银花", ["南江金银花"]), ("金，银", ["南江金银花"]), ("ABC 4", []),
        ],
    )  # fmt: skip
    def test_finds(self, walk: int, words: str, expected: list[str]) -> None:
        cooperative = make_cooperative().id
        for name in (
            "南江大叶茶", "南江金银花", "手工布鞋垫", "太阳能充电宝", "ABC 核桃", "大叶茶具茶盘",
        ):  # fmt: skip
            make_product(cooperative, name=name, is_certified=False)
        assert names(q=words) == expected

    @pytest.mark.parametrize("words", ["，。！", "🍵", "'", "\\", "   ", "%", "\x00"])
    def test_finds_nothing_where_nothing_can_be_searched(self, walk: int, words: str) -> None:
        make_product(make_cooperative().id)
        assert names(q=words) == []

    @pytest.mark.parametrize("words", ["' | '", "a' & !b", "南江 & | !", "羊:*A", "x" * 500])
    def test_takes_operators_for_words(self, walk: int, words: str) -> None:
        make_product(make_cooperative().id)
        assert names(q=words) in ([], ["南江黄羊肉"])

    def test_finds_by_place_and_category(self, walk: int) -> None:
        make_product(make_cooperative().id, name="黄羊后腿", category_code="mutton")
        assert names(q="南江 羊肉") == ["黄羊后腿"]
        assert names(q="四川") == ["黄羊后腿"]
        assert names(q="mutton") == ["黄羊后腿"]


class TestGetDetail:
    def test_tells_everything_in_one_statement(self, count_queries: Callable[[], int]) -> None:
        made = make_product(make_cooperative().id, quarantine_certificate_no="川巴 2026 001")
        make_sku(made.product, spec="整只", price_fen=160000, on_hand=3)
        make_sku(made.product, spec="停售", price_fen=1, is_active=False)
        names()
        before = count_queries()
        detail = queries.get_detail(made.id)
        assert count_queries() - before == 1
        assert [(sku.spec, sku.available) for sku in detail.skus] == [("500 克", 100), ("整只", 3)]
        assert detail.certificate is not None
        assert detail.certificate.linked_households == 12
        assert detail.origin.name == "四川省巴中市南江县"
        assert detail.judged_origin == detail.origin

    @pytest.mark.parametrize("state", sorted(set(ListingState) - {ListingState.LISTED}))
    def test_hides_what_is_not_listed(self, state: ListingState) -> None:
        made = make_product(make_cooperative().id, state=state)
        with pytest.raises(ProductNotFound):
            queries.get_detail(made.id)

    def test_hides_products_of_a_suspended_cooperative(self) -> None:
        made = make_product(make_cooperative(state="suspended").id)
        with pytest.raises(ProductNotFound):
            queries.get_detail(made.id)
        assert db.session.is_active
