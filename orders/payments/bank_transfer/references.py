"""The code on a transfer: made so that a clerk can copy it, found again however a bank mangles it."""

import re
import unicodedata

from marketplace import ids

PREFIX = "DG"
_BODY = 12
# Everything between the characters may have been added or lost on the way.
_CODE = re.compile(f"{PREFIX}[{ids.ALPHABET}]{{{_BODY}}}")
_NOISE = re.compile(r"[^A-Z0-9]")


def new_code() -> str:
    """Make a code of letters and digits with a check character at its end."""
    return ids.new_number(PREFIX).replace("-", "")


def spell(code: str) -> str:
    """Write a code in groups, as people read it."""
    body = code.removeprefix(PREFIX)
    return f"{PREFIX} {body[:4]} {body[4:8]} {body[8:]}"


def find_codes(remark: str) -> list[str]:
    """Return the codes in a remark: full-width letters, blanks and hyphens do no harm."""
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", remark).upper())
    found = [
        plain[at : at + len(PREFIX) + _BODY] for at in range(len(plain)) if _CODE.match(plain, at)
    ]
    return list(dict.fromkeys(code for code in found if ids.is_well_formed(code, PREFIX)))
