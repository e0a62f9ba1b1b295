"""The unified social credit code (GB 32100-2015): 18 characters, the last one a check."""

import re

from marshmallow import ValidationError

from marketplace.fields import TextField
from marketplace.language import Text

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_FORM = re.compile(rf"[1-9A-HJ-NP-RTUWXY][{_ALPHABET}][0-9]{{6}}[{_ALPHABET}]{{9}}[{_ALPHABET}]")
_LENGTH = 18

CREDIT_CODE_WRONG = Text(
    "统一社会信用代码有误：应为 18 位，请核对最后一位校验码",
    "Not a unified social credit code: 18 characters, the last of which is a check",
)
CREDIT_CODE_MISSING = Text("请填写统一社会信用代码", "Give the unified social credit code")
CREDIT_CODE_TAKEN = Text("该统一社会信用代码已登记", "This credit code is registered already")


def check_character(body: str) -> str:
    """Return the 18th character for the first 17: weights 3^i modulo 31, as the standard has it."""
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return _ALPHABET[-total % 31]


def is_credit_code(code: str) -> bool:
    """Tell whether a code is well formed and its check character right.

    Digits 3–8 say where the body is registered, never where goods are produced.
    """
    return _FORM.fullmatch(code) is not None and check_character(code[:-1]) == code[-1]


class CreditCodeField(TextField):
    """A unified social credit code; small letters and spaces within are forgiven."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(maximum=40, validate=_validate, **kwargs)  # type: ignore[arg-type]

    def _deserialize(self, value: object, *args: object, **kwargs: object) -> str:
        text: str = super()._deserialize(value, *args, **kwargs)  # type: ignore[arg-type]
        return "".join(text.split()).upper()


def _validate(code: str) -> None:
    if not is_credit_code(code):
        raise ValidationError([CREDIT_CODE_WRONG])
