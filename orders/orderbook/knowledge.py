"""What an account's own orders tell of their owner: asked of somebody who comes back after long."""

import unicodedata
import uuid

from sqlalchemy import exists, or_, select

from marketplace.database import db
from orders.addresses.models import Address
from orders.checkout.service import Recipient
from orders.trades.models import Order, Trade

# The newest of an account's orders; nobody remembers a number from before those.
LOOKED_AT = 200


def holds_orders(account_id: uuid.UUID) -> bool:
    """Tell whether an account has trades or addresses, which nobody else may come to see."""
    held = or_(
        exists().where(Trade.account_id == account_id),
        exists().where(Address.owner_id == account_id),
    )
    return bool(db.session.scalar(select(held)))


def is_known(account_id: uuid.UUID, name: str, number: str) -> bool:
    """Tell whether an order of the account went to somebody of this name and has this number.

    The number of the order or of its payment: both are unguessable. A name alone is not enough,
    couriers say it to whoever answers the telephone.
    """
    wanted_name, wanted_number = _plain(name), _plain(number).upper()
    rows = db.session.execute(
        select(Order.order_no, Trade.trade_no, Order.ship_to)
        .join(Trade, Trade.id == Order.trade_id)
        .where(Order.account_id == account_id)
        .order_by(Order.id.desc())
        .limit(LOOKED_AT)
    ).all()
    return any(
        wanted_number in (row.order_no, row.trade_no)
        and _plain(Recipient.unseal(row.ship_to).name) == wanted_name
        for row in rows
    )


def _plain(typed: str) -> str:
    """Return a text without the blanks and width variants that a person types."""
    return "".join(unicodedata.normalize("NFKC", typed).split())
