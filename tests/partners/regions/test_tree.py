"""The tree of regions, on the divisions that ship with the product."""

from datetime import date

import pytest

from partners.regions.models import RegionLevel
from partners.regions.queries import tree


class TestFullName:
    @pytest.mark.parametrize(
        ("code", "name"),
        [
            ("331122", "浙江省丽水市缙云县"),
            ("330000", "浙江省"),
            ("441900", "广东省东莞市"),
            ("110101", "北京市东城区"),
            ("500156", "重庆市武隆区"),
            ("500229", "重庆市城口县"),
            ("419001", "河南省济源市"),
            ("659002", "新疆维吾尔自治区阿拉尔市"),
        ],
    )
    def test_reads_as_one_writes_it(self, code: str, name: str) -> None:
        assert tree().full_name(code) == name

    def test_never_shows_a_heading_of_the_standard(self) -> None:
        regions = tree()
        named = [regions.full_name(code) for top in regions.children(None) for code in regions.descendants(top.code)]  # fmt: skip
        assert len(named) == 3348
        assert not [name for name in named if "市辖区" in name or "直辖" in name]


class TestIsInside:
    def test_holds_along_the_path(self) -> None:
        assert tree().path("331122") == ("330000", "331100", "331122")
        assert tree().is_inside("331122", "331122")
        assert tree().is_inside("331122", "331100")
        assert tree().is_inside("331122", "330000")

    def test_does_not_hold_downwards_or_sideways(self) -> None:
        assert not tree().is_inside("331100", "331122")
        assert not tree().is_inside("331121", "331122")

    def test_unknown_codes_lie_nowhere(self) -> None:
        assert not tree().is_inside("999999", "330000")
        assert not tree().is_inside("331122", "999999")


class TestParent:
    def test_steps_over_headings(self) -> None:
        governing = [tree().parent(code) for code in ("331122", "419001", "110101", "330000")]
        assert [node and node.code for node in governing] == ["331100", "410000", "110000", None]


class TestPlacesIn:
    def test_replaces_headings_by_what_stands_under_them(self) -> None:
        henan = [place.code for place in tree().places_in("410000")]
        assert "410100" in henan
        assert "419001" in henan
        assert "419000" not in henan

    def test_a_city_without_counties_has_none(self) -> None:
        assert tree().places_in("441900") == []
        assert tree().get("441900").level is RegionLevel.CITY


class TestResolve:
    @pytest.mark.parametrize(
        ("code", "on", "now"),
        [
            ("130721", date(2014, 6, 1), "130705"),  # 宣化县 → 宣化区
            ("139001", date(2015, 6, 1), "130682"),  # 定州市
            ("540422", date(2020, 6, 1), "540481"),  # 米林县 → 米林市
            ("632825", date(2014, 6, 1), "632857"),  # 大柴旦, as the published list writes it
            ("513700", date(1999, 6, 1), "511900"),  # 巴中地区
            ("331122", date(2020, 6, 1), "331122"),
        ],
    )
    def test_reads_a_former_code_as_of_the_day_of_its_paper(
        self, code: str, on: date, now: str
    ) -> None:
        found = tree().resolve(code, on)
        assert found is not None
        assert found.code == now

    def test_refuses_a_former_code_after_its_end(self) -> None:
        assert tree().resolve("130721", date(2020, 1, 1)) is None

    def test_refuses_a_code_before_its_beginning(self) -> None:
        assert tree().resolve("331100", date(1990, 1, 1)) is None

    def test_mistakes_of_the_published_list_name_the_prefecture_still(self) -> None:
        found = tree().resolve("532600", date(2014, 1, 1))
        assert found is not None
        assert found.name == "文山壮族苗族自治州"

    def test_a_county_split_in_two_has_no_single_successor(self) -> None:
        assert tree().resolve("330621", date(2010, 1, 1)) is None  # 绍兴县


class TestRead:
    def test_reads_a_code_given_up_as_what_it_has_become(self) -> None:
        for on in (date(2014, 6, 1), date(2026, 6, 1)):
            found = tree().read("130721", on)
            assert found is not None
            assert found.code == "130705"
        assert tree().read("999999", date(2026, 6, 1)) is None


class TestName:
    def test_is_what_the_county_was_called_that_day(self) -> None:
        assert tree().name("130705") == "宣化区"
        assert tree().name("520581", date(2015, 6, 1)) == "黔西县"
        assert tree().name("520581", date(2024, 6, 1)) == "黔西市"


class TestAmong832:
    def test_counts_them(self) -> None:
        regions = tree()
        listed = [c for top in regions.children(None) for c in regions.descendants(top.code) if regions.is_among_832(c)]  # fmt: skip
        assert len(listed) == 831  # 茫崖 and 冷湖 are one city today

    def test_knows_who_is_not_one(self) -> None:
        assert tree().is_among_832("511922")  # 南江
        for code in ("652925", "220581", "659002", "510500", "999999"):
            assert not tree().is_among_832(code)


class TestOrganisations:
    def test_the_corps_reaches_its_cities_and_no_other(self) -> None:
        corps = tree().organisation("xpcc")
        assert corps is not None
        assert (corps.name, corps.region_code) == ("新疆生产建设兵团", "650000")
        assert all(tree().is_reached_by(f"6590{n:02}", "xpcc") for n in range(1, 13))
        assert not tree().is_reached_by("652925", "xpcc")
        assert not tree().is_reached_by("659001", "nobody")


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "first"),
        [
            ("缙云", "331122"),
            ("丽水", "331100"),
            ("浙江丽水", "331100"),
            ("lishui", "331100"),
            ("Lishui", "331100"),
            ("jinyun", "331122"),
            ("njx", "511922"),
            ("宣化县", "130705"),
            ("139001", "130682"),
            ("3311", "331100"),
            ("长子", "140428"),
            ("zhangzi", "140428"),
            ("chaoyangshi", "211300"),
        ],
    )
    def test_finds_by_name_pinyin_initials_or_code(self, words: str, first: str) -> None:
        found = [node.code for node in tree().search(words, limit=20)]
        assert first in found[:1] or (words == "njx" and first in found)

    def test_finds_no_headings_and_nothing_for_blanks(self) -> None:
        assert tree().search("市辖区") == []
        assert tree().search("   ") == []
        assert tree().search("%") == []

    def test_keeps_to_a_level_and_a_limit(self) -> None:
        cities = tree().search("l", level=RegionLevel.CITY, limit=3)
        assert len(cities) == 3
        assert {node.level for node in cities} == {RegionLevel.CITY}
