"""Static files travel compressed, pages with their tokens do not."""

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

TAKES_GZIP = {"Accept-Encoding": "gzip, br"}


class TestCompress:
    @pytest.mark.parametrize(
        "name", ["site.css", "site.js", "vendor/echarts/echarts.common.min.js"]
    )
    def test_a_static_file_comes_whole_and_smaller(
        self, app: Flask, client: FlaskClient, name: str
    ) -> None:
        whole = (Path(app.root_path) / "static" / name).read_bytes()
        sent = client.get(f"/static/{name}", headers=TAKES_GZIP)
        assert sent.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(sent.data) == whole
        assert len(sent.data) == int(sent.headers["Content-Length"])
        assert len(sent.data) < len(whole) / 2

    def test_a_browser_that_does_not_take_it_gets_it_plain(self, client: FlaskClient) -> None:
        sent = client.get("/static/site.css", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in sent.headers
        assert "Accept-Encoding" in sent.headers["Vary"]
        sent.close()

    def test_a_page_with_a_token_is_never_compressed(self, client: FlaskClient) -> None:
        page = client.get("/sign-in", headers=TAKES_GZIP)
        assert b"csrf_token" in page.data
        assert "Content-Encoding" not in page.headers

    def test_a_missing_file_is_not_found(self, client: FlaskClient) -> None:
        assert client.get("/static/nothing.css", headers=TAKES_GZIP).status_code == 404

    def test_an_unchanged_file_is_not_sent_again(self, client: FlaskClient) -> None:
        first = client.get("/static/site.css", headers=TAKES_GZIP)
        since = {**TAKES_GZIP, "If-Modified-Since": first.headers["Last-Modified"]}
        again = client.get("/static/site.css", headers=since)
        assert again.status_code == 304
        again.close()
