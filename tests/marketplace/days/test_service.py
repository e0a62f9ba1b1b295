"""Booking and folding days, with sales that go on meanwhile."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.pool import NullPool

from marketplace import clock, verify
from marketplace.database import db, transaction
from marketplace.days import book_day, heads, service
from marketplace.days import invariants as day_invariants
from marketplace.days.jobs import fold_days
from marketplace.days.models import FoldedDay
from partners.credits import invariants as credit_invariants
from partners.credits import service as credit_service
from partners.credits.models import DailySum
from partners.credits.sums import CREDITS
from tests.conftest import Committed
from tests.factories.credits import make_sale, sale_facts

Travel = Callable[[datetime], None]
NOON = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)


def fold_all() -> None:
    while service.fold_days(CREDITS):
        pass
    heads.write_heads()


def links() -> list[FoldedDay]:
    statement = select(FoldedDay).where(FoldedDay.ledger == "credits")
    return list(db.session.scalars(statement.order_by(FoldedDay.sequence)))


def violations(*codes: str, on: Connection | None = None) -> dict[str, int]:
    """Run the ledgers' own invariants of some codes; return the broken ones.

    These sales have no orders, which other capabilities' invariants would mind.
    """
    stated = [*day_invariants.list_invariants(), *credit_invariants.INVARIANTS]
    wanted = [i for i in stated if i.code in codes]
    assert {i.code for i in wanted} == set(codes)
    found = verify.check(on or db.session.connection(), wanted)
    return {f.invariant.title: f.violations for f in found if f.violations}


class TestBookDay:
    def test_is_the_shanghai_day_of_the_travelled_clock(self, travel: Travel) -> None:
        travel(datetime(2026, 6, 15, 15, 59, tzinfo=UTC))
        assert book_day("credits") == date(2026, 6, 15)
        travel(datetime(2026, 6, 15, 16, 1, tzinfo=UTC))
        assert book_day("credits") == date(2026, 6, 16)

    def test_is_the_databases_today_otherwise(self) -> None:
        assert book_day("credits") in (clock.today(), clock.today() - timedelta(days=1))

    def test_is_the_next_day_once_a_day_is_folded(self, travel: Travel) -> None:
        travel(NOON)
        make_sale()
        travel(NOON + timedelta(days=3))
        fold_all()
        travel(NOON)
        assert book_day("credits") == date(2026, 6, 18)
        assert book_day("another ledger") == date(2026, 6, 15)


class TestFoldDays:
    def test_makes_a_link_for_each_day_with_rows_and_for_the_last(self, travel: Travel) -> None:
        for day in (0, 2):
            travel(NOON + timedelta(days=day))
            make_sale()
        travel(NOON + timedelta(days=5))
        fold_all()
        found = [(link.sequence, link.folded_on.day, link.row_count) for link in links()]
        assert found == [(1, 15, 3), (2, 17, 3), (3, 19, 0)]
        assert violations("I7", "I9") == {}

    def test_leaves_today_open(self, travel: Travel) -> None:
        travel(NOON)
        make_sale()
        fold_all()
        assert links() == []

    def test_a_second_fold_changes_nothing(self, travel: Travel) -> None:
        travel(NOON)
        make_sale()
        travel(NOON + timedelta(days=1))
        fold_all()
        before = [link.hash for link in links()]
        fold_all()
        assert [link.hash for link in links()] == before

    def test_folds_years_of_silence_in_steps(self, travel: Travel) -> None:
        travel(datetime(2020, 6, 15, 4, tzinfo=UTC))
        make_sale()
        travel(datetime(2022, 6, 15, 4, tzinfo=UTC))
        fold_all()
        assert links()[-1].folded_on == date(2022, 6, 14)
        assert violations("I7") == {}

    def test_sums_each_day_by_what_reports_group_by(self, travel: Travel) -> None:
        travel(NOON)
        for _ in range(2):
            make_sale()
        travel(NOON + timedelta(days=1))
        fold_all()
        sums = db.session.scalars(select(DailySum).where(DailySum.pairing_id.is_not(None)))
        assert [(s.amount_fen, s.line_count) for s in sums] == [(60_000, 2)]


class TestTheFoldingJob:
    def test_writes_the_newest_digests_outside_the_database(self, travel: Travel) -> None:
        travel(NOON)
        make_sale()
        travel(NOON + timedelta(days=1))
        fold_days()
        (link,) = links()
        head = orjson.loads(heads.heads_file().read_bytes())["credits"]
        assert head == {"sequence": 1, "folded_on": "2026-06-15", "hash": link.hash.hex()}
        assert violations("I7", "I9") == {}

    def test_may_die_before_it_writes_the_file(
        self, travel: Travel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        travel(NOON)
        make_sale()
        travel(NOON + timedelta(days=1))
        written = heads.write_heads
        runs = iter([written])

        def write_once() -> None:
            next(runs)()

        monkeypatch.setattr(heads, "write_heads", write_once)
        with pytest.raises(StopIteration):
            fold_days()
        assert len(links()) == 1
        assert violations("I7") == {}
        monkeypatch.setattr(heads, "write_heads", written)
        fold_days()
        assert heads.read_heads()["credits"]["sequence"] == 1


@pytest.fixture
def folded(committed: Committed) -> Committed:
    """A committed database with a folded day of two sales, and its digest noted outside."""
    with committed.context(), clock.travel(NOON), transaction():
        credit_service.credit_sales([sale_facts(), sale_facts()])
    with committed.context(), clock.travel(NOON + timedelta(days=2)):
        fold_days()
        assert violations("I4", "I7", "I9") == {}
    return committed


DEEDS = {
    "update credits set amount_fen = amount_fen + 1 where scheme = 'pairing'": "I4 I7 I9",
    "delete from credits where scheme = 'catalogue'": "I4 I7 I9",
    "update credits set booked_on = booked_on + 1": "I7 I9",
    "delete from folded_days where sequence = 2": "I7",
    "update folded_days set row_count = row_count + 1": "I7",
    "delete from credit_daily_sums": "I9",
    "update sales set returned_fen = 1": "I4",
    "update decisions set amount_fen = 1 where standing = 'counted'": "I4",
}


class TestTampering:
    """What the owner of the database could do, were the triggers gone, shows in ``make verify``."""

    def test_is_seen(self, folded: Committed) -> None:
        for deed, codes in DEEDS.items():
            assert self.see(folded, deed) == set(codes.split()), deed

    def see(self, folded: Committed, deed: str) -> set[str]:
        """Do a deed in a transaction of the owner, and undo it; return the codes that it broke."""
        engine = create_engine(folded.owner_url, poolclass=NullPool)
        with folded.context(), engine.connect() as owner:
            for table in ("credits", "folded_days", "credit_daily_sums", "sales", "decisions"):
                owner.execute(text(f"alter table {table} disable trigger user"))
            assert owner.execute(text(deed)).rowcount > 0
            broken = {code for code in ("I4", "I7", "I9") if violations(code, on=owner)}
            owner.rollback()
        engine.dispose()
        return broken

    def test_of_a_chain_cut_short_is_seen_by_the_copy_outside(self, folded: Committed) -> None:
        assert self.see(folded, "delete from folded_days") == {"I7", "I9"}

    def test_of_the_copy_outside_is_seen(self, folded: Committed) -> None:
        with folded.context():
            heads.heads_file().unlink()
            assert violations("I7") == {
                "the newest digest of each ledger equals the copy outside the database": 1
            }


class TestFoldingWhileSalesGoOn:
    def test_first_waits_for_a_sale_in_flight_on_an_earlier_day(self, committed: Committed) -> None:
        is_booked = threading.Event()

        def sell_slowly() -> None:
            with transaction():
                with clock.travel(NOON):
                    credit_service.credit_sales([sale_facts()])
                is_booked.set()
                time.sleep(1)

        def sell_and_fold() -> list[int]:
            assert is_booked.wait(120)
            with clock.travel(NOON + timedelta(days=1)), transaction():
                credit_service.credit_sales([sale_facts()])
            with clock.travel(NOON + timedelta(days=2)), transaction():
                service.fold_days(CREDITS)
            return [link.row_count for link in links()]

        results = committed.in_parallel(sell_slowly, sell_and_fold)
        assert results == [None, [3, 3]]

    def test_loses_none(self, committed: Committed) -> None:
        """Days of a seventh of a second, five sellers, and a fold that never rests.

        It ends when everybody has done enough, however long the machine takes for that.
        """
        done: Counter[str] = Counter()
        stop = threading.Event()

        def repeat(name: str, deed: Callable[[], None]) -> Callable[[], None]:
            def go_on() -> None:
                try:
                    while not stop.is_set():
                        deed()
                        done[name] += 1
                        if len(done) == 7 and min(done.values()) >= 10:
                            stop.set()
                finally:
                    stop.set()

            return go_on

        def sell() -> None:
            with transaction():
                credit_service.credit_sales([sale_facts(sale_on=date(2026, 6, 15))])
                # The commit comes later than the booking, on another day at times.
                time.sleep(random.random() / 20)

        def fold() -> None:
            with transaction():
                service.fold_days(CREDITS)

        with ExitStack() as stack:

            def pass_a_day() -> None:
                stop.wait(0.15)
                stack.enter_context(clock.travel(NOON + timedelta(days=done["days"] + 1)))

            stack.enter_context(clock.travel(NOON))
            results = committed.in_parallel(
                *[repeat(f"seller {number}", sell) for number in range(5)],
                repeat("folds", fold),
                repeat("days", pass_a_day),
            )
        assert results == [None] * 7
        sold = sum(number for name, number in done.items() if name.startswith("seller"))
        with committed.context(), clock.travel(NOON + timedelta(days=1000)):
            fold_days()
            assert db.session.scalar(text("select count(*) from sales")) == sold
            summed = db.session.scalar(text("select sum(line_count) from credit_daily_sums"))
            assert summed == sold * 3
            assert len(links()) > 5
            assert violations("I4", "I7", "I9") == {}
