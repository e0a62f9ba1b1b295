"""Races on real parallel connections: purchases against one limit, repayments of one debt."""

import uuid
from collections.abc import Callable

from marketplace.database import db, transaction
from marketplace.identity.models import Account
from orders.payments.pay_later.service import release_trade
from orders.payments.repayments import write_attempt
from orders.receivables import queries
from orders.receivables.errors import LimitExceeded
from orders.trades.models import Trade
from orders.trades.states import TradeState
from tests.conftest import Committed
from tests.factories.bank import make_officers, refunds_of
from tests.factories.debts import make_clerk_on_terms
from tests.factories.identity import actor_of
from tests.factories.orders import make_market, place, succeed
from tests.orders.invariants import broken


class TestOneLimit:
    def test_is_passed_by_nobody_and_each_debt_repaid_once(self, committed: Committed) -> None:
        with committed.context(), transaction():
            market = make_market()
            clerk = make_clerk_on_terms(make_officers(), 3 * 5_800)
            trade_ids = [place(clerk.actor, [(market.mutton, 1)]).trade.id for _ in range(6)]
            account_id, unit_id = clerk.account.id, clerk.unit.id

        def release(trade_id: uuid.UUID) -> Callable[[], str]:
            def run() -> str:
                with transaction():
                    buyer = actor_of(db.session.get_one(Account, account_id))
                    return release_trade(buyer, trade_id).state

            return run

        results = committed.in_parallel(*[release(each) for each in trade_ids])
        refused = [type(one) for one in results if isinstance(one, Exception)]
        assert refused == [LimitExceeded] * 3
        with committed.context(), transaction():
            assert queries.owed_by(unit_id) == 3 * 5_800
            buyer = actor_of(db.session.get_one(Account, account_id))
            paid = db.session.query(Trade).filter_by(state=TradeState.PAID).first()
            assert paid is not None
            trade_id = paid.id
            attempts = [
                write_attempt(
                    buyer, trade_id, "sandbox", method=method, payment_method=None, amount_fen=None
                ).id
                for method in ("", "a", "b", "c")
            ]

        def settle(attempt_id: uuid.UUID) -> Callable[[], str]:
            def run() -> str:
                with transaction():
                    return succeed(attempt_id)

            return run

        results = committed.in_parallel(*[settle(each) for each in attempts])
        assert sorted(map(str, results)) == ["repaid"] + ["second_success"] * 3
        with committed.context():
            assert queries.owed_for(trade_id) == 0
            assert [refund.amount for refund in refunds_of(trade_id)] == [5_800] * 3
            assert broken() == []
