"""Somebody whose number is lost, and the application for the account."""

from dataclasses import dataclass, replace
from typing import Any

from marketplace.identity.models import Account
from orders.recoveries.evidence import Statements
from orders.recoveries.models import Recovery
from orders.recoveries.service import submit_recovery
from orders.trades.models import Order
from tests.factories.identity import actor_of, make_account, new_phone
from tests.factories.orders import buy, make_market

OLD, NEW = "13811111111", "13922222222"
ADDRESS = "192.0.2.1"


@dataclass(frozen=True, slots=True)
class Loss:
    """An account with an order whose number is lost, and what its owner would say."""

    account: Account
    order: Order
    said: Statements


def make_loss(old_phone: str = OLD, new_phone_: str = NEW) -> Loss:
    """Make an account with an order, and true statements about it."""
    account = make_account(phone=old_phone)
    market = make_market()
    [order] = buy(actor_of(account), [(market.mutton, 1)])
    said = Statements(
        old_phone=old_phone,
        new_phone=new_phone_,
        recipient_name="示例收货人",
        order_numbers=(order.order_no,),
        paid_fen=5800,
    )
    return Loss(account, order, said)


def apply(said: Statements, **changed: Any) -> Recovery:
    """Take an application down, its new number proved."""
    return submit_recovery(replace(said, **changed), ADDRESS)


def make_recovery() -> Recovery:
    """Make an application for an account that exists."""
    return apply(make_loss(new_phone(), new_phone()).said)
