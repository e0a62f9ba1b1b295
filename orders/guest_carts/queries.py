"""Selects on guest carts: always by the token, which only its visitor knows."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select

from marketplace import secrets
from marketplace.database import db
from orders.carts.models import CartLine
from orders.guest_carts.models import GuestCart


def find_guest_cart(token: str) -> GuestCart | None:
    """Return the cart of a token, or None."""
    return db.session.scalar(
        select(GuestCart).where(GuestCart.token_digest == secrets.digest(token))
    )


def lock_guest_cart(token: str) -> GuestCart | None:
    """Return the cart of a token with its row locked, or None.

    Whoever changes its lines holds this lock, so a line is either merged or still to be merged.
    """
    statement = select(GuestCart).where(GuestCart.token_digest == secrets.digest(token))
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def lock_unused_carts(
    unused_since: datetime, empty_since: datetime, limit: int
) -> Sequence[uuid.UUID]:
    """Return guest carts that nobody came back to, locked; those in use this moment are left out."""
    has_lines = exists().where(CartLine.account_id == GuestCart.id)
    statement = (
        select(GuestCart.id)
        .where(
            GuestCart.used_at < empty_since,
            or_(GuestCart.used_at < unused_since, ~has_lines),
        )
        .order_by(GuestCart.used_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(statement).all()
