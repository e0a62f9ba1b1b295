"""Posted forms: text fields into the values that services take, or a sentence beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError

from marketplace import messages
from marketplace.errors import PreconditionFailed, Problem
from marketplace.fields import NOT_FEN
from marketplace.http import Schema
from marketplace.language import Text
from marketplace.money import MAX_FEN

AMOUNT_UNREADABLE = Text(
    "请填写金额，单位元，最多两位小数", "Enter an amount in yuan with at most two decimals"
)
# What stands in and around a printed amount: separators, the sign of the currency, typeset minuses.
_AS_PRINTED = {ord(mark): None for mark in ",，¥￥元"} | {ord(mark): "-" for mark in "−－–"}
CHOOSE = Text("请从列出的选项中选择", "Choose one of those listed")
# Of a whole number in a form, a version among them.
MOST_DIGITS = 12
NUMBER_UNREADABLE = Text("请填写整数", "Enter a whole number")


@dataclass(slots=True)
class Entered:
    """What a form said: the raw texts to show again, clean values, or what is wrong with which field."""

    raw: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def load(schema: Schema, posted: Mapping[str, Any]) -> Entered:
    """Read a form by a schema; fields that the schema does not know are left out.

    A value may be put in ready (an amount already in fen); empty texts count as not given.
    """
    given = {name: posted[name] for name in schema.fields if posted.get(name) not in (None, "")}
    return load_values(schema, given, posted)


def load_values(schema: Schema, values: Mapping[str, Any], posted: Mapping[str, Any]) -> Entered:
    """Read values that the page has made from a form; None clears what it names."""
    entered = Entered({name: str(value) for name, value in posted.items()})
    try:
        entered.values = schema.load(values)
    except ValidationError as error:
        entered.errors = sentences(error)
    return entered


def sentences(error: ValidationError) -> dict[str, str]:
    """Return the first sentence about each field, in the reader's language."""
    flat: dict[str, list[str]] = {}
    messages.flatten(error.messages, "", flat)
    return {name: str(_for_people(said[0])) for name, said in flat.items()}


def _for_people(sentence: str | Text) -> Text:
    """Say what a person can do: choose where programs give codes, type yuan where they give fen."""
    if sentence == NOT_FEN:
        return AMOUNT_UNREADABLE
    is_choice = isinstance(sentence, str) and sentence.startswith("Must be one of: ")
    return CHOOSE if is_choice else messages.translate(sentence)


def fen_of(yuan: str) -> int | None:
    """Read an amount in yuan as people type it (12, 12.5, 1,200.00); None if it is not one."""
    amount = signed_fen_of(yuan)
    return amount if amount is None or amount >= 0 else None


def signed_fen_of(yuan: str) -> int | None:
    """Read an amount as it is printed, below zero too (-6.00, ¥−6.00); None if it is not one."""
    try:
        amount = Decimal(yuan.translate(_AS_PRINTED).strip()) * 100
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > MAX_FEN:
        return None
    return int(amount)


def whole_of(number: str) -> int | None:
    """Read a whole number that is not negative; None if it is not one."""
    number = number.strip()
    return (
        int(number)
        if number.isascii() and number.isdigit() and len(number) <= MOST_DIGITS
        else None
    )


def fen_typed(yuan: str) -> int | str | None:
    """Read an amount for a schema: None where nothing stands, the text itself where it is no amount.

    A text that nobody can read must not pass for a field left empty; the schema refuses it.
    """
    return _or_as_typed(yuan, signed_fen_of(yuan))


def whole_typed(number: str) -> int | str | None:
    """Read a whole number for a schema, as ``fen_typed`` does; bounds are the schema's."""
    sign, digits = (-1, number.strip()[1:]) if number.strip().startswith("-") else (1, number)
    size = whole_of(digits)
    return _or_as_typed(number, None if size is None else sign * size)


def _or_as_typed(text: str, read: int | None) -> int | str | None:
    return read if read is not None else text.strip() or None


def refused(problem: Problem) -> dict[str, str]:
    """Return what a use case had against each field, as a form shows it."""
    return {name: str(text) for name, text in problem.fields.items()}


def check_version(posted: Mapping[str, Any], version: int) -> None:
    """Refuse a form that was filled in on another version of the row (412)."""
    if whole_of(str(posted.get("version", ""))) != version:
        raise PreconditionFailed
