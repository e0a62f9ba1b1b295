"""Booking: in one statement, once per cause, balanced, and never changed afterwards."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from marketplace.database import db
from marketplace.ids import new_id
from orders.journal import entries, queries, service
from orders.journal.entries import OrderTotal, provider_owner
from orders.journal.models import AccountKind, EntryKind

PROVIDER = "test-provider"
HOLDER = provider_owner(PROVIDER)


def count(table: str) -> int:
    return int(db.session.execute(text(f"select count(*) from {table}")).scalar_one())


class TestPost:
    def test_books_several_entries_at_once(self) -> None:
        written = service.post(
            [
                entries.payment_captured(new_id(), PROVIDER, 7000),
                entries.payment_captured(new_id(), PROVIDER, 300),
            ]
        )
        assert written == 4
        assert queries.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 7300
        assert queries.get_balance(AccountKind.BUYERS_CLEARING) == -7300

    def test_books_a_cause_once(self) -> None:
        attempt_id = new_id()
        service.post([entries.payment_captured(attempt_id, PROVIDER, 7000)])
        repeated = service.post([entries.payment_captured(attempt_id, PROVIDER, 7000)])
        assert repeated == 0
        assert queries.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 7000

    def test_books_the_new_beside_the_repeated(self) -> None:
        old, new = new_id(), new_id()
        service.post([entries.payment_captured(old, PROVIDER, 100)])
        events = [entries.payment_captured(each, PROVIDER, 100) for each in (old, new)]
        assert service.post(events) == 2
        assert queries.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER) == 200

    def test_leaves_out_sides_of_nothing(self) -> None:
        entry = entries.order_completed(new_id(), new_id(), pending_fen=500, fee_fen=0)
        assert service.post([entry]) == 2

    def test_books_nothing_for_an_entry_of_nothing(self) -> None:
        entry = entries.order_completed(new_id(), new_id(), pending_fen=0, fee_fen=0)
        assert service.post([entry]) == 0
        assert not queries.is_booked(EntryKind.ORDER_COMPLETED, entry.cause_id)

    def test_books_on_the_shanghai_day(self, travel: Callable[[datetime], None]) -> None:
        travel(datetime(2020, 6, 14, 16, 30, tzinfo=UTC))
        attempt_id = new_id()
        service.post([entries.payment_captured(attempt_id, PROVIDER, 100)])
        booked = text("select booked_on from journal_entries where cause_id = :cause")
        day = db.session.execute(booked, {"cause": attempt_id}).scalar_one()
        assert day == date(2020, 6, 15)


class TestPostOrdersCompleted:
    def test_makes_payable_what_refunds_left(self) -> None:
        order = OrderTotal(order_id=new_id(), cooperative_id=new_id(), amount_fen=10_000)
        service.post_trade_paid(new_id(), [order])
        back = OrderTotal(
            order_id=order.order_id, cooperative_id=order.cooperative_id, amount_fen=3000
        )
        service.post([entries.refund_agreed(new_id(), back, is_due=False)])
        closing = service.CompletedOrder(
            order_id=order.order_id, cooperative_id=order.cooperative_id, fee_fen=70
        )
        service.post_orders_completed([closing])
        service.post_orders_completed([closing])
        owner = order.cooperative_id
        assert queries.get_balance(AccountKind.COOPERATIVE_PENDING, owner) == 0
        assert queries.get_balance(AccountKind.COOPERATIVE_PAYABLE, owner) == -6930


def write_entry(*amounts: int, booked_on: str = "2026-03-01") -> None:
    """Write an entry by hand, in one statement, on the bank and the buyers' clearing."""
    db.session.execute(
        text(
            "with e as (insert into journal_entries (id, kind, cause_id, booked_on, recorded_at)"
            " values (:entry, 'payment_captured', :entry, '2026-03-01', now()) returning id) "
            "insert into journal_postings (id, entry_id, account_kind, amount_fen, booked_on) "
            "select gen_random_uuid(), e.id, 'bank', amount, cast(:day as date) "
            "from e, unnest(cast(:amounts as bigint[])) as amount"
        ),
        {"entry": new_id(), "amounts": list(amounts), "day": booked_on},
    )


