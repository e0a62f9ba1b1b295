"""Two languages, side by side: every sentence is written in Chinese and English where it is used.

Docs: ``docs/decisions/0002-two-languages-in-one-place.md``.
"""

from dataclasses import dataclass
from typing import Literal

from flask import g, has_request_context, request

Language = Literal["zh", "en"]
COOKIE = "language"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages; ``str()`` gives the one of the current request."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en

    def format(self, **values: object) -> "Text":
        """Fill in named values; a ``Text`` among them is rendered in each language."""
        return Text(
            self.zh.format(**{k: v.zh if isinstance(v, Text) else v for k, v in values.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in values.items()}),
        )


def language() -> Language:
    """Return the language of this request: pages by cookie, the API by Accept-Language; else Chinese."""
    if not has_request_context():
        return "zh"
    chosen: Language | None = g.get("language")
    if chosen is None:
        chosen = _choose()
        g.language = chosen
    return chosen


def _choose() -> Language:
    if not request.path.startswith("/api/"):
        wanted = request.args.get("lang") or request.cookies.get(COOKIE)
        if wanted in ("zh", "en"):
            return "en" if wanted == "en" else "zh"
        return "zh"
    if "Accept-Language" not in request.headers:
        return "zh"
    # By the caller's own order: best_match would prefer an exact "zh" to a better liked "en-GB".
    for tag, quality in request.accept_languages:
        primary = tag.split("-")[0].lower()
        if quality > 0 and primary in ("zh", "en"):
            return "en" if primary == "en" else "zh"
    return "zh"


def t(zh: str, en: str) -> str:
    """Render a pair of sentences in the current language (for templates)."""
    return zh if language() == "zh" else en
