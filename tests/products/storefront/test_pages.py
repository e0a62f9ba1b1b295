"""The shop window's pages as a visitor gets them."""

from flask.testing import FlaskClient


class TestHome:
    def test_shows_the_pairings_in_force_today_and_no_ended_one(self, client: FlaskClient) -> None:
        page = client.get("/").text
        assert "region=511922&amp;for=330783" in page  # Dongyang with Nanjiang
        assert "region=511922&amp;for=331122" not in page  # Jinyun's ended in 2021

    def test_the_diagram_says_in_words_what_it_draws(self, client: FlaskClient) -> None:
        assert "南江县对东阳市" in client.get("/").text

    def test_loads_nothing_from_another_host_and_runs_no_inline_script(
        self, client: FlaskClient
    ) -> None:
        page = client.get("/")
        assert "http://" not in page.text.replace("http://www.w3.org", "")
        assert "https://" not in page.text
        assert " style=" not in page.text
        assert "<script>" not in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]
