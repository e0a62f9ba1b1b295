"""Selects on carts."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from marketplace.database import db
from orders.carts.models import CartLine


def list_lines(account_id: uuid.UUID) -> Sequence[CartLine]:
    """Return the lines of an account's cart, in the order in which they were added."""
    statement = select(CartLine).where(CartLine.account_id == account_id).order_by(CartLine.id)
    return db.session.scalars(statement).all()


def count_lines(account_id: uuid.UUID) -> int:
    """Count the lines of an account's cart."""
    count = db.session.scalar(
        select(func.count()).select_from(CartLine).where(CartLine.account_id == account_id)
    )
    return count or 0
