"""The words themselves: both languages, the same values, short, and no more than they need."""

import re
from string import Formatter

import pytest

from orders.notices import telling
from orders.notices.wording import WORDINGS, say
from tests.databases import ROOT


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class TestWordings:
    @pytest.mark.parametrize("kind", WORDINGS)
    def test_say_the_same_in_both_languages(self, kind: str) -> None:
        wording = WORDINGS[kind]
        assert names(wording.text.zh) == names(wording.text.en)
        assert not re.search(
            r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", wording.text.zh + wording.title.zh)
        )
        # One short message is 70 characters, with the signature.
        assert len(wording.text.zh) <= 60

    def test_fill_in_every_value(self) -> None:
        words = say("refund_done", "/orders", number="RF1", amount="12.30")
        assert "RF1" in words.text.zh
        assert "12.30 yuan" in words.text.en
        assert words.values == {"number": "RF1", "amount": "12.30"}

    def test_are_all_used(self) -> None:
        source = "".join(path.read_text("utf-8") for path in (ROOT / "orders/notices").glob("*.py"))
        by_kind = {kind.value.replace(".", "_") for kind in telling.KINDS}
        said = set(re.findall(r'say\(\s*"(\w+)"', source))
        unused = [kind for kind in WORDINGS if kind not in by_kind | said]
        assert unused == []

    def test_are_listed_for_the_operator(self) -> None:
        document = (ROOT / "docs" / "notices.md").read_text("utf-8")
        assert [kind for kind in WORDINGS if f"`{kind}`" not in document] == []
