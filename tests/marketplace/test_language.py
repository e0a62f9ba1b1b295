"""Chinese first; the API by Accept-Language, pages by their switch."""

import pytest
from flask import Flask

from marketplace.language import Text, language


class TestLanguage:
    @pytest.mark.parametrize(
        ("path", "headers", "expected"),
        [
            ("/api/v1/x", {}, "zh"),
            ("/api/v1/x", {"Accept-Language": "en"}, "en"),
            ("/api/v1/x", {"Accept-Language": "en-GB,zh;q=0.5"}, "en"),
            ("/api/v1/x", {"Accept-Language": "fr"}, "zh"),
            ("/", {"Accept-Language": "en"}, "zh"),
            ("/?lang=en", {}, "en"),
            ("/", {"Cookie": "language=en"}, "en"),
            ("/?lang=zh", {"Cookie": "language=en"}, "zh"),
            ("/?lang=xx", {}, "zh"),
        ],
    )
    def test_is_chosen(self, app: Flask, path: str, headers: dict[str, str], expected: str) -> None:
        with app.test_request_context(path, headers=headers):
            assert language() == expected
            assert str(Text("中", "E")) == ("中" if expected == "zh" else "E")

    def test_is_chinese_outside_requests(self) -> None:
        assert str(Text("中", "E")) == "中"


class TestFormat:
    def test_fills_texts_in_their_language(self) -> None:
        filled = Text("计入{a}", "Counts for {a}").format(a=Text("东阳", "Dongyang"))
        assert (filled.zh, filled.en) == ("计入东阳", "Counts for Dongyang")
