"""Every kind of difference between a provider and our books, made for real over HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.database import db
from marketplace.ids import new_id
from orders.bank_entries import service as bank
from orders.bank_entries.errors import PayoutUnknown
from orders.bank_entries.models import EntryState
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.journal.queries import get_balance
from orders.payments import calls
from orders.payments.models import PaymentAttempt, PaymentState, RefundState
from orders.reconciliation import queries
from orders.reconciliation.models import ReconciliationRun, RunState
from orders.reconciliation.standing import Standing, cell_of
from tests.factories.bank import bank_entries, bring_in, make_officers, matches, receipt
from tests.factories.payments import start_another_attempt
from tests.orders.invariants import broken
from tests.orders.reconciliation.conftest import DAY
from tests.orders.reconciliation.days import (
    differences,
    hear,
    opened,
    order,
    reconcile,
    reference,
    refund_of,
    seen,
    sell,
    start,
    steps,
)
from tests.stripe_server import FakeStripe

pytestmark = pytest.mark.usefixtures("shop")
Travel = Callable[[datetime], None]


def balance(account: AccountKind) -> int:
    return get_balance(account, provider_owner("stripe"))


class TestADayThatAgrees:
    def test_has_no_difference_and_books_fees_and_payouts_once(self, stripe: FakeStripe) -> None:
        stripe.balance.fee_rate_bp = 100
        sell(stripe, 10_000, 2_000)
        stripe.balance.take_fee(50)
        stripe.balance.pay_out(5_000)

        run = reconcile()

        assert seen(run) == [("payout_in_transit", "open", -5_000, None, -5_000, 0)]
        assert (run.state, run.provider_fen, run.booked_fen) == (RunState.DONE, 6_830, 6_830)
        assert (run.read, run.compared) == (3, 4)
        assert balance(AccountKind.PROVIDER_FEE) == 170
        assert get_balance(AccountKind.MONEY_IN_TRANSIT) == 5_000
        assert balance(AccountKind.PROVIDER_CLEARING) == 6_830

        again = reconcile()

        assert (again.id, again.rounds, len(seen(again))) == (run.id, 2, 1)
        assert balance(AccountKind.PROVIDER_FEE) == 170
        assert broken() == []

    def test_waits_for_a_payout_until_two_officers_saw_it_arrive(self, stripe: FakeStripe) -> None:
        officers = make_officers()
        sell(stripe, 10_000)
        sent = stripe.balance.pay_out(5_000)["source"]["id"]
        assert cell_of(reconcile()).standing is Standing.AMBER
        bring_in(officers[0], receipt(5_000, "STRIPE PAYOUT", name="示例支付机构"))
        [entry] = bank_entries()

        bank.propose_payout(officers[0], entry.id, target=sent, reason="金额和日期相符")
        with pytest.raises(PayoutUnknown):
            bank.propose_payout(officers[1], entry.id, target=sent, reason="再来一次")
        for match in matches():
            bank.confirm_match(officers[1], match.id)

        assert get_balance(AccountKind.MONEY_IN_TRANSIT) == 0
        assert get_balance(AccountKind.UNIDENTIFIED_RECEIPTS) == 0
        assert bank_entries()[0].state is EntryState.IDENTIFIED
        assert cell_of(reconcile()).standing is Standing.GREEN
        assert broken() == []


class TestPayments:
    def test_a_lost_notice_is_asked_for_again_and_settles_by_itself(
        self, stripe: FakeStripe
    ) -> None:
        attempt = start(order(5_000))
        stripe.complete(reference(attempt))

        run = reconcile()

        # The provider's money is of the day; it was booked the morning after.
        assert seen(run) == [("other_day", "settled", 5_000, 5_000, 5_000, 5_000)]
        assert steps(differences(run)[0]) == ["found", "settled"]
        paid = db.session.get_one(PaymentAttempt, attempt.id, populate_existing=True)
        assert paid.state is PaymentState.SUCCEEDED
        assert broken() == []

    def test_a_payment_that_we_do_not_know(self, stripe: FakeStripe) -> None:
        stripe.balance.record("payment", 900, {"id": "ch_x", "object": "charge", "metadata": {}})
        stripe.balance.record(
            "payment", 700,
            {"id": "ch_y", "object": "charge", "metadata": {"attempt_id": str(new_id())}},
        )  # fmt: skip

        run = reconcile_with_a_sale(stripe)

        assert sorted(seen(run)) == [
            ("payment_unknown", "open", 700, None, None, 700),
            ("payment_unknown", "open", 900, None, None, 900),
        ]
        assert run.provider_fen - run.booked_fen == 1_600

    def test_another_amount_than_was_noted(self, stripe: FakeStripe) -> None:
        sell(stripe, 5_000)
        stripe.balance.movements[0] |= {"amount": 4_900, "net": 4_900}

        assert seen(reconcile()) == [("amount_differs", "open", 4_900, 5_000, 5_000, -100)]

    def test_a_payment_that_the_provider_does_not_list(self, stripe: FakeStripe) -> None:
        sell(stripe, 5_000)
        stripe.balance.movements.clear()

        assert seen(reconcile()) == [("payment_not_seen", "open", None, 5_000, 5_000, -5_000)]

    def test_one_payment_charged_twice(self, stripe: FakeStripe) -> None:
        sell(stripe, 5_000)
        charge = stripe.balance.movements[0]["source"]
        stripe.balance.record("payment", 5_000, charge | {"id": "ch_again"})

        assert seen(reconcile()) == [("charged_twice", "open", 10_000, 5_000, 5_000, 5_000)]

    def test_a_second_payment_is_open_until_it_went_back(self, stripe: FakeStripe) -> None:
        trade = order(5_000)
        first = start(trade)
        other = start_another_attempt(trade)
        other.provider, other.method = "stripe", "wechat_pay"
        db.session.flush()
        calls._open(calls.get_provider("stripe"), calls.request_of(other))
        db.session.refresh(other)
        for attempt in (first, other):
            stripe.complete(reference(attempt))
            calls.poll_attempt(attempt.id)

        run = reconcile()
        assert seen(run) == [("payment_returning", "open", 5_000, 5_000, None, 0)]

        calls.send_refund(refund_of(other).id)
        again = reconcile()
        assert seen(again) == [("payment_returned", "settled", 5_000, 0, None, 0)]
        assert broken() == []


class TestRefunds:
    def test_one_made_at_the_provider_only(self, stripe: FakeStripe) -> None:
        attempt = sell(stripe, 5_000)
        stripe.answer(
            "POST", "/v1/refunds", {"payment_intent": reference(attempt), "amount": "800"}, None
        )

        assert seen(reconcile()) == [("refund_unknown", "open", -800, None, None, -800)]

    def test_one_that_came_back_is_owed_again(self, stripe: FakeStripe) -> None:
        attempt = late_payment(stripe)
        refund = refund_of(attempt)
        calls.send_refund(refund.id)
        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED
        stripe.finish_refund(refund.provider_reference or "", "failed")

        run = reconcile()

        db.session.refresh(refund)
        assert refund.state is RefundState.FAILED
        assert [found for found in seen(run) if found[5]] == [
            ("other_day", "settled", 0, 0, 0, 5_000)
        ]
        came_back = next(d for d in differences(run) if d.gap_fen)
        assert [step.kind for step in queries.list_steps(came_back)] == [
            "refund_came_back", "other_day",
        ]  # fmt: skip
        assert broken() == []

    def test_a_lost_notice_of_one_is_asked_for_again(self, stripe: FakeStripe) -> None:
        refund = refund_of(late_payment(stripe))
        stripe.loses_answers = {"refund"}
        calls.send_refund(refund.id)
        stripe.loses_answers = set()

        run = reconcile()

        db.session.refresh(refund)
        assert refund.state is RefundState.SUCCEEDED
        assert opened(run) == []


class TestEverythingElse:
    def test_each_has_its_name(self, stripe: FakeStripe) -> None:
        record = stripe.balance.record
        record("adjustment", -300, {"id": "dp_1", "object": "dispute"}, category="dispute")
        record("reserve_transaction", -20, None)
        record("stripe_fee", -7, None, currency="usd")

        run = reconcile_with_a_sale(stripe)

        assert sorted(seen(run)) == [
            ("disputed", "open", -300, None, None, -300),
            ("movement_unknown", "open", -20, None, None, -20),
            ("other_currency", "open", -7, None, None, 0),
        ]

    def test_a_dispute_that_was_heard_of_is_booked_by_its_notice(self, stripe: FakeStripe) -> None:
        attempt = sell(stripe, 5_000)
        stripe.disputes.raise_one(stripe.intents[reference(attempt)])
        assert opened(reconcile()) == ["disputed"]
        hear(stripe)

        run = reconcile()

        assert [found[:2] for found in seen(run)] == [("disputed", "settled")]
        assert run.provider_fen == run.booked_fen < 0
        assert broken() == []

    def test_foreign_money_that_went_back_is_no_difference(self, stripe: FakeStripe) -> None:
        attempt = start(order(5_000))
        stripe.complete(reference(attempt), currency="usd")
        calls.poll_attempt(attempt.id)
        calls.send_refund(refund_of(attempt).id)

        run = reconcile()

        assert seen(run) == [("payment_returned", "settled", 5_000, 0, None, 0)]
        assert (run.provider_fen, run.booked_fen) == (0, 0)


class TestMidnight:
    def test_what_is_booked_after_it_explains_both_days(
        self, stripe: FakeStripe, travel: Travel
    ) -> None:
        travel(datetime(2026, 6, 1, 15, 59, 58, tzinfo=UTC))
        attempt = start(order(5_000))
        stripe.complete(reference(attempt))
        travel(datetime(2026, 6, 1, 16, 0, 2, tzinfo=UTC))
        calls.poll_attempt(attempt.id)

        before, after = reconcile(), reconcile(day=DAY + timedelta(days=1))

        assert seen(before) == [("other_day", "settled", 5_000, 5_000, 5_000, 5_000)]
        assert seen(after) == [("other_day", "settled", 5_000, 5_000, 5_000, -5_000)]
        assert (before.provider_fen, after.booked_fen) == (5_000, 5_000)

    def test_what_comes_to_light_later_has_its_day_compared_again(self, stripe: FakeStripe) -> None:
        sell(stripe, 5_000)
        assert not reconcile().is_stale
        late = int(datetime(2026, 6, 1, 15, 30, tzinfo=UTC).timestamp())
        stripe.balance.record("stripe_fee", -40, None, created=late)

        reconcile(day=DAY + timedelta(days=1))

        [run] = queries.list_runs(DAY, DAY)
        assert run.is_stale
        assert balance(AccountKind.PROVIDER_FEE) == 0
        assert (reconcile().provider_fen, balance(AccountKind.PROVIDER_FEE)) == (4_960, 40)


class TestUnreachable:
    def test_is_said_and_nothing_is_green(self, stripe: FakeStripe) -> None:
        sell(stripe, 5_000)
        stripe.is_down = True

        run = reconcile()

        assert (run.state, run.failure) == (RunState.FAILED, "unreachable")
        stripe.is_down = False
        assert reconcile().state is RunState.DONE


def reconcile_with_a_sale(stripe: FakeStripe) -> ReconciliationRun:
    sell(stripe, 5_000)
    return reconcile()


def late_payment(stripe: FakeStripe) -> PaymentAttempt:
    """Pay less than was asked, so that all of it goes back."""
    attempt = start(order(5_500))
    stripe.complete(reference(attempt), amount=5_000)
    calls.poll_attempt(attempt.id)
    return attempt
