"""The SQL of the shop window, built once per order: a walk of one facet, or a search in it.

Limits stand in the text: behind a parameter the planner cannot see that they are small, and plans
anew for every request, which takes longer than running the plan.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

# Rows that a search looks at in the order wanted before it asks the index of words for all.
SEARCH_WALK = 800


class Sort(StrEnum):
    """The orders in which the shop window can be walked."""

    NEWEST = "newest"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class _Order:
    column: str
    direction: str
    beyond: str
    key_type: type


_ORDERS = {
    Sort.NEWEST: _Order("listed_at", "DESC", "<", datetime),
    Sort.PRICE_ASC: _Order("price_from_fen", "ASC", ">", int),
    Sort.PRICE_DESC: _Order("price_from_fen", "DESC", "<", int),
    Sort.NAME: _Order("name_key", "ASC", ">", str),
}

# Laterals instead of joins and groups: each of the twenty rows costs two short index look-ups.
_CARD = """
    SELECT p.id, p.name, p.kind, p.category_code, p.judged_origin_code, p.cooperative_id, c.name,
           p.price_from_fen, s.spec, s.unit, s.is_in_stock, f.certificate_no, f.valid_to,
           p.cover_digest, p.listed_at, w.key
    FROM {source} w
    JOIN products p ON p.id = w.product_id
    JOIN cooperatives c ON c.id = p.cooperative_id AND c.state = 'active'
    CROSS JOIN LATERAL (
        SELECT spec, unit, bool_or(on_hand > reserved) OVER () AS is_in_stock
        FROM skus
        WHERE product_id = p.id AND is_active
        ORDER BY price_fen, id
        LIMIT 1
    ) s
    LEFT JOIN certificates f ON f.product_id = p.id AND f.state = 'active'
                            AND %(today)s BETWEEN f.valid_from AND f.valid_to
    ORDER BY w.key {direction}, w.product_id {direction}
    LIMIT {limit}
"""
KEY_COLUMN = 15

_WALK = """
    SELECT product_id, {column} AS key
    FROM listing_facets
    WHERE facet = %(facet)s {after}
"""

# Two ways to find words, each good where the other is bad. Many hits: look at the first few
# hundred products in the order wanted. Few hits: the index of words finds them all, and they are
# sorted. The second runs only when the first has found too few; a planner left alone guesses from
# how often each word occurs, and is wrong where words go together ("Sichuan" and its counties).
_SEARCH = """
    WITH looked_at AS MATERIALIZED (
        SELECT product_id, key
        FROM ({walk} ORDER BY {column} {direction}, product_id {direction} LIMIT {search_walk}) r
        JOIN products p ON p.id = r.product_id AND p.terms @@ CAST(%(query)s AS tsquery)
        JOIN cooperatives c ON c.id = p.cooperative_id AND c.state = 'active'
        ORDER BY key {direction}, product_id {direction}
        LIMIT {limit}
    ), found AS MATERIALIZED (
        SELECT id AS product_id, {column} AS key
        FROM products
        WHERE state = 'listed' AND terms @@ CAST(%(query)s AS tsquery)
          AND cooperative_id IN (SELECT id FROM cooperatives WHERE state = 'active')
          AND (SELECT count(*) FROM looked_at) < {limit} {after_found}
    ), hits AS (
        SELECT * FROM looked_at WHERE (SELECT count(*) FROM looked_at) >= {limit}
        UNION ALL
        SELECT * FROM found
        ORDER BY key {direction}, product_id {direction}
        LIMIT {limit}
    )
"""


@cache
def page_statement(sort: Sort, *, limit: int, is_search: bool, is_first: bool) -> str:
    """Return the select of a page's rows; a search also takes ``query``, a next page ``after_…``."""
    order = _ORDERS[sort]
    beyond = f"{order.beyond} (%(after_key)s, %(after_id)s)"
    names = {
        "column": order.column,
        "direction": order.direction,
        "limit": limit,
        "search_walk": SEARCH_WALK,
        "after": "" if is_first else f"AND ({order.column}, product_id) {beyond}",
        "after_found": "" if is_first else f"AND ({order.column}, id) {beyond}",
    }
    walk = _WALK.format(**names)
    if is_search:
        return _SEARCH.format(walk=walk, **names) + _CARD.format(source="hits", **names)
    return _CARD.format(source=f"({walk})", **names)


def key_types(sort: Sort) -> list[type]:
    """Return the types of a cursor's values in this order."""
    return [_ORDERS[sort].key_type, uuid.UUID]


DETAIL = """
    SELECT p.id, p.name, p.kind, p.category_code, p.description, p.origin_code,
           p.main_material_code, p.judged_origin_code, p.cooperative_id, c.name, p.return_class,
           p.is_prepackaged, p.sc_licence_no, p.quarantine_certificate_no, p.shelf_life_days,
           p.storage_conditions, p.net_content, p.price_from_fen, p.listed_at,
           (SELECT row_to_json(f) FROM (
                SELECT certificate_no, issuer_name, valid_from, valid_to, linked_households,
                       linked_villages, linked_jobs, linked_income_fen
                FROM certificates
                WHERE product_id = p.id AND state = 'active'
                  AND %(today)s BETWEEN valid_from AND valid_to
           ) f)::text,
           (SELECT json_agg(s) FROM (
                SELECT id, spec, unit, weight_g, price_fen, on_hand - reserved AS available
                FROM skus WHERE product_id = p.id AND is_active ORDER BY price_fen, id
           ) s)::text,
           (SELECT json_agg(f) FROM (
                SELECT digest, width, height
                FROM photos WHERE product_id = p.id ORDER BY position, id
           ) f)::text
    FROM products p
    JOIN cooperatives c ON c.id = p.cooperative_id AND c.state = 'active'
    WHERE p.id = %(product_id)s AND p.state = 'listed'
"""
