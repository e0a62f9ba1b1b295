"""What is read of spending: two statements over a unit's orders of a year, written out in SQL.

A purchase stands on the Shanghai day on which it was paid, or released where the goods came first;
what is given back of it is taken off that day. So a year's figures are those of its orders to the fen.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select, text, true

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.spending.errors import SpendingUnknown
from partners.buying_units.models import BuyingUnit
from partners.buying_units.queries import units_at_or_below

_PLACED = """
placed AS (
    SELECT o.id, o.cooperative_id, o.cooperative_name, o.buying_unit_id, o.order_no, o.state,
        shanghai_date(o.paid_at) AS bought_on, o.freight_refunded_fen
    FROM orders o
    WHERE o.buying_unit_id = ANY(:units) AND o.paid_at >= :begins AND o.paid_at < :ends
), lines AS (
    SELECT p.id AS order_id, date_trunc('month', p.bought_on)::date AS month, p.cooperative_id,
        p.cooperative_name, p.buying_unit_id, l.category_code, l.category_name, l.origin_code,
        l.net_fen + l.freight_fen AS bought_fen,
        l.refunded_fen + CASE WHEN p.freight_refunded_fen > 0 THEN l.freight_fen ELSE 0 END
            AS refunded_fen
    FROM placed p
    JOIN order_lines l ON l.cooperative_id = p.cooperative_id AND l.order_id = p.id
)"""

_PARTS = text(f"""
WITH {_PLACED}
SELECT grouping(month, cooperative_id, category_code, origin_code, buying_unit_id) AS part,
    month, cooperative_id, category_code, origin_code, buying_unit_id,
    max(cooperative_name) AS cooperative_name, max(category_name) AS category_name,
    count(DISTINCT order_id) AS orders, coalesce(sum(bought_fen), 0)::bigint AS bought_fen,
    coalesce(sum(refunded_fen), 0)::bigint AS refunded_fen
FROM lines
GROUP BY GROUPING SETS
    ((), (month), (cooperative_id), (category_code), (origin_code), (buying_unit_id))
ORDER BY month, bought_fen DESC, cooperative_id, category_code, origin_code, buying_unit_id
""")  # noqa: S608 - constants of this file

# Each order with what its live invoices stand for and what of its refunds is still on its way.
_ORDERS = f"""
WITH {_PLACED}, kept AS (
    SELECT order_id, sum(bought_fen)::bigint AS bought_fen,
        sum(refunded_fen)::bigint AS refunded_fen
    FROM lines GROUP BY order_id
), invoiced AS (
    SELECT il.order_id,
        sum(il.amount_fen - il.reversed_fen) FILTER (WHERE i.state = 'requested') AS requested_fen,
        sum(il.amount_fen - il.reversed_fen) FILTER (WHERE i.state = 'issued') AS issued_fen
    FROM placed p
    JOIN invoice_lines il ON il.cooperative_id = p.cooperative_id AND il.order_id = p.id
        AND il.is_live
    JOIN invoices i ON i.cooperative_id = il.cooperative_id AND i.id = il.invoice_id
    GROUP BY il.order_id
), coming_back AS (
    SELECT r.order_id, sum(r.amount) AS amount_fen
    FROM placed p JOIN refunds r ON r.order_id = p.id
    WHERE r.state <> 'succeeded' GROUP BY r.order_id
), each_order AS (
    SELECT p.id, p.order_no, p.cooperative_name, p.buying_unit_id, p.bought_on, p.state,
        k.bought_fen, k.refunded_fen,
        coalesce(i.requested_fen, 0)::bigint AS requested_fen,
        coalesce(i.issued_fen, 0)::bigint AS issued_fen,
        greatest(k.bought_fen - k.refunded_fen - coalesce(i.requested_fen, 0)
            - coalesce(i.issued_fen, 0), 0)::bigint AS uninvoiced_fen,
        coalesce(c.amount_fen, 0)::bigint AS coming_back_fen
    FROM placed p
    JOIN kept k ON k.order_id = p.id
    LEFT JOIN invoiced i ON i.order_id = p.id
    LEFT JOIN coming_back c ON c.order_id = p.id
)"""  # noqa: S608 - constants of this file
_STANDING = text(f"""
{_ORDERS}
SELECT coalesce(sum(requested_fen), 0)::bigint AS requested_fen,
    coalesce(sum(issued_fen), 0)::bigint AS issued_fen,
    coalesce(sum(uninvoiced_fen), 0)::bigint AS uninvoiced_fen,
    coalesce(sum(coming_back_fen), 0)::bigint AS coming_back_fen,
    count(*) FILTER (WHERE uninvoiced_fen > 0) AS uninvoiced_orders
