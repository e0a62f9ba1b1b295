"""Selects on fee rates."""

from datetime import date

from sqlalchemy import Select, func, select

from marketplace import cursors
from marketplace.database import db
from orders.fees.models import FeeRate
from products.catalogue.models import Category

LIST_ORDER: cursors.Keys = [(FeeRate.valid_from, "desc"), (FeeRate.id, "desc")]


def select_fee_rates() -> Select[FeeRate]:
    """Select every rate there is or was: what is charged is public."""
    return select(FeeRate)


def get_rate_on(category_code: str, day: date) -> int:
    """Return the rate that a line of a category takes on a day, in hundredths of a per cent."""
    return int(db.session.scalars(select(func.fee_rate_on(category_code, day))).one())


def category_exists(code: str) -> bool:
    """Tell whether a category has this code."""
    return db.session.get(Category, code) is not None
