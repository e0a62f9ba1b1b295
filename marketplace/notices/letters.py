"""A notice as e-mail looks at it: the same words as the plain text, with a link that can be pressed.

No picture and nothing from elsewhere: opening a letter tells nobody.
"""

from markupsafe import Markup

from marketplace.language import Text

OPEN = Text("查看详情", "See more")
_LETTER = Markup(
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title></head>'
    '<body style="margin:0;padding:24px;background:#f8f4ec;color:#23211d;'
    'font:16px/1.7 sans-serif"><div style="max-width:560px;margin:0 auto;padding:24px;'
    'background:#fff;border:1px solid #ddd6c8;border-radius:8px">'
    '<h1 style="margin:0 0 12px;font-size:20px">{title}</h1><p style="margin:0 0 20px">{text}</p>'
    '<p style="margin:0"><a href="{link}" style="color:#b0301c">{open}</a></p></div>'
    '<p style="max-width:560px;margin:16px auto 0;font-size:13px;color:#6b665c">{foot}</p>'
    "</body></html>"
)
_LINE = Markup('{before}<a href="{link}" style="color:#6b665c">{link}</a>')


def letter(*, is_english: bool, title: str, text: str, link: str, foot: str) -> str:
    """Return a letter's HTML; whatever people typed is shown as it was typed."""
    lines = [_line(line) for line in foot.strip().removeprefix("—").strip().splitlines()]
    return _LETTER.format(
        lang="en" if is_english else "zh-CN",
        title=title,
        text=text,
        link=link,
        open=OPEN.en if is_english else OPEN.zh,
        foot=Markup("<br>").join(lines),
    )


def _line(line: str) -> Markup:
    """Return a line of the foot, its address as a link."""
    before, marker, rest = line.partition("http")
    return _LINE.format(before=before, link=f"{marker}{rest}") if marker else Markup.escape(line)
