"""Balances are sums: now, and at the end of any past day."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from marketplace.ids import new_id
from orders.journal import entries, queries, service
from orders.journal.entries import OrderTotal, provider_owner
from orders.journal.models import AccountKind

PROVIDER = "test-provider"
HOLDER = provider_owner(PROVIDER)


class TestGetBalance:
    def test_is_what_it_was_at_the_end_of_a_past_day(
        self, travel: Callable[[datetime], None]
    ) -> None:
        for day, amount in ((1, 100), (2, 20), (3, 3)):
            travel(datetime(2026, 3, day, 4, tzinfo=UTC))
            service.post([entries.payment_captured(new_id(), PROVIDER, amount)])
        balances = [
            queries.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER, on=date(2026, 3, day))
            for day in (1, 2, 3)
        ]
        assert balances == [100, 120, 123]
        assert queries.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 123

    def test_keeps_cooperatives_apart(self) -> None:
        mine, other = (
            OrderTotal(order_id=new_id(), cooperative_id=new_id(), amount_fen=amount)
            for amount in (500, 900)
        )
        service.post_trade_paid(new_id(), [mine, other])
        pending = AccountKind.COOPERATIVE_PENDING
        assert queries.get_balance(pending, mine.cooperative_id) == -500
        assert queries.get_balance(pending, other.cooperative_id) == -900
        assert queries.get_balance(pending) == -1400


class TestListBalances:
    def test_is_a_trial_balance(self) -> None:
        order = OrderTotal(order_id=new_id(), cooperative_id=new_id(), amount_fen=7000)
        service.post([entries.payment_captured(new_id(), PROVIDER, 7000)])
        service.post_trade_paid(new_id(), [order])
        rows = {(row.account, row.owner_id): row for row in queries.list_balances()}
        buyers = rows[AccountKind.BUYERS_CLEARING, None]
        assert (buyers.debit_fen, buyers.credit_fen, buyers.balance_fen) == (7000, 7000, 0)
        assert rows[AccountKind.PROVIDER_CLEARING, HOLDER].balance_fen == 7000
        assert rows[AccountKind.COOPERATIVE_PENDING, order.cooperative_id].balance_fen == -7000
        assert sum(row.balance_fen for row in rows.values()) == 0

    def test_is_empty_before_the_first_day(self) -> None:
        service.post([entries.payment_captured(new_id(), PROVIDER, 7000)])
        assert queries.list_balances(on=date(2000, 1, 1)) == []
