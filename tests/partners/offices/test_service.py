"""Opening offices where pairings need them."""

from sqlalchemy import func, select

from marketplace.database import db, transaction
from partners.offices.models import Office
from partners.offices.queries import find_office_of, list_offices_over
from partners.offices.service import open_offices
from partners.regions.models import RegionLevel
from tests.conftest import Committed


def count_offices() -> int:
    return db.session.scalar(select(func.count()).select_from(Office)) or 0


class TestOpenOffices:
    def test_the_shipped_pairings_have_their_offices_at_every_level(self) -> None:
        names = [office.name for office in list_offices_over("331122")]
        assert names == ["缙云县对口办", "丽水市对口办", "浙江省对口办"]

    def test_a_citys_counties_have_theirs_though_only_the_city_is_paired(self) -> None:
        for county in ("331102", "331121", "331122", "331123", "331124", "331125", "331126", "331127", "331181"):  # fmt: skip
            assert find_office_of(county) is not None

    def test_headings_are_stepped_over(self) -> None:
        open_offices(["659002"])
        office = find_office_of("659002")
        assert office is not None
        governor = db.session.get(Office, office.parent_id)
        assert governor is not None
        assert (governor.region_code, governor.level) == ("650000", RegionLevel.PROVINCE)
        assert find_office_of("659000") is None

    def test_opens_none_twice(self) -> None:
        before = count_offices()
        open_offices(["331122", "511922"])
        assert count_offices() == before

    def test_a_city_without_counties_has_one(self) -> None:
        open_offices(["441900"])
        assert [office.name for office in list_offices_over("441900")] == [
            "东莞市对口办",
            "广东省对口办",
        ]

    def test_two_at_once_share_the_offices_above(self, committed: Committed) -> None:
        def opening(code: str) -> bool:
            with transaction():
                open_offices([code])
            return True

        codes = ("440106", "440305", "440402", "440507")  # four cities of one province
        results = committed.in_parallel(*(lambda code=code: opening(code) for code in codes))
        assert results == [True] * 4
        with committed.context():
            tops = {list_offices_over(code)[-1].id for code in codes}
            assert len(tops) == 1
