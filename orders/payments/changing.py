"""Changing the means of payment: what is open is closed first, so that nobody pays twice."""

import uuid

from marketplace.database import transaction
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from orders.checkout.errors import PaymentUndecided
from orders.payments.bank_transfer import queries as transfers
from orders.payments.bank_transfer.errors import TransferPartReceived
from orders.payments.calls import close_attempts
from orders.payments.errors import TradeNotPayable
from orders.receivables.queries import owed_for
from orders.trades.queries import get_trade
from orders.trades.states import TradeState


def change_means(actor: Actor, trade_id: uuid.UUID) -> None:
    """Close what could still pay an open trade, or repay one; its buyer may then choose again.

    Money that came meanwhile is kept: the trade is paid afterwards. Raises TradeNotFound,
    TradeNotPayable, TransferPartReceived, PaymentUndecided (the provider cannot be reached, so the
    money may still come).
    """
    with transaction():
        trade = get_trade(actor, trade_id, Permission.TRADE_PAY)
        if trade.state is not TradeState.OPEN and owed_for(trade.id) == 0:
            raise TradeNotPayable(trade_state=trade.state)
        if transfers.is_part_received(trade):
            raise TransferPartReceived
    if not close_attempts(trade_id):
        raise PaymentUndecided
