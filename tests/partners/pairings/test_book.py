"""Which pairing a sale finds: dates, specificity, ties, organisations."""

from datetime import date
from uuid import UUID

import pytest

from marketplace.ids import new_id
from partners.pairings.book import PairingBook, PairingEntry, leading, specificity
from partners.pairings.models import Relation
from partners.pairings.queries import current_book
from partners.regions.queries import tree

JUNE_2020 = date(2020, 6, 15)
TODAY = date(2026, 11, 21)


def make_entry(east: str, west: str, **overrides: object) -> PairingEntry:
    regions = tree()
    facts: dict[str, object] = {
        "id": new_id(),
        "east_code": east,
        "west_code": west,
        "west_organisation_code": None,
        "relation": Relation.EAST_WEST_COOPERATION,
        "valid_from": date(2018, 1, 1),
        "valid_to": None,
        "document": None,
        "evidence": "test",
        "is_assumed": False,
        "specificity": specificity(regions.get(east).level, regions.get(west).level),
    } | overrides
    return PairingEntry(**facts)  # type: ignore[arg-type]


def ends(entries: list[PairingEntry]) -> list[tuple[str, str]]:
    return [(entry.east_code, entry.west_code) for entry in entries]


class TestCandidates:
    """On the pairings that ship with the product."""

    def test_jinyun_buying_from_nanjiang_counts_in_june_2020(self) -> None:
        found = current_book().candidates("511922", "331122", JUNE_2020)
        assert ends(found) == [("331122", "511922"), ("331100", "511900")]
        assert ends(leading(found)) == [("331122", "511922")]

    def test_and_no_longer_today(self) -> None:
        assert current_book().candidates("511922", "331122", TODAY) == []

    def test_dongyang_buying_from_nanjiang_counts_today(self) -> None:
        found = current_book().candidates("511922", "330783", TODAY)
        assert ends(found) == [("330783", "511922"), ("330700", "511900")]

    def test_any_county_of_lishui_buying_from_xinhe_counts_for_lishui(self) -> None:
        for county in ("331100", "331102", "331122", "331181"):
            found = current_book().candidates("652925", county, TODAY)
            assert ends(found) == [("331100", "652925")]

    def test_both_days_at_the_ends_of_a_pairing_belong_to_it(self) -> None:
        book = current_book()
        days = (date(2017, 12, 31), date(2018, 1, 1), date(2021, 3, 31), date(2021, 4, 1))
        found = [ends(leading(book.candidates("511922", "331122", day))) for day in days]
        assert found == [[], [("331122", "511922")], [("331122", "511922")], []]

    def test_several_eastern_counties_may_share_a_western_one(self) -> None:
        book = current_book()
        for county in ("330327", "330324", "330326"):
            assert ends(book.candidates("513233", county, JUNE_2020)) == [(county, "513233")]

    def test_an_unknown_or_former_code_finds_nothing(self) -> None:
        book = current_book()
        assert book.candidates("999999", "331122", JUNE_2020) == []
        assert book.candidates("511922", "999999", JUNE_2020) == []

    def test_a_whole_province_as_origin_is_inside_no_county(self) -> None:
        assert current_book().candidates("510000", "331122", JUNE_2020) == []


class TestSpecificity:
    def test_county_county_county_city_city_county_city_city(self) -> None:
        wanted = [("331122", "511922"), ("331122", "511900"), ("331100", "511922"), ("331100", "511900")]  # fmt: skip
        book = PairingBook([make_entry(*pair) for pair in reversed(wanted)], tree())
        assert ends(book.candidates("511922", "331122", TODAY)) == wanted

    def test_two_relations_of_the_same_regions_tie(self) -> None:
        one = make_entry("331100", "652925", relation=Relation.COUNTERPART_SUPPORT)
        other = make_entry("331100", "652925", relation=Relation.COUNTERPART_COOPERATION)
        wider = make_entry("330000", "652900")
        book = PairingBook([wider, one, other], tree())
        found = book.candidates("652925", "331122", TODAY)
        assert {entry.id for entry in leading(found)} == {one.id, other.id}
        assert found[-1] is wider

    def test_nobody_leads_where_there_is_no_candidate(self) -> None:
        assert leading([]) == []


class TestOrganisation:
    def test_a_pairing_with_the_corps_holds_in_its_cities_only(self) -> None:
        corps = make_entry("331100", "650000", west_organisation_code="xpcc")
        book = PairingBook([corps], tree())
        assert book.candidates("659002", "331122", TODAY) == [corps]
        assert book.candidates("652925", "331122", TODAY) == []


class TestWithin:
    def test_a_city_pairing_takes_in_its_counties_pairings_of_the_same_relation(self) -> None:
        book = current_book()
        city = next(e for e in book.in_force(JUNE_2020) if (e.east_code, e.west_code) == ("331100", "511900"))  # fmt: skip
        assert set(ends(book.within(city, JUNE_2020))) == {
            ("331100", "511900"),
            ("331122", "511922"),
            ("331123", "511921"),
            ("331121", "511923"),
        }

    def test_but_not_those_of_another_relation(self) -> None:
        city = make_entry("331100", "652900")
        county = make_entry("331122", "652925", relation=Relation.COUNTERPART_SUPPORT)
        book = PairingBook([city, county], tree())
        assert book.within(city, TODAY) == [city]

    def test_takes_in_only_what_its_organisation_reaches(self) -> None:
        corps = make_entry("331100", "650000", west_organisation_code="xpcc")
        alar, xinhe = make_entry("331122", "659002"), make_entry("331122", "652925")
        again = make_entry("331122", "650000", west_organisation_code="xpcc")
        book = PairingBook([corps, alar, xinhe, again], tree())
        assert set(ends(book.within(corps, TODAY))) == {
            ("331100", "650000"), ("331122", "659002"), ("331122", "650000"),
        }  # fmt: skip


class TestGet:
    def test_knows_ended_pairings_too(self) -> None:
        book = current_book()
        ended = book.candidates("511922", "331122", JUNE_2020)[0]
        assert book.get(ended.id) is ended

    def test_raises_for_an_unknown_id(self) -> None:
        with pytest.raises(KeyError):
            current_book().get(UUID(int=0))
