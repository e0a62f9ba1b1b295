"""A trade together with its orders, and what its buyer may do with it now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace import clock
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.trades import queries
from orders.trades.models import Order, Trade
from orders.trades.states import (
    CANCEL_TRADE,
    GOODS_FIRST,
    TRADE_TITLES,
    OrderState,
    TradeState,
)


@dataclass(frozen=True, slots=True)
class WholeTrade:
    """A trade with its orders; ``is_buyers``: the reader is who bought, not who only looks."""

    trade: Trade
    orders: Sequence[Order]
    is_buyers: bool

    @property
    def state_title(self) -> str:
        if self.trade.state is TradeState.PAID and self.money_at is None:
            return str(GOODS_FIRST)
        return str(TRADE_TITLES[self.trade.state])

    @property
    def money_at(self) -> datetime | None:
        """When all its money was there; goods that came first may be on their way before."""
        moments = [order.money_at for order in self.orders if order.state is not OrderState.UNPAID]
        if self.trade.paid_at is None or None in moments:
            return None
        return max([self.trade.paid_at, *(moment for moment in moments if moment)])

    @property
    def actions(self) -> list[str]:
        if not self.is_buyers:
            return []
        is_payable = self.trade.state is TradeState.OPEN and clock.now() < self.trade.expires_at
        is_open = self.trade.state in CANCEL_TRADE.sources
        offers = (("pay", is_payable), ("cancel", is_open))
        return [name for name, is_offered in offers if is_offered]


def with_orders(actor: Actor, trades: Sequence[Trade]) -> list[WholeTrade]:
    """Return trades the actor may read with their orders; two selects for any number."""
    orders: dict[uuid.UUID, list[Order]] = {trade.id: [] for trade in trades}
    for order in queries.list_orders_of_trades(orders):
        orders[order.trade_id].append(order)
    units = actor.scopes(Permission.TRADE_CANCEL, ScopeKind.BUYING_UNIT)
    return [
        WholeTrade(
            trade,
            orders[trade.id],
            is_buyers=trade.account_id == actor.id
            or any(order.buying_unit_id in units for order in orders[trade.id]),
        )
        for trade in trades
    ]


def get_whole_trade(actor: Actor, trade_id: uuid.UUID) -> WholeTrade:
    """Return a trade the actor may read, with its orders; raises TradeNotFound."""
    return with_orders(actor, [queries.get_trade(actor, trade_id)])[0]
