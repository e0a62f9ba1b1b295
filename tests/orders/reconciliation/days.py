"""Doing a day over Stripe, and reading what its comparison found."""

from datetime import date

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from orders.payments import calls, service
from orders.payments.models import PaymentAttempt, Refund
from orders.payments.stripe.translation import read_event
from orders.reconciliation import queries, running, stages
from orders.reconciliation.models import Difference, DifferenceState, ReconciliationRun
from orders.trades.models import Trade
from tests.factories.identity import make_account
from tests.factories.payments import make_trade
from tests.orders.reconciliation.conftest import DAY, NEXT_MORNING
from tests.stripe_server import FakeStripe

Seen = list[tuple[str, str, int | None, int | None, int | None, int]]


def start(trade: Trade) -> PaymentAttempt:
    """Begin to pay a trade over Stripe."""
    attempt_id = calls.start_payment(Actor(id=trade.account_id), trade.id, "stripe", "alipay")
    return db.session.get_one(PaymentAttempt, attempt_id, populate_existing=True)


def reference(attempt: PaymentAttempt) -> str:
    assert attempt.provider_reference is not None
    return attempt.provider_reference


def hear(stripe: FakeStripe) -> None:
    """Take up every event that Stripe has told."""
    for event in stripe.events:
        service.settle_event("stripe", read_event(event))


def order(*totals_fen: int) -> Trade:
    """Place a trade for somebody who exists."""
    return make_trade(*totals_fen, account_id=make_account().id)


def sell(stripe: FakeStripe, *totals_fen: int) -> PaymentAttempt:
    """Sell something, and hear that it is paid."""
    attempt = start(order(*totals_fen))
    stripe.complete(reference(attempt))
    hear(stripe)
    return db.session.get_one(PaymentAttempt, attempt.id, populate_existing=True)


def reconcile(channel: str = "stripe", day: date = DAY) -> ReconciliationRun:
    """Compare a day on the morning after it."""
    with clock.travel(NEXT_MORNING + (day - DAY)):
        run = running.start_run(SYSTEM, channel=channel, day=day)
        stages.work(run.id)
    return queries.get_run(run.id)


def differences(run: ReconciliationRun) -> list[Difference]:
    statement = select(Difference).where(Difference.run_id == run.id).order_by(Difference.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def seen(run: ReconciliationRun) -> Seen:
    """What was found: kind, state, the three amounts and the gap."""
    return [
        (d.kind, d.state, d.provider_amount, d.recorded_amount, d.booked_amount, d.gap_fen)
        for d in differences(run)
    ]


def opened(run: ReconciliationRun) -> list[str]:
    return [d.kind for d in differences(run) if d.state is DifferenceState.OPEN]


def steps(difference: Difference) -> list[str]:
    return [step.step for step in queries.list_steps(difference)]


def refund_of(attempt: PaymentAttempt) -> Refund:
    found = select(Refund).where(Refund.attempt_id == attempt.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()
