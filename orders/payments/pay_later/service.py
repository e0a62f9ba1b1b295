"""Releasing a trade on a unit's terms, and refunds of what was bought so.

The attempt is the platform's word instead of money: it pays the cooperatives' side of the trade at
once, and a receivable from the unit stands where money would (decision 0142).
"""

import uuid

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.journal import entries
from orders.journal import service as journal
from orders.payments import queries as payment_queries
from orders.payments import refunds
from orders.payments import service as payments
from orders.payments.bank_transfer.service import ensure_reference
from orders.payments.errors import TradeNotPayable
from orders.payments.models import (
    CURRENCY,
    PaymentAttempt,
    PaymentOutcome,
    PaymentState,
    Refund,
    RefundReason,
    RefundState,
)
from orders.payments.provider import RefundFacts, RefundStanding
from orders.receivables import queries
from orders.receivables import service as receivables
from orders.receivables.errors import PayLaterNotOffered
from orders.receivables.models import Receivable
from orders.receivables.repaying import settle_if_paid
from orders.trades.models import Order, Trade
from orders.trades.queries import get_trade, list_orders_of_trades
from orders.trades.service import release_unpaid

PROVIDER = "pay_later"


def is_offered(trade: Trade) -> bool:
    """Tell whether a trade may be bought on its unit's terms now."""
    unit_id = queries.find_unit_of(trade.id)
    return (
        unit_id is not None
        and trade.total_fen > 0
        and receivables.has_headroom(unit_id, trade.total_fen)
    )


def release_trade(actor: Actor, trade_id: uuid.UUID) -> PaymentAttempt:
    """Release a trade's goods on its unit's terms: what it costs is owed from now on.

    Raises TradeNotFound, TradeNotPayable, PayLaterNotOffered, OverdueBlocks, LimitExceeded.
    """
    unit_id = queries.find_unit_of(trade_id)
    trade = get_trade(actor, trade_id, Permission.TRADE_PAY)
    if unit_id is None or unit_id not in actor.scopes(Permission.TRADE_PAY, ScopeKind.BUYING_UNIT):
        raise PayLaterNotOffered
    # The unit's terms are locked before the trade, here and where its money comes.
    terms = receivables.lock_headroom(unit_id, trade.total_fen)
    attempt = payments.create_attempt(actor, trade_id, PROVIDER)
    totals = release_unpaid(trade_id, attempt_id=attempt.id, actor=actor)
    if not totals:
        raise TradeNotPayable
    _succeed(attempt)
    orders: list[Order] = list(list_orders_of_trades([trade_id]))
    receivables.make_debts(terms, orders)
    journal.post(
        [
            entries.payment_captured(attempt.id, PROVIDER, attempt.amount_fen),
            entries.trade_paid(trade_id, totals),
            *(entries.goods_released(unit_id, PROVIDER, total) for total in totals),
        ]
    )
    ensure_reference(trade)
    audit.record(
        "trade.released_on_terms", "trade", trade_id, actor=actor,
        after={"buying_unit_id": str(unit_id), "amount_fen": attempt.amount_fen},
    )  # fmt: skip
    return attempt


def _succeed(attempt: PaymentAttempt) -> None:
    now = clock.now()
    attempt.provider_reference = f"{PROVIDER}/{attempt.payment_no}"
    attempt.state = PaymentState.SUCCEEDED
    attempt.outcome = PaymentOutcome.ACCEPTED
    attempt.captured = attempt.amount_fen
    attempt.captured_currency = CURRENCY
    attempt.succeeded_at = attempt.ended_at = now
    db.session.flush()


def reduce_debt(refund_id: uuid.UUID) -> None:
    """Take an agreed refund off what is owed; what was repaid already goes back as it came.

    A refund that is decided already changes nothing.
    """
    order_id = db.session.get_one(Refund, refund_id).order_id
    receivable = queries.lock_receivable_of(order_id) if order_id else None
    refund = payment_queries.lock_refund(refund_id)
    if refund is None or receivable is None or refund.state is RefundState.SUCCEEDED:
        return
    off = min(refund.amount, receivable.owed_fen)
    back = refund.amount - off
    receivable.reduced_fen += refund.amount
    receivable.returned_fen += back
    is_written_off = receivable.written_off_at is not None
    if is_written_off:
        receivable.written_off_fen -= off
    settle_if_paid(receivable)
    db.session.flush()
    parts = entries.Reduction(owed_fen=off, back_fen=back, is_written_off=is_written_off)
    journal.post(
        [entries.receivable_reduced(refund.id, receivable.buying_unit_id, PROVIDER, parts)]
    )
    if back:
        _give_back(receivable, refund.id, back)
    refunds.settle_refund(
        PROVIDER,
        RefundFacts(
            refund_id=refund.id,
            provider_reference=f"{PROVIDER}/{refund.id}",
            standing=RefundStanding.SUCCEEDED,
            amount=refund.amount,
            currency=refund.currency,
            occurred_at=clock.now(),
        ),
    )


def _give_back(receivable: Receivable, refund_id: uuid.UUID, amount_fen: int) -> None:
    """Refund repayments, the last one first, each by the way it came."""
    left = amount_fen
    for repayment in queries.list_repayments(receivable):
        part = min(left, repayment.amount_fen - repayment.returned_fen)
        if part == 0:
            continue
        left -= part
        repayment.returned_fen += part
        db.session.flush()
        refunds.return_part(
            payment_queries.get_attempt(repayment.attempt_id),
            RefundReason.DEBT_REDUCED,
            cause_id=uuid.uuid5(refund_id, str(repayment.id)),
            amount=part,
        )
