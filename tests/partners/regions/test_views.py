"""The API of regions."""

from flask.testing import FlaskClient


class TestListRegions:
    def test_begins_with_the_provinces(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions?limit=100").get_json()
        assert len(answer["items"]) == 31
        assert answer["items"][0]["full_name"] == "北京市"
        assert answer["next"] is None

    def test_lists_the_districts_of_a_municipality_directly(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions?parent=110000&limit=100").get_json()
        assert {"北京市东城区", "北京市延庆区"} <= {item["full_name"] for item in answer["items"]}

    def test_searches_by_pinyin(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions?q=jinyun").get_json()
        assert [item["code"] for item in answer["items"]] == ["331122"]

    def test_an_unknown_parent_is_not_found(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions?parent=999999")
        assert answer.status_code == 404
        assert answer.get_json()["code"] == "region_unknown"

    def test_bad_input_is_named_by_field(self, client: FlaskClient) -> None:
        for query, field in (
            ("parent=33", "parent"),
            ("level=village", "level"),
            ("limit=0", "limit"),
            ("limit=1000", "limit"),
            ("after=%00", "after"),
            ("q=" + "长" * 41, "q"),
            ("colour=red", "colour"),
        ):
            answer = client.get(f"/api/v1/regions?{query}")
            assert answer.status_code == 422, query
            assert field in answer.get_json()["fields"], query


class TestGetRegion:
    def test_shows_former_codes(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions/130705").get_json()
        assert {"code": "130721", "name": "宣化县", "valid_from": "1983-01-01", "valid_to": "2016-12-31"} in answer["aliases"]  # fmt: skip
        assert answer["delisted_year"] == 2018

    def test_reads_a_former_code_as_of_a_day(self, client: FlaskClient) -> None:
        assert client.get("/api/v1/regions/139001").status_code == 404
        answer = client.get("/api/v1/regions/139001?on=2015-01-01").get_json()
        assert answer["code"] == "130682"

    def test_shows_the_organisation_beside_a_corps_city(self, client: FlaskClient) -> None:
        answer = client.get("/api/v1/regions/659002").get_json()
        assert answer["organisations"] == [{"code": "xpcc", "name": "新疆生产建设兵团"}]

    def test_says_in_both_languages_that_a_code_is_unknown(self, client: FlaskClient) -> None:
        zh = client.get("/api/v1/regions/000000").get_json()
        en = client.get("/api/v1/regions/000000", headers={"Accept-Language": "en"}).get_json()
        assert "行政区划代码" in zh["title"]
        assert "division" in en["title"]
