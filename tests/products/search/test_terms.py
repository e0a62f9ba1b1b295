"""Terms and queries: one spelling for all that look or sound alike, and nothing to inject."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.search.terms import (
    QUERY_LENGTH,
    SORT_KEY_LENGTH,
    filter_query,
    normalise,
    product_terms,
    search_query,
    sort_key,
    text_terms,
)


class TestNormalise:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("金銀花", "金银花"), ("充電寶", "充电宝"), ("龍井茶", "龙井茶"), ("ＡＢＣ１２", "abc12"),
            ("⼭药", "山药"), ("ABC", "abc"), ("㈱", "(株)"), ("ﬁ", "fi"), ("Straße", "strasse"),
        ],
    )  # fmt: skip
    def test_gives_one_spelling(self, typed: str, meant: str) -> None:
        assert normalise(typed) == meant


class TestTextTerms:
    def test_holds_characters_pairs_and_words(self) -> None:
        assert text_terms("大叶茶 ABC") == {"大", "叶", "茶", "大叶", "叶茶", "=abc"}

    def test_joins_no_characters_across_a_break(self) -> None:
        assert "茶羊" not in text_terms("大叶茶，羊肉")

    def test_finds_nothing_in_punctuation(self) -> None:
        assert text_terms("，。！ 🍵 --") == set()


class TestProductTerms:
    def test_spells_the_name_by_pinyin_from_every_character_on(self) -> None:
        terms = product_terms("金银花", region_codes=["511922"], category_codes=["herbs"])
        assert {"~jyh", "~yh", "~h", "^jinyinhua", "^yinhua", "@511922", "#herbs"} <= set(terms)

    def test_spells_no_other_text_by_pinyin(self) -> None:
        assert not any(term.startswith("~c") for term in product_terms("核桃", other_texts=["茶"]))

    def test_reads_characters_of_several_sounds_by_their_word(self) -> None:
        assert "^chongqing" in product_terms("重庆")


class TestSortKey:
    def test_sorts_as_a_dictionary_does(self) -> None:
        names = ["银耳", "核桃", "茶叶", "羊肉", "阿胶"]
        assert sorted(names, key=sort_key) == ["茶叶", "阿胶", "核桃", "羊肉", "银耳"]  # e jiao

    def test_stays_short(self) -> None:
        assert len(sort_key("茶" * 500)) <= SORT_KEY_LENGTH


class TestSearchQuery:
    @pytest.mark.parametrize(
        ("words", "query"),
        [
            ("茶", "'茶'"),
            ("大叶茶", "'大叶' & '叶茶'"),
            ("茶 茶", "'茶'"),
            ("500g", "('=500g':* | '~500g':* | '^500g':*)"),
            ("500", "'=500':*"),
            ("a", "'=a':*"),
        ],
    )
    def test_asks_for_every_word(self, words: str, query: str) -> None:
        assert search_query(words) == query

    @pytest.mark.parametrize("words", ["", "   ", "，。", "🍵", "\x00", "'&|!:*()"])
    def test_asks_for_nothing_where_there_is_nothing(self, words: str) -> None:
        assert search_query(words) is None

    def test_reads_the_beginning_of_long_input(self) -> None:
        assert search_query("茶" + " " * QUERY_LENGTH + "羊") == "'茶'"

    @given(st.text(max_size=80))
    def test_holds_letters_digits_and_its_own_marks_only(self, words: str) -> None:
        query = search_query(words)
        if query is not None:
            lexemes = re.findall(r"'([^']*)'", query)
            assert lexemes
            assert all(re.fullmatch(r"[=~^]?[^\s'\\&|!:*()<>]+", lexeme) for lexeme in lexemes)
            assert re.fullmatch(r"[ &|():*]*", re.sub(r"'[^']*'", "", query))


class TestFilterQuery:
    def test_asks_for_what_is_given(self) -> None:
        assert filter_query(region="511922", category="tea") == "'@511922' & '#tea'"
        assert filter_query(region="511922") == "'@511922'"
        assert filter_query() is None
