"""What is committed is told once to each listener, whoever commits late, fails or looks at once."""

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace import clock, jobs
from marketplace.database import db, transaction
from marketplace.outbox import spreading
from marketplace.outbox.kinds import LABELS, EventKind
from marketplace.outbox.models import Announcement, Event, EventArrear
from marketplace.outbox.service import announce
from tests.conftest import Committed
from tests.databases import ROOT

PAID, SHIPPED = EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED


class Refused(Exception):
    """What goes wrong."""


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The subjects that a listener to all kinds heard of; there is no other listener."""
    subjects: list[uuid.UUID] = []
    monkeypatch.setattr(spreading, "_listeners", {})

    @spreading.listen("everything")
    def hear(events: Sequence[Event]) -> None:
        subjects.extend(event.subject_id for event in events)

    return subjects


def happen(kind: EventKind = PAID) -> uuid.UUID:
    subject = uuid.uuid4()
    with transaction():
        announce(kind, subject_id=subject, facts={"state": "paid", "total_fen": 100})
    return subject


def count(model: type[Announcement | Event | EventArrear]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestKinds:
    def test_each_is_announced_by_somebody_and_named_in_two_languages(self) -> None:
        texts = [
            path.read_text(encoding="utf-8")
            for domain in ("partners", "products", "orders")
            for path in (ROOT / domain).rglob("*.py")
        ]
        source = "\n".join(texts)
        built = set(re.findall(r'EventKind\(f"(\w+)\.\{', source))
        if "EventKind(action)" in source:
            built.add("product")
        silent = [
            kind
            for kind in EventKind
            if f"EventKind.{kind.name}" not in source and kind.subject not in built
        ]
        assert silent == []
        assert set(LABELS) == set(EventKind)


class TestAnnounce:
    def test_is_undone_with_its_transaction(self, heard: list[uuid.UUID]) -> None:
        def refuse() -> None:
            with transaction():
                announce(PAID, subject_id=uuid.uuid4())
                raise Refused

        with pytest.raises(Refused):
            refuse()
        assert spreading.spread() == 0
        assert heard == []


class TestSpread:
    def test_tells_in_order_and_once(self, heard: list[uuid.UUID]) -> None:
        happened = [happen() for _ in range(3)]
        assert spreading.spread() == 3
        assert spreading.spread() == 0
        assert heard == happened
        assert (count(Announcement), count(Event)) == (0, 3)

    def test_tells_a_listener_of_its_kinds_only(self, heard: list[uuid.UUID]) -> None:
        shipped: list[EventKind] = []

        @spreading.listen("shipments", {SHIPPED})
        def hear(events: Sequence[Event]) -> None:
            shipped.extend(event.kind for event in events)

        happen(PAID)
        happen(SHIPPED)
        spreading.spread()
        assert shipped == [SHIPPED]
        assert len(heard) == 2

    def test_a_listener_that_fails_is_told_again_later_and_holds_nobody_up(
        self, heard: list[uuid.UUID], travel: Callable[[datetime], None]
    ) -> None:
        tried: list[uuid.UUID] = []

        @spreading.listen("failing")
        def hear(events: Sequence[Event]) -> None:
            tried.extend(event.subject_id for event in events)
            db.session.add(
                Announcement(kind=PAID, at=clock.now(), subject_id=uuid.uuid4(), facts={})
            )
            db.session.flush()
            if len(tried) <= 2:
                raise Refused

        subject = happen()
        spreading.spread()
        assert heard == [subject]
        assert count(Announcement) == 0  # what it had written is undone
        assert spreading.tell_again() == 0  # and fails once more
        owed = db.session.scalars(select(EventArrear)).one()
        assert (owed.listener, owed.tries, owed.failure) == ("failing", 2, "Refused")
        assert spreading.tell_again() == 0  # it is not due yet
        travel(clock.now() + timedelta(minutes=3))
        assert spreading.tell_again() == 1
        assert tried == [subject] * 3
        assert heard == [subject]
        assert (count(EventArrear), count(Announcement)) == (0, 1)

    def test_misses_no_late_commit_and_tells_nothing_twice_to_parallel_workers(
        self, committed: Committed, heard: list[uuid.UUID]
    ) -> None:
        with committed.context():
            with transaction():
                announce(PAID, subject_id=(late := uuid.uuid4()))
                db.session.flush()
                with committed.context():
                    early = happen()
                    assert spreading.spread() == 1
                assert heard == [early]
            assert spreading.spread() == 1
            assert heard == [early, late]
            happened = [happen() for _ in range(60)]
        told = committed.in_parallel(*[spreading.spread] * 3)
        assert sum(each for each in told if isinstance(each, int)) == 60
        assert sorted(heard[2:]) == sorted(happened)


class TestPrune:
    def test_forgets_what_was_told_to_everybody_long_ago(
        self, heard: list[uuid.UUID], travel: Callable[[datetime], None]
    ) -> None:
        happen()
        spreading.spread()
        travel(clock.now() + timedelta(days=100))
        recent = happen()
        spreading.spread()
        spreading.prune()
        assert db.session.scalars(select(Event.subject_id)).all() == [recent]


class TestBeat:
    def test_a_pulse_that_fails_keeps_none_from_running(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ran: list[str] = []
        monkeypatch.setattr(jobs, "_pulses", [])

        @jobs.pulse
        def fail() -> None:
            raise Refused

        @jobs.pulse
        def run() -> None:
            ran.append("run")

        jobs.beat()
        assert ran == ["run"]
