"""Home, sign-in, the API reference and failures, in a browser, narrow and wide."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import DESK, Visitor, Visits

pytestmark = pytest.mark.browser


def words(visitor: Visitor) -> str:
    """What the page says, without the name of the other language."""
    return visitor.measure(
        "() => { const body = document.body.cloneNode(true);"
        "body.querySelectorAll('[data-other-language], [lang]:not(html), script, .code')"
        ".forEach(e => e.remove()); return body.textContent; }"
    )


class TestHome:
    def test_is_well_made(self, visit: Visits) -> None:
        visitor = visit()
        visitor.go("/")
        visitor.check()

    def test_the_first_tab_stop_skips_to_the_content(self, visit: Visits) -> None:
        visitor = visit(DESK)
        page = visitor.go("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()

    def test_chinese_has_no_english_word(self, visit: Visits) -> None:
        visitor = visit(DESK)
        visitor.go("/")
        assert re.findall("[A-Za-z]{2,}", words(visitor)) == []

    def test_english_leaves_no_chinese_but_names_of_places(self, visit: Visits) -> None:
        visitor = visit(DESK)
        visitor.go("/")
        page = visitor.follow("text=English")
        assert page.get_attribute("html", "lang") == "en"
        page.evaluate(
            "document.querySelectorAll('.flow, .pairing-ends, .product h3, .place, .chip')"
            ".forEach(e => e.remove())"
        )
        assert re.findall("[\u4e00-\u9fff]+", words(visitor)) == []


class TestSignIn:
    def test_by_the_code_that_is_sent(self, visit: Visits) -> None:
        visitor = visit()
        visitor.go("/sign-in")
        visitor.check()
        visitor.sign_in("13800000001", "/me")
        visitor.check()
        assert "138****0001" in visitor.page.inner_text("main")

    def test_without_javascript(self, visit: Visits) -> None:
        visitor = visit(java_script=False)
        visitor.sign_in("13800000002", "/me")
        assert "138****0002" in visitor.page.inner_text("main")


class TestFailures:
    def test_an_unknown_address_is_a_calm_page(self, visit: Visits) -> None:
        visitor = visit()
        visitor.go("/nowhere")
        # The browser itself reports the 404 of the page in its console.
        visitor.faults.clear()
        visitor.check()
        assert "没有找到" in visitor.page.inner_text("h1")


class TestReference:
    def test_shows_the_operations_within_the_content_policy(self, visit: Visits) -> None:
        visitor = visit(DESK)
        page = visitor.go("/api/v1/docs")
        page.wait_for_selector(".opblock")
        visitor.settle()
        assert visitor.faults == []
