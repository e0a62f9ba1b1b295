"""Input fields: what every capability accepts as an amount, a quantity, an id, a text."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate

from marketplace.language import Text
from marketplace.money import MAX_FEN, yuan

# Right-to-left and embedding marks can make a name read otherwise than it is stored.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
MAX_QUANTITY = 1_000_000
# A mobile number, or one of a landline with its area code.
TELEPHONE = r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}"

NOT_FEN = Text(
    "金额以分为单位，应为整数：12.50 元写作 1250",
    "An amount is a whole number of fen: 12.50 yuan is 1250",
)
AMOUNT_BETWEEN = Text(
    "金额应在 {low} 元到 {high} 元之间", "The amount must be between {low} and {high} yuan"
)
RATE_BETWEEN = Text(
    "比例应在 {low}% 到 {high}% 之间", "The rate must be between {low}% and {high}%"
)
CHARACTERS = Text(
    "含有看不见的或控制字符，请重新输入，不要从别处粘贴",
    "Holds invisible or control characters: type it anew instead of pasting it",
)
TELEPHONE_EXPECTED = Text(
    "应为手机号码，或带区号的固定电话，如 0578-2091234",
    "Enter a mobile number, or a landline with its area code such as 0578-2091234",
)
ACCOUNT_NUMBER_EXPECTED = Text(
    "银行账号应为 8 至 32 位数字", "A bank account number has 8 to 32 digits"
)
REGION_CODE_EXPECTED = Text(
    "应为六位行政区划代码，如 331122", "Enter a six-digit division code such as 331122"
)


class Matches(validate.Regexp):
    """A pattern, with what is expected instead of "does not match" in both languages."""

    def __init__(self, pattern: str, expected: Text) -> None:
        super().__init__(pattern)
        self.expected = expected

    def __call__(self, value: Any) -> Any:
        if self.regex.match(value) is None:
            raise ValidationError([self.expected])
        return value


class Between(validate.Range):
    """Bounds, said in the unit in which people think of them."""

    def __init__(self, low: int, high: int, expected: Text) -> None:
        super().__init__(low, high)
        self.expected = expected

    def __call__(self, value: Any) -> Any:
        try:
            return super().__call__(value)
        except ValidationError:
            raise ValidationError([self.expected]) from None


class WholeField(fields.Integer):
    """A JSON integer within bounds, never a fraction, a string or a boolean."""

    def __init__(self, *, minimum: int, maximum: int, **kwargs: Any) -> None:
        kwargs.setdefault("validate", validate.Range(minimum, maximum))
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        number = super()._validated(value)
        assert number is not None  # noqa: S101 - marshmallow returns None for None only
        return number


class FenField(WholeField):
    """An amount in fen; what is wrong with it is said in yuan, as people type it."""

    def __init__(self, *, minimum: int = 0, maximum: int = MAX_FEN, **kwargs: Any) -> None:
        expected = AMOUNT_BETWEEN.format(low=yuan(minimum), high=yuan(maximum))
        kwargs.setdefault("validate", Between(minimum, maximum, expected))
        super().__init__(minimum=minimum, maximum=maximum, **kwargs)

    def _validated(self, value: Any) -> int:
        try:
            return super()._validated(value)
        except ValidationError:
            raise ValidationError([NOT_FEN]) from None


class RateField(WholeField):
    """A rate in hundredths of a per cent; what is wrong with it is said in per cent."""

    def __init__(self, *, maximum: int, **kwargs: Any) -> None:
        expected = RATE_BETWEEN.format(low=0, high=f"{maximum / 100:g}")
        super().__init__(
            minimum=0, maximum=maximum, validate=Between(0, maximum, expected), **kwargs
        )


class QuantityField(WholeField):
    """A count of pieces: 1 to a million."""

    def __init__(self, *, minimum: int = 1, maximum: int = MAX_QUANTITY, **kwargs: Any) -> None:
        super().__init__(minimum=minimum, maximum=maximum, **kwargs)


class IdField(fields.UUID):
    """The id of a row, a string."""

    def _validated(self, value: Any) -> uuid.UUID:
        if not isinstance(value, str | uuid.UUID):
            raise self.make_error("invalid_uuid")
        return super()._validated(value)


class TextField(fields.String):
    """A text typed by a person: trimmed, NFC, without control or direction marks.

    ``minimum`` and ``maximum`` count characters after trimming. Line breaks are kept only where
    ``multiline``.
    """

    def __init__(
        self, *, minimum: int = 1, maximum: int = 200, multiline: bool = False, **kwargs: Any
    ) -> None:
        self.multiline = multiline
        self.minimum = minimum
        length = validate.Length(minimum or None, maximum)
        extra = kwargs.pop("validate", [])
        extra = list(extra) if isinstance(extra, list | tuple) else [extra]
        super().__init__(validate=[length, *extra], **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        text = unicodedata.normalize("NFC", text).strip()
        if not text and self.minimum:
            # "Between 1 and 60 characters" is no help to somebody who left a field empty.
            raise self.make_error("required")
        if _INVISIBLE.search(text) or any(self._refused(c) for c in text):
            raise ValidationError([CHARACTERS])
        return text

    def _refused(self, character: str) -> bool:
        if character in "\r\n\t":
            return not self.multiline
        return unicodedata.category(character) in ("Cc", "Cs")


class TelephoneField(TextField):
    """A mobile number, or a landline with its area code; with ``minimum=0`` it may be left empty."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        pattern = rf"\A(?:{TELEPHONE}){'' if minimum else '?'}\Z"
        expected = Matches(pattern, TELEPHONE_EXPECTED)
        super().__init__(minimum=minimum, maximum=20, validate=expected, **kwargs)


class AccountNumberField(TextField):
    """A bank account number: digits; the blanks in which people group them are dropped."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        pattern = rf"\A(?:[0-9]{{8,32}}){'' if minimum else '?'}\Z"
        expected = Matches(pattern, ACCOUNT_NUMBER_EXPECTED)
        super().__init__(minimum=minimum, maximum=40, validate=expected, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return super()._deserialize(value, attr, data, **kwargs).replace(" ", "")


class RegionCodeField(fields.String):
    """A six-digit division code (GB/T 2260)."""

    def __init__(self, **kwargs: Any) -> None:
        pattern = Matches(r"\A[1-9][0-9]{5}\Z", REGION_CODE_EXPECTED)
        super().__init__(validate=pattern, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        code = super()._deserialize(value, attr, data, **kwargs)
        if not code:
            raise self.make_error("required")
        return code