class TestBalanceRule:
    @pytest.mark.parametrize("amounts", [(100, -99), (100,), (1, 1, -3)])
    def test_refuses_an_entry_that_does_not_balance(self, amounts: tuple[int, ...]) -> None:
        with pytest.raises(IntegrityError, match="does not balance"):
            write_entry(*amounts)

    def test_refuses_an_entry_without_postings(self) -> None:
        with pytest.raises(IntegrityError, match="together with its postings"):
            write_entry()

    def test_refuses_a_posting_on_another_day_than_its_entry(self) -> None:
        with pytest.raises(IntegrityError, match="does not balance"):
            write_entry(100, -100, booked_on="2026-03-02")

    def test_refuses_postings_added_to_an_entry_later(self) -> None:
        service.post([entries.payment_captured(new_id(), PROVIDER, 100)])
        add = text(
            "insert into journal_postings (id, entry_id, account_kind, amount_fen, booked_on) "
            "select gen_random_uuid(), e.id, 'bank', amount, e.booked_on "
            "from journal_entries e, unnest(array[5, -5]) as amount"
        )
        with pytest.raises(IntegrityError, match="not written at once"):
            db.session.execute(add)

    def test_takes_a_balanced_entry(self) -> None:
        write_entry(100, -60, -40)
        assert count("journal_postings") == 3


CHANGES = [
    "update journal_postings set amount_fen = amount_fen * 2",
    "delete from journal_postings",
    "truncate journal_postings",
    "update journal_entries set booked_on = booked_on - 1",
    "delete from journal_entries",
    "truncate journal_entries cascade",
]


class TestAppendOnly:
    @pytest.mark.parametrize("change", CHANGES)
    def test_is_refused_to_the_application_by_privilege(self, change: str) -> None:
        service.post([entries.payment_captured(new_id(), PROVIDER, 100)])
        with pytest.raises(ProgrammingError, match="permission denied"):
            db.session.execute(text(change))

    @pytest.mark.parametrize("change", CHANGES)
    def test_is_refused_to_the_owner_by_trigger(
        self, owner_connection: Connection, change: str
    ) -> None:
        owner_connection.execute(
            text(
                "with e as (insert into journal_entries"
                " (id, kind, cause_id, booked_on, recorded_at)"
                " values (gen_random_uuid(), 'payment_captured', gen_random_uuid(),"
                " '2026-03-01', now()) returning id, booked_on) "
                "insert into journal_postings"
                " (id, entry_id, account_kind, amount_fen, booked_on) "
                "select gen_random_uuid(), e.id, 'bank', amount, e.booked_on "
                "from e, unnest(array[5, -5]) as amount"
            )
        )
        with pytest.raises(DBAPIError, match="append-only"):
            owner_connection.execute(text(change))


class TestOwners:
    def test_refuses_a_cooperatives_account_without_its_owner(self) -> None:
        sides: dict[str, Any] = {"entry": new_id()}
        statement = text(
            "with e as (insert into journal_entries (id, kind, cause_id, booked_on, recorded_at)"
            " values (:entry, 'payment_captured', :entry, '2026-03-01', now()) returning id) "
            "insert into journal_postings (id, entry_id, account_kind, amount_fen, booked_on) "
            "select gen_random_uuid(), e.id, 'cooperative_payable', amount, '2026-03-01' "
            "from e, unnest(array[5, -5]) as amount"
        )
        with pytest.raises(IntegrityError, match="ck_journal_postings_owner"):
            db.session.execute(statement, sides)


def test_side_of_nothing_is_never_stored() -> None:
    with pytest.raises(IntegrityError, match="ck_journal_postings_amount"):
        write_entry(0, 0)
