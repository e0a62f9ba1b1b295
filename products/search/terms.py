"""Turns product texts into index terms, and a shopper's words into a query over them.

Chinese is indexed as single characters and overlapping pairs, so every substring can be found
however a segmenter would have cut the product's name; only the *query* is segmented. Latin words,
pinyin initials and full pinyin stand beside them under a leading mark, so one GIN index answers
everything, a filter by region or category included.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import normalize

import rjieba
from opencc import OpenCC
from pypinyin import lazy_pinyin

WORD_MARK = "="  # a Latin word or a number
INITIALS_MARK = "~"  # pinyin initials from this character on: 金银花 → jyh, yh, h
PINYIN_MARK = "^"  # full pinyin from this character on
REGION_MARK = "@"
CATEGORY_MARK = "#"

PINYIN_LENGTH = 24  # letters of full pinyin kept per position; longer input finds nothing more
SORT_KEY_LENGTH = 64
QUERY_LENGTH = 64  # characters of a query that are read

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_HAN_CHARACTER = re.compile(f"[{_HAN}]")

_to_simplified = OpenCC("t2s").convert
rjieba.cut("先载入词典")  # loaded here, before gunicorn forks, and shared by its workers
lazy_pinyin("先载入")


def normalise(text: str) -> str:
    """Return text in one spelling: half-width, lower case, simplified, no radical look-alikes."""
    simplified: str = _to_simplified(normalize("NFKC", text).casefold())
    return simplified


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (is Chinese, piece) for every run of Chinese characters or of other letters."""
    for piece in _PIECES.findall(text):
        yield _HAN_CHARACTER.match(piece) is not None, piece


def _pairs(run: str) -> Iterator[str]:
    return (run[at : at + 2] for at in range(len(run) - 1))


def text_terms(text: str) -> set[str]:
    """Return the terms under which a text is found by its characters and words."""
    terms: set[str] = set()
    for is_chinese, piece in _pieces(normalise(text)):
        if is_chinese:
            terms.update(piece)
            terms.update(_pairs(piece))
        else:
            terms.add(WORD_MARK + piece)
    return terms


def pinyin_terms(name: str) -> set[str]:
    """Return the terms under which a name is found by pinyin, from any of its characters on."""
    terms: set[str] = set()
    for is_chinese, piece in _pieces(normalise(name)):
        if is_chinese:
            syllables = lazy_pinyin(piece)
            for at in range(len(syllables)):
                rest = syllables[at:]
                terms.add(INITIALS_MARK + "".join(syllable[0] for syllable in rest))
                terms.add(PINYIN_MARK + "".join(rest)[:PINYIN_LENGTH])
    return terms


def product_terms(
    name: str,
    *,
    other_texts: Iterable[str] = (),
    region_codes: Iterable[str] = (),
    category_codes: Iterable[str] = (),
) -> list[str]:
    """Return every term of a product: its name also by pinyin, other texts by their words."""
    terms = text_terms(name) | pinyin_terms(name)
    for text in other_texts:
        terms |= text_terms(text)
    terms.update(REGION_MARK + code for code in region_codes)
    terms.update(CATEGORY_MARK + code for code in category_codes)
    return sorted(terms)


def sort_key(name: str) -> str:
    """Return the name in pinyin, so that sorting by bytes is sorting as a dictionary does."""
    return " ".join(lazy_pinyin(normalise(name)))[:SORT_KEY_LENGTH]


def _query_parts(text: str) -> Iterator[str]:
    for is_chinese, piece in _pieces(text):
        if is_chinese:
            for word in rjieba.cut(piece):
                yield from (
                    (f"'{pair}'" for pair in _pairs(word)) if len(word) > 1 else (f"'{word}'",)
                )
        elif len(piece) == 1 or piece.isdigit():
            yield f"'{WORD_MARK}{piece}':*"
        else:
            spelled = piece[:PINYIN_LENGTH]
            yield f"('{WORD_MARK}{piece}':* | '{INITIALS_MARK}{piece}':* | '{PINYIN_MARK}{spelled}':*)"


@lru_cache(maxsize=4096)
def search_query(words: str) -> str | None:
    """Return the tsquery that finds what a shopper typed, or None when nothing can be searched.

    All words must match. Its text holds letters, digits and our own marks only.
    """
    parts = dict.fromkeys(_query_parts(normalise(words[:QUERY_LENGTH])))
    return " & ".join(parts) or None


def filter_query(*, region: str | None = None, category: str | None = None) -> str | None:
    """Return the tsquery for a region and a category, both of which the caller has looked up."""
    parts = [f"'{REGION_MARK}{region}'"] if region else []
    parts += [f"'{CATEGORY_MARK}{category}'"] if category else []
    return " & ".join(parts) or None
