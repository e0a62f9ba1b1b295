"""Units with terms of paying later, goods that came first, and money that settles what is owed."""

import uuid

from sqlalchemy import select

from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.payments.pay_later.service import release_trade
from orders.payments.repayments import write_attempt
from orders.receivables import service
from orders.receivables.models import Receivable
from orders.trades.models import Trade
from tests.factories.bank import Clerk, make_clerk
from tests.factories.orders import PROVIDER, Basket, place, succeed, trade_of


def grant(
    officers: tuple[Actor, Actor],
    unit_id: uuid.UUID,
    limit_fen: int,
    *,
    due_days: int = 30,
    grace_days: int = 15,
) -> None:
    """Have two officers grant a unit its terms."""
    change = service.propose_terms(
        officers[0], unit_id, limit_fen=limit_fen, due_days=due_days, grace_days=grace_days,
        reason="协议〔2026〕1号",
    )  # fmt: skip
    service.confirm_terms(officers[1], change.id)


def make_clerk_on_terms(officers: tuple[Actor, Actor], limit_fen: int = 1_000_000) -> Clerk:
    """Make a unit that may owe so much, with a clerk."""
    clerk = make_clerk()
    grant(officers, clerk.unit.id, limit_fen)
    return clerk


def buy_on_terms(buyer: Actor, basket: Basket) -> Trade:
    """Place a trade and have it released on its unit's terms."""
    trade_id = place(buyer, basket).trade.id
    release_trade(buyer, trade_id)
    return trade_of(trade_id)


def debts_of(trade: Trade) -> list[Receivable]:
    """Return what is owed for a trade as it is stored, the largest first."""
    statement = select(Receivable).where(Receivable.trade_id == trade.id)
    ordered = statement.order_by(Receivable.amount_fen.desc())
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def repay_online(buyer: Actor, trade: Trade, amount_fen: int | None = None) -> str:
    """Repay online, all or a part; returns the effect."""
    attempt = write_attempt(
        buyer, trade.id, PROVIDER, method="", payment_method=None, amount_fen=amount_fen
    )
    return succeed(attempt.id)
