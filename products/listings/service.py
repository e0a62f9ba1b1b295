"""Keeps the shop window true to the catalogue."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text

from marketplace.database import db

_CLEAR = text("DELETE FROM listing_facets WHERE product_id = ANY(CAST(:ids AS uuid[]))")
_FILL = text(
    """
    INSERT INTO listing_facets
        (cooperative_id, product_id, facet, listed_at, price_from_fen, name_key)
    SELECT p.cooperative_id, p.id, region.code || '/' || category.code,
           p.listed_at, p.price_from_fen, p.name_key
    FROM products p
    JOIN categories k ON k.code = p.category_code
    LEFT JOIN regions o ON o.code = p.judged_origin_code
    CROSS JOIN LATERAL unnest(array_append(coalesce(o.path, '{}'), '')) AS region(code)
    CROSS JOIN LATERAL unnest(array_append(k.path, '')) AS category(code)
    WHERE p.id = ANY(CAST(:ids AS uuid[])) AND p.state = 'listed'
    """
)


def refresh_listings(product_ids: Sequence[uuid.UUID]) -> None:
    """Take products out of the shop window and put those that are listed in again, as they are now.

    Called after a change of state, price or name, with the products' rows locked.
    """
    arguments = {"ids": list(product_ids)}
    db.session.flush()
    db.session.execute(_CLEAR, arguments)
    db.session.execute(_FILL, arguments)