FROM each_order
""")  # noqa: S608 - constants of this file
_EACH = text(f"{_ORDERS} SELECT * FROM each_order ORDER BY bought_on, id")  # noqa: S608

_DUE = text("""
SELECT coalesce(sum(owed), 0)::bigint AS owed_fen,
    coalesce(sum(owed) FILTER (WHERE due_on < :today), 0)::bigint AS overdue_fen,
    min(due_on) AS next_due_on
FROM (
    SELECT amount_fen - reduced_fen - paid_fen + returned_fen AS owed, due_on
    FROM receivables WHERE buying_unit_id = ANY(:units) AND settled_at IS NULL
) debts
""")


class Part(StrEnum):
    """By what spending is split; each split adds up to the whole."""

    WHOLE = "whole"
    MONTH = "month"
    COOPERATIVE = "cooperative"
    CATEGORY = "category"
    ORIGIN = "origin"
    UNIT = "unit"


# What grouping() answers: a bit for each column that a row is not grouped by.
_PART_OF = {31: Part.WHOLE, 15: Part.MONTH, 23: Part.COOPERATIVE, 27: Part.CATEGORY,
            29: Part.ORIGIN, 30: Part.UNIT}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a year's purchases has invoices, and what is on its way back, in fen."""

    requested_fen: int
    issued_fen: int
    uninvoiced_fen: int
    coming_back_fen: int
    uninvoiced_orders: int


@dataclass(frozen=True, slots=True)
class Due:
    """What units owe today for goods that came first, in fen."""

    owed_fen: int
    overdue_fen: int
    next_due_on: date | None


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the units whose spending the actor may see: the own ones and those below them."""
    if actor.is_platform(Permission.SPENDING_READ):
        return true()
    own = actor.scopes(Permission.SPENDING_READ, ScopeKind.BUYING_UNIT)
    return BuyingUnit.id.in_(units_at_or_below(own))


def get_unit(actor: Actor, unit_id: uuid.UUID) -> BuyingUnit:
    """Return a unit whose spending the actor may see; raises SpendingUnknown."""
    found = db.session.scalar(select(BuyingUnit).where(BuyingUnit.id == unit_id, visible_to(actor)))
    if found is None:
        raise SpendingUnknown
    return found


def list_units(actor: Actor, limit: int = 500) -> Sequence[BuyingUnit]:
    """Return the units whose spending the actor may see, by name."""
    statement = select(BuyingUnit).where(visible_to(actor))
    return db.session.scalars(statement.order_by(BuyingUnit.name, BuyingUnit.id).limit(limit)).all()


def list_below(unit_id: uuid.UUID) -> Sequence[BuyingUnit]:
    """Return a unit and all below it."""
    statement = select(BuyingUnit).where(BuyingUnit.id.in_(units_at_or_below([unit_id])))
    return db.session.scalars(statement.order_by(BuyingUnit.name, BuyingUnit.id)).all()


def list_parts(unit_ids: Iterable[uuid.UUID], year: int) -> Iterator[tuple[Part, Any]]:
    """Yield the year's spending whole and split every way."""
    for row in db.session.execute(_PARTS, _values(unit_ids, year)):
        yield _PART_OF[row.part], row


def get_standing(unit_ids: Iterable[uuid.UUID], year: int) -> Standing:
    """Return what of the year's purchases has invoices, and what is on its way back."""
    return Standing(*db.session.execute(_STANDING, _values(unit_ids, year)).one())


def stream_orders(unit_ids: Iterable[uuid.UUID], year: int) -> Iterator[Any]:
    """Yield the year's orders one after the other, each with its invoices and refunds."""
    options = {"yield_per": 500}
    yield from db.session.execute(_EACH, _values(unit_ids, year), execution_options=options)


def get_due(unit_ids: Iterable[uuid.UUID]) -> Due:
    """Return what units owe today."""
    values = {"units": list(unit_ids), "today": clock.today()}
    return Due(*db.session.execute(_DUE, values).one())


def _values(unit_ids: Iterable[uuid.UUID], year: int) -> dict[str, Any]:
    return {
        "units": list(unit_ids),
        "begins": datetime(year, 1, 1, tzinfo=clock.SHANGHAI),
        "ends": datetime(year + 1, 1, 1, tzinfo=clock.SHANGHAI),
    }
