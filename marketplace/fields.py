"""Input fields: what every capability accepts as an amount, a quantity, an id, a text."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from marketplace.money import MAX_FEN

# Right-to-left and embedding marks can make a name read otherwise than it is stored.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
MAX_QUANTITY = 1_000_000
# A mobile number, or one of a landline with its area code.
TELEPHONE = r"\A(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})\Z"


class FenField(fields.Integer):
    """An amount in fen: a JSON integer, never a fraction, a string or a boolean."""

    def __init__(self, *, minimum: int = 0, maximum: int = MAX_FEN, **kwargs: Any) -> None:
        kwargs.setdefault("validate", validate.Range(minimum, maximum))
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        number = super()._validated(value)
        assert number is not None  # noqa: S101 - marshmallow returns None for None only
        return number


class QuantityField(FenField):
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

    default_error_messages = {  # noqa: RUF012 - marshmallow reads it as a plain class attribute
        "characters": "Contains characters that are not allowed.",
    }

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
            raise self.make_error("characters")
        return text

    def _refused(self, character: str) -> bool:
        if character in "\r\n\t":
            return not self.multiline
        return unicodedata.category(character) in ("Cc", "Cs")


class RegionCodeField(fields.String):
    """A six-digit division code (GB/T 2260)."""

    def __init__(self, **kwargs: Any) -> None:
        pattern = validate.Regexp(r"\A[1-9][0-9]{5}\Z", error="Not a six-digit division code.")
        super().__init__(validate=pattern, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        code = super()._deserialize(value, attr, data, **kwargs)
        if not code:
            raise self.make_error("required")
        return code
