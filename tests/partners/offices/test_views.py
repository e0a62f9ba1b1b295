"""The API of offices."""

from flask.testing import FlaskClient

from tests.factories.partners import office_of

URL = "/api/v1/offices"


class TestListOffices:
    def test_lists_those_inside_a_region(self, client: FlaskClient) -> None:
        answer = client.get(f"{URL}?region=331100&limit=100").get_json()
        assert len(answer["items"]) == 10
        assert {"丽水市对口办", "缙云县对口办"} <= {item["name"] for item in answer["items"]}

    def test_lists_those_directly_under_another(self, client: FlaskClient) -> None:
        lishui = office_of("331100")
        answer = client.get(f"{URL}?parent_id={lishui.id}&limit=100").get_json()
        assert {item["level"] for item in answer["items"]} == {"county"}
        assert len(answer["items"]) == 9

    def test_pages(self, client: FlaskClient) -> None:
        first = client.get(f"{URL}?region=331100&limit=6").get_json()
        rest = client.get(f"{URL}?region=331100&limit=6&after={first['next']}").get_json()
        codes = [item["region_code"] for item in first["items"] + rest["items"]]
        assert codes == sorted(set(codes))
        assert len(codes) == 10
        assert rest["next"] is None

    def test_bad_input_is_named_by_field(self, client: FlaskClient) -> None:
        answer = client.get(f"{URL}?parent_id=7")
        assert answer.status_code == 422
        assert list(answer.get_json()["fields"]) == ["parent_id"]


class TestGetOffice:
    def test_shows_it(self, client: FlaskClient) -> None:
        answer = client.get(f"{URL}/{office_of('331122').id}").get_json()
        assert answer["region_name"] == "浙江省丽水市缙云县"

    def test_an_unknown_one_is_not_found(self, client: FlaskClient) -> None:
        answer = client.get(f"{URL}/00000000-0000-7000-8000-000000000000")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "office_unknown")
