"""Entries as pure facts: they balance, and say who owes whom."""

import pytest

from marketplace.ids import new_id
from orders.journal import entries
from orders.journal.entries import Entry, OrderTotal, Side, provider_owner
from orders.journal.models import AccountKind, EntryKind


class TestEntry:
    def test_refuses_sides_that_do_not_sum_to_zero(self) -> None:
        sides = (Side(AccountKind.BANK, 100), Side(AccountKind.BUYERS_CLEARING, -99))
        with pytest.raises(ValueError, match="does not balance"):
            Entry(EntryKind.REFUND_PAID, new_id(), sides)


class TestSide:
    def test_refuses_an_account_without_its_owner(self) -> None:
        with pytest.raises(ValueError, match="with owner None"):
            Side(AccountKind.COOPERATIVE_PENDING, 100)

    def test_refuses_an_owner_for_an_account_of_the_platform(self) -> None:
        with pytest.raises(ValueError, match="bank with owner"):
            Side(AccountKind.BANK, 100, new_id())


class TestTradePaid:
    def test_owes_each_cooperative_its_order(self) -> None:
        south, north = (
            OrderTotal(order_id=new_id(), cooperative_id=new_id(), amount_fen=amount)
            for amount in (5800, 1200)
        )
        entry = entries.trade_paid(new_id(), [south, north])
        assert entry.sides == (
            Side(AccountKind.BUYERS_CLEARING, 7000),
            Side(AccountKind.COOPERATIVE_PENDING, -5800, south.cooperative_id, south.order_id),
            Side(AccountKind.COOPERATIVE_PENDING, -1200, north.cooperative_id, north.order_id),
        )

    def test_adds_what_the_platforms_coupons_took_off(self) -> None:
        order = OrderTotal(
            order_id=new_id(), cooperative_id=new_id(), amount_fen=4800, coupon_fen=1000
        )
        assert entries.trade_paid(new_id(), [order]).sides == (
            Side(AccountKind.BUYERS_CLEARING, 4800),
            Side(AccountKind.COUPON_COST, 1000, None, order.order_id),
            Side(AccountKind.COOPERATIVE_PENDING, -5800, order.cooperative_id, order.order_id),
        )
        assert entries.refund_agreed(new_id(), order, is_due=True).sides == (
            Side(AccountKind.COOPERATIVE_PAYABLE, 5800, order.cooperative_id, order.order_id),
            Side(AccountKind.BUYERS_CLEARING, -4800),
            Side(AccountKind.COUPON_COST, -1000, None, order.order_id),
        )


class TestOrderCompleted:
    def test_pays_the_fee_out_of_what_was_pending(self) -> None:
        order_id, cooperative_id = new_id(), new_id()
        entry = entries.order_completed(order_id, cooperative_id, pending_fen=10_000, fee_fen=250)
        assert entry.sides == (
            Side(AccountKind.COOPERATIVE_PENDING, 10_000, cooperative_id, order_id),
            Side(AccountKind.COOPERATIVE_PAYABLE, -9750, cooperative_id, order_id),
            Side(AccountKind.PLATFORM_FEE, -250, None, order_id),
        )


class TestProviderOwner:
    def test_is_the_same_for_the_same_provider_only(self) -> None:
        assert provider_owner("sandbox") == provider_owner("sandbox")
        assert provider_owner("sandbox") != provider_owner("stripe")
