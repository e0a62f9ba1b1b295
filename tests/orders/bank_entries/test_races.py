"""Races on real parallel connections: two receipts of one trade, one receipt and many officers."""

import uuid

import pytest

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.bank_entries import service
from orders.bank_entries.errors import MatchAlreadyDecided
from orders.bank_entries.models import BankEntry
from orders.bank_entries.statement_files import HEAD
from orders.payments.bank_transfer.service import close_transfer
from orders.payments.models import PaymentAttempt, PaymentOutcome
from orders.payments.provider import ProviderUnreachable
from orders.trades.states import TradeState
from tests.conftest import Committed
from tests.factories.bank import (
    announce,
    attempts_of,
    bring_in,
    code_of,
    make_clerk,
    make_officers,
    matches,
    receipt,
    refunds_of,
)
from tests.factories.orders import make_market, trade_of
from tests.orders.invariants import broken


@pytest.fixture
def shop(committed: Committed) -> Committed:
    return committed


def prepare(*amounts: int) -> tuple[uuid.UUID, tuple[Actor, Actor], list[uuid.UUID]]:
    """A trade over 116 yuan, two officers, and a proposed match for each amount that came in."""
    with transaction():
        market, officers = make_market(), make_officers()
        trade = announce(make_clerk().actor, [(market.mutton, 2)])
        code = code_of(trade)
        bring_in(officers[0], *(receipt(fen, code) for fen in amounts))
        return trade.id, officers, [match.id for match in matches()]


class TestReceiptsAtOnce:
    def test_pay_the_trade_once_however_they_cross(self, shop: Committed) -> None:
        with shop.context():
            trade_id, officers, match_ids = prepare(5_000, 6_600, 4_000, 1_000)
            [attempt] = attempts_of(trade_id)
            attempt_id = attempt.id

        def confirm(match_id: uuid.UUID) -> str:
            with transaction():
                return service.confirm_match(officers[1], match_id).state

        def close() -> str:
            try:
                with transaction():
                    close_transfer(attempt_id)
            except ProviderUnreachable:
                return "being identified"
            return "closed"

        def import_again() -> str:
            with transaction():
                service.import_statement(officers[0], [HEAD, receipt(100, serial="S-RACE")])
            return "imported"

        calls = [lambda each=each: confirm(each) for each in match_ids for _ in range(2)]
        results = shop.in_parallel(*calls, close, import_again, import_again, import_again)
        refused = [one for one in results if isinstance(one, Exception)]
        assert [type(one) for one in refused] == [MatchAlreadyDecided] * 4
        with shop.context():
            assert db.session.query(BankEntry).filter_by(serial="S-RACE").count() == 1
            kept = [a for a in attempts_of(trade_id) if a.outcome is PaymentOutcome.ACCEPTED]
            is_paid = trade_of(trade_id).state is TradeState.PAID
            assert len(kept) == is_paid
            waiting = db.session.query(PaymentAttempt).filter_by(outcome=None, captured=0)
            assert is_paid or waiting.count() <= 1
            back = sum(refund.amount for refund in refunds_of(trade_id))
            assert back == (16_600 - 11_600 if is_paid else back)
            assert broken() == []
