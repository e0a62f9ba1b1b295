"""Cursor paging: pages that stay right while rows are added, without counting or skipping."""

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, tuple_

from marketplace.database import db
from marketplace.errors import Unprocessable
from marketplace.language import Text

T = TypeVar("T")
Direction = Literal["asc", "desc"]
Keys = Sequence[tuple[ColumnElement[Any] | Any, Direction]]

MAX_LIMIT = 100


class CursorMalformed(Unprocessable):
    title = Text("翻页位置无效，请从第一页重新开始", "The page position is not valid; start again")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its items and the cursor of the next page, None at the end."""

    items: list[T]
    next: str | None


def encode(values: Sequence[Any]) -> str:
    """Pack key values into an opaque cursor."""
    plain = [str(v) if isinstance(v, uuid.UUID) else v for v in values]
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(plain)).decode().rstrip("=")


def decode(cursor: str, types: Sequence[type]) -> list[Any]:
    """Unpack a cursor into values of the given types; raises CursorMalformed."""
    wrong = CursorMalformed(fields={"after": CursorMalformed.title})
    try:
        raw = msgspec.msgpack.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(raw, list) or len(raw) != len(types):
            raise wrong
        return [_as(kind, value) for kind, value in zip(types, raw, strict=True)]
    except (ValueError, TypeError, binascii.Error, msgspec.DecodeError):
        raise wrong from None


def _as(kind: type, value: Any) -> Any:
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind is datetime:
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is str and "\x00" in value:
        raise ValueError("NUL in a cursor")
    if kind is int and (isinstance(value, bool) or abs(value) >= 2**63):
        raise ValueError("not a bigint")
    return msgspec.convert(value, kind)


def after_condition(keys: Keys, values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition "behind these key values in this order"."""
    directions = {direction for _, direction in keys}
    if len(directions) == 1 and len(keys) > 1:
        left = tuple_(*(column for column, _ in keys))
        right = tuple_(*values)
        return left > right if directions == {"asc"} else left < right
    alternatives = []
    for i, (column, direction) in enumerate(keys):
        equal = [keys[j][0] == values[j] for j in range(i)]
        beyond = column > values[i] if direction == "asc" else column < values[i]
        alternatives.append(and_(*equal, beyond))
    return or_(*alternatives)


def paginate(
    statement: Select[Any],
    keys: Keys,
    limit: int,
    after: str | None,
    *,
    key_of: Callable[[Any], Sequence[Any]] | None = None,
    scalars: bool = True,
) -> Page[Any]:
    """Run a statement one page at a time.

    ``keys`` order the rows and end in a unique column. ``scalars``: items are the entities of a
    one-entity select, else row tuples. ``key_of`` reads an item's key values; by default the
    attributes named like the key columns.
    """
    types = [column.type.python_type for column, _ in keys]
    if after is not None:
        statement = statement.where(after_condition(keys, decode(after, types)))
    order = [column.asc() if direction == "asc" else column.desc() for column, direction in keys]
    result = db.session.execute(statement.order_by(*order).limit(limit + 1))
    items = list(result.scalars() if scalars else result.all())
    if len(items) <= limit:
        return Page(items, None)
    items = items[:limit]
    last = items[-1]
    values = key_of(last) if key_of else [getattr(last, str(column.key)) for column, _ in keys]
    return Page(items, encode(values))
