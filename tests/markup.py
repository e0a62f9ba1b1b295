"""Whether a page is whole: every element that is opened is closed, where it stands."""

import re

TAG = re.compile(
    r"""<!--.*?-->|<(script|style|textarea|title)\b[^>]*>.*?</\1>"""
    r"""|<(/?)([a-zA-Z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|<(?=[/a-zA-Z])""",
    re.DOTALL,
)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)


def fault(page: str) -> str | None:
    """Name the first place where elements cross, stay open, or a tag has no end."""
    inside: list[str] = []
    for found in TAG.finditer(page):
        closing, name, attributes = found[2], found[3], found[4]
        if name is None:
            if found[0] == "<":
                return f"a tag without an end: {_around(page, found.start())}"
            continue
        name = name.lower()
        if name in VOID or attributes.endswith("/"):
            continue
        if not closing:
            inside.append(name)
        elif not inside or inside.pop() != name:
            return f"</{name}> closes nothing that is open there: {_around(page, found.start())}"
    return f"<{inside[-1]}> stays open" if inside else None


def _around(page: str, at: int) -> str:
    return page[max(0, at - 200) : at + 60]
