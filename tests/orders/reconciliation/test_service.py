"""Closing differences, what reopens them, runs by the clock, and two runs at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import SYSTEM, Actor
from orders.payments.service import settle_payment
from orders.reconciliation import jobs, queries, running, service, stages
from orders.reconciliation.errors import (
    ChannelUnknown,
    DayNotOver,
    DifferenceChanged,
    DifferenceNotOpen,
)
from orders.reconciliation.models import Difference, DifferenceState, RunState
from tests.conftest import Committed
from tests.factories.identity import make_account
from tests.factories.payments import make_trade, news, start_attempt
from tests.orders.invariants import broken
from tests.orders.reconciliation.conftest import DAY, NEXT_MORNING
from tests.orders.reconciliation.days import differences, reconcile, sell, steps
from tests.stripe_server import FakeStripe

pytestmark = pytest.mark.usefixtures("shop")
WHY = "渠道后台手工收款，已补单"


@pytest.fixture
def difference(stripe: FakeStripe) -> Difference:
    """A payment that only Stripe knows."""
    sell(stripe, 5_000)
    stripe.balance.record("payment", 900, {"id": "ch_x", "object": "charge", "metadata": {}})
    [found] = differences(reconcile())
    return found


def close(officer: Actor, difference: Difference, version: int | None = None) -> Difference:
    return service.close_difference(
        officer, difference.id, reason=WHY, version=version or difference.version
    )


class TestCloseDifference:
    def test_keeps_who_and_why_through_further_runs(
        self, difference: Difference, officer: Actor
    ) -> None:
        closed = close(officer, difference)
        reconcile()

        assert (closed.state, closed.closed_by, closed.reason) == ("closed", officer.id, WHY)
        [again] = differences(queries.get_run(difference.run_id))
        assert (again.state, again.reason) == (DifferenceState.CLOSED, WHY)
        assert steps(again) == ["found", "closed"]
        assert broken() == []

    def test_only_what_is_open_and_as_it_was_seen(
        self, difference: Difference, officer: Actor
    ) -> None:
        with pytest.raises(DifferenceChanged):
            close(officer, difference, version=7)
        close(officer, difference)
        with pytest.raises(DifferenceNotOpen):
            close(officer, difference)

    def test_is_undone_when_the_facts_change(
        self, difference: Difference, officer: Actor, stripe: FakeStripe
    ) -> None:
        [known] = differences(queries.get_run(difference.run_id))
        attempt = sell(stripe, 2_000)
        txn = stripe.balance.movements[-1]
        txn |= {"amount": 1_900, "net": 1_900}
        [other] = [one for one in differences(reconcile()) if one.id != known.id]
        close(officer, other)
        stripe.balance.record("payment", 50, txn["source"])

        reconcile()

        db.session.refresh(other)
        assert other.subject_id == attempt.id
        assert (other.state, other.closed_by, other.reason) == ("open", None, None)
        assert steps(other) == ["found", "closed", "reopened"]
        assert known.state is DifferenceState.OPEN
        assert broken() == []

    def test_a_closed_one_whose_sides_agree_later_settles(
        self, stripe: FakeStripe, officer: Actor
    ) -> None:
        sell(stripe, 5_000)
        movements = list(stripe.balance.movements)
        stripe.balance.movements.clear()
        [missing] = differences(reconcile())
        close(officer, missing)
        stripe.balance.movements += movements

        reconcile()

        db.session.refresh(missing)
        assert (missing.kind, missing.state, missing.gap_fen) == ("payment_not_seen", "settled", 0)
        assert steps(missing) == ["found", "closed", "settled"]
        assert broken() == []


class TestRuns:
    def test_a_day_must_be_over_and_the_channel_known(
        self, stripe: FakeStripe, officer: Actor
    ) -> None:
        sell(stripe, 5_000)
        with pytest.raises(DayNotOver):
            running.start_run(officer, channel="stripe", day=DAY)
        with pytest.raises(ChannelUnknown):
            running.start_run(officer, channel="paypal", day=DAY - timedelta(days=1))

    def test_the_clock_begins_what_is_missing_and_leaves_what_is_green(
        self, stripe: FakeStripe, travel: Callable[[datetime], None], run_jobs: Callable[[], None]
    ) -> None:
        sell(stripe, 5_000)
        travel(NEXT_MORNING - timedelta(hours=5))
        assert running.list_due() == []
        travel(NEXT_MORNING)
        assert running.list_due() == [running.Due("stripe", DAY)]

        jobs.reconcile()
        run_jobs()

        [run] = queries.list_runs(DAY)
        assert (run.state, run.started_by) == (RunState.DONE, None)
        assert running.list_due() == []

    def test_one_with_something_open_is_done_again_next_day(self, difference: Difference) -> None:
        with clock.travel(NEXT_MORNING + timedelta(hours=1)):
            assert running.list_due() == []
        with clock.travel(NEXT_MORNING + timedelta(hours=21)):
            assert running.Due("stripe", DAY) in running.list_due()

    def test_a_killed_one_goes_on(self, stripe: FakeStripe) -> None:
        stripe.balance.fee_each = 3
        sell(stripe, 5_000)
        with clock.travel(NEXT_MORNING):
            run = running.start_run(SYSTEM, channel="stripe", day=DAY)
            # Killed after reading, before anything was compared.
            assert stages._read(stages.channels.find_holder("stripe"), run.id) is None  # type: ignore[arg-type]
            stages._book(run.id)
            stages.work(run.id)

        assert queries.get_run(run.id).state is RunState.DONE
        assert differences(run) == []
        assert broken() == []


class TestTwoAtOnce:
    def test_find_each_thing_once(
        self, committed: Committed, travel: Callable[[datetime], None]
    ) -> None:
        with committed.context():
            with transaction():
                attempt = start_attempt(make_trade(5_000, account_id=make_account().id))
                settle_payment("sandbox", news(attempt))
            travel(NEXT_MORNING)
            with transaction():
                run_id = running.start_run(SYSTEM, channel="sandbox", day=DAY).id

        ends = committed.in_parallel(*[lambda: stages.work(run_id)] * 3)

        assert ends == [None] * 3
        with committed.context():
            run = queries.get_run(run_id)
            assert run.state is RunState.DONE
            assert [d.kind for d in differences(run)] == ["payment_not_seen"]
            assert [steps(d) for d in differences(run)] == [["found"]]
            assert broken() == []
