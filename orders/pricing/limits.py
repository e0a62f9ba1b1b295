"""How many pieces a buyer may still order: judged from the orders that there are, under a lock.

No counter is kept, so nothing has to be given back when an order is cancelled, and a limit set
today counts what was ordered before. Who places holds the buyer's lock for the product first, so
that parallel orders of one account, or of several accounts of one unit, follow each other.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import clock
from marketplace.language import Text
from marketplace.statements import execute, fetch_all
from orders.pricing.freight import Goods
from orders.pricing.terms import Limit, Terms


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whose pieces are summed: an account's, and beside it those of the unit that it buys for."""

    account_id: uuid.UUID
    unit_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A limit that the goods touch, and how many pieces under it are wanted now."""

    limit: Limit
    wanted: int
    sku_ids: frozenset[uuid.UUID]


def over_limit(
    terms: Terms, goods: Sequence[Goods], buyer: Buyer, *, is_placing: bool
) -> dict[uuid.UUID, Text]:
    """Return, by SKU, why a buyer may not order so many; reads nothing where nothing is limited.

    All lines of a product are summed, so splitting them evades nothing. ``is_placing``: the
    buyer's locks for these products are taken and kept until the transaction ends.
    """
    asked = _asked(terms, goods)
    refused = over_order_limit(terms, goods)
    in_periods = [one for one in asked if one.limit.per_period is not None]
    if not in_periods:
        return refused
    if is_placing:
        _lock(in_periods, buyer)
    for one, (by_account, by_unit) in zip(in_periods, _ordered(in_periods, buyer), strict=True):
        reason = _why_over(one, by_account, by_unit)
        if reason is not None:
            refused |= {sku_id: reason for sku_id in one.sku_ids if sku_id not in refused}
    return refused


def over_order_limit(terms: Terms, goods: Sequence[Goods]) -> dict[uuid.UUID, Text]:
    """Return, by SKU, which goods are more than one order may hold."""
    refused: dict[uuid.UUID, Text] = {}
    for one in _asked(terms, goods):
        most = one.limit.per_order
        if most is not None and one.wanted > most:
            words = Text("每单限购 {most} 件", "At most {most} an order").format(most=most)
            refused |= dict.fromkeys(one.sku_ids, words)
    return refused


def _asked(terms: Terms, goods: Sequence[Goods]) -> list[_Asked]:
    asked = []
    for limit in terms.limits:
        mine = [
            one
            for one in goods
            if one.sku.product_id == limit.product_id and limit.sku_id in (None, one.sku.sku_id)
        ]
        if mine:
            skus = frozenset(one.sku.sku_id for one in mine)
            asked.append(_Asked(limit, sum(one.quantity for one in mine), skus))
    return asked


def _why_over(one: _Asked, by_account: int, by_unit: int) -> Text | None:
    most, period = one.limit.per_period or 0, one.limit.period
    had = max(by_account, by_unit)
    if period is None or had + one.wanted <= most:
        return None
    words = _FOR_UNITS if by_unit > by_account else _FOR_BUYERS
    words = words if had else _ALL_OF_IT
    left = Text("还能订 {n} 件", "{n} more may be ordered").format(n=most - had)
    return words.format(
        period=period.label, most=most, had=had, left=left if had < most else _NO_MORE
    )


_FOR_UNITS = Text(
    "每个单位{period}限购 {most} 件，贵单位已订 {had} 件，{left}",
    "At most {most} {period} for each unit; yours has ordered {had}, {left}",
)
_FOR_BUYERS = Text(
    "每人{period}限购 {most} 件，您已订 {had} 件，{left}",
    "At most {most} {period} for each buyer; you have ordered {had}, {left}",
)
_ALL_OF_IT = Text("每人{period}限购 {most} 件", "At most {most} {period} for each buyer")
_NO_MORE = Text("不能再订", "none may be added")


_LOCK = """
SELECT count(pg_advisory_xact_lock(key)) FROM (
    SELECT DISTINCT hashtextextended(name, 0) AS key
    FROM unnest(CAST(%(names)s AS text[])) AS name
    ORDER BY key
) AS ordered
"""

_ORDERED = """
SELECT w.position,
    coalesce(sum(l.quantity - l.released_quantity)
        FILTER (WHERE o.account_id = %(account_id)s), 0)::bigint AS by_account,
    coalesce(sum(l.quantity - l.released_quantity)
        FILTER (WHERE o.buying_unit_id = %(unit_id)s::uuid), 0)::bigint AS by_unit
FROM unnest(
    CAST(%(cooperative_ids)s AS uuid[]), CAST(%(product_ids)s AS uuid[]),
    CAST(%(sku_ids)s AS uuid[]), CAST(%(since)s AS timestamptz[])
) WITH ORDINALITY AS w (cooperative_id, product_id, sku_id, since, position)
LEFT JOIN orders o ON o.cooperative_id = w.cooperative_id AND o.state <> 'cancelled'
    AND (o.account_id = %(account_id)s OR o.buying_unit_id = %(unit_id)s::uuid)
    AND (w.since IS NULL OR o.placed_at >= w.since)
LEFT JOIN order_lines l ON l.cooperative_id = o.cooperative_id AND l.order_id = o.id
    AND l.product_id = w.product_id AND (w.sku_id IS NULL OR l.sku_id = w.sku_id)
GROUP BY w.position
ORDER BY w.position
"""


def _lock(asked: Sequence[_Asked], buyer: Buyer) -> None:
    """Hold back other orders of the same buyer for the same products, until this one commits.

    The keys are taken in one order by everybody, so that two buyers never wait for each other.
    """
    buyers = [f"account {buyer.account_id}"]
    if buyer.unit_id is not None:
        buyers.append(f"unit {buyer.unit_id}")
    products = {one.limit.product_id for one in asked}
    names = [f"buyer limit {who} {product}" for who in buyers for product in products]
    execute(_LOCK, {"names": names})


def _ordered(asked: Sequence[_Asked], buyer: Buyer) -> list[tuple[int, int]]:
    """Return per limit what the account, and the unit, have ordered in the period so far."""
    now = clock.now()
    limits = [one.limit for one in asked]
    rows = fetch_all(
        _ORDERED,
        {
            "account_id": buyer.account_id,
            "unit_id": buyer.unit_id,
            "cooperative_ids": [limit.cooperative_id for limit in limits],
            "product_ids": [limit.product_id for limit in limits],
            "sku_ids": [limit.sku_id for limit in limits],
            "since": [limit.period.begins_at(now) if limit.period else None for limit in limits],
        },
    )
    return [(row.by_account, row.by_unit) for row in rows]
