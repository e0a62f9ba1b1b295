"""Choosing a region step by step."""

from flask.testing import FlaskClient

from partners.regions.picker import pick, pick_code


class TestPick:
    def test_begins_with_the_provinces(self) -> None:
        picker = pick({})
        assert [step.name for step in picker.steps] == ["region-1"]
        assert ("330000", "浙江省") in picker.steps[0].choices
        assert picker.code is None

    def test_ends_at_a_county(self) -> None:
        picker = pick({"region-1": "330000", "region-2": "330700", "region-3": "330783"})
        assert picker.code == "330783"

    def test_a_city_without_counties_is_an_end(self) -> None:
        picker = pick({"region-1": "440000", "region-2": "441900"})
        assert picker.code == "441900"
        assert len(picker.steps) == 2

    def test_districts_stand_directly_under_a_municipality(self) -> None:
        picker = pick({"region-1": "110000"})
        assert ("110101", "东城区") in picker.steps[1].choices

    def test_forgets_a_city_of_another_province(self) -> None:
        picker = pick({"region-1": "510000", "region-2": "330700", "region-3": "330783"})
        assert picker.code is None
        assert picker.steps[1].chosen == ""


class TestPickCode:
    def test_shows_the_way_to_a_county(self) -> None:
        picker = pick_code("511922")
        assert [step.chosen for step in picker.steps] == ["510000", "511900", "511922"]
        assert picker.code == "511922"

    def test_an_unknown_code_begins_anew(self) -> None:
        assert pick_code("000000").code is None


class TestPickRegion:
    def test_is_a_piece_of_a_form(self, client: FlaskClient) -> None:
        piece = client.get("/regions/picker?region-1=330000").text
        assert "丽水市" in piece
        assert "<html" not in piece
