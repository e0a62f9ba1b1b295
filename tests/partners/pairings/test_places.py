"""The eastern places that a purchase can count for."""

from datetime import date

from partners.pairings.places import eastern_places


class TestEasternPlaces:
    def test_a_paired_city_brings_its_counties(self) -> None:
        places = dict(eastern_places(date(2026, 6, 1)))
        assert places["331100"] == "浙江省丽水市"
        assert places["331122"] == "浙江省丽水市缙云县"

    def test_follows_the_pairings_of_the_day(self) -> None:
        assert "330783" not in dict(eastern_places(date(2020, 6, 1)))
        assert "330783" in dict(eastern_places(date(2026, 6, 1)))
