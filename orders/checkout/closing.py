"""Ending a trade that is not paid: the provider is asked first, between transactions.

Closing what could still pay it comes before giving up its stock; what a provider says on that
occasion is settled, so a trade that was paid a moment ago stays paid.
"""

import logging
import uuid

from marketplace.database import transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.checkout.errors import PaymentUndecided
from orders.payments.calls import close_attempts
from orders.trades import queries
from orders.trades import service as trades
from orders.trades.errors import TradeNotOpen
from orders.trades.states import CANCEL_TRADE, EXPIRE_TRADE, TradeState

log = logging.getLogger(__name__)


def cancel_trade(actor: Actor, trade_id: uuid.UUID) -> None:
    """Cancel an unpaid trade as its buyer; cancelling it again changes nothing.

    Raises TradeNotFound, TradeNotOpen (it was paid or has expired) and PaymentUndecided (the
    provider cannot be reached, so the money may still come).
    """
    with transaction():
        trade = queries.get_trade(actor, trade_id, Permission.TRADE_CANCEL)
        if trade.state is TradeState.CANCELLED:
            return
        if trade.state is not TradeState.OPEN:
            raise TradeNotOpen(state=str(trade.state))
    if not close_attempts(trade_id):
        raise PaymentUndecided
    with transaction():
        if trades.close_trade(trade_id, CANCEL_TRADE, actor=actor):
            return
        trade = queries.get_trade(actor, trade_id, Permission.TRADE_CANCEL)
        if trade.state is not TradeState.CANCELLED:
            raise TradeNotOpen(state=str(trade.state))


def expire_trade(trade_id: uuid.UUID) -> bool:
    """End a trade whose time to pay is over; False while its provider cannot be reached."""
    if not close_attempts(trade_id):
        log.warning("expiry waits for the provider", extra={"trade_id": str(trade_id)})
        return False
    with transaction():
        return trades.close_trade(trade_id, EXPIRE_TRADE)
