"""Two statements paid by transfer: once for each, whatever answers are lost, and taken back whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import clock
from marketplace.database import db
from marketplace.days import heads
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.permissions import Role
from orders.journal import queries as journal
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from orders.payments import calls
from orders.payments.models import PaymentEvent
from orders.payments.stripe.reading import read_events
from orders.payouts.errors import NotForTheBank, NothingReleased
from orders.payouts.models import Payout
from orders.payouts.service import make_batch, take_file
from orders.reconciliation import running, stages
from orders.reconciliation.models import Difference, ReconciliationRun
from orders.settlements.models import Statement
from orders.settlements.service import confirm_statement
from orders.transfers.errors import ConfirmedByProposer, TransfersNotOffered
from orders.transfers.making import make_transfers
from orders.transfers.sending import send_transfers
from orders.transfers.service import confirm_account, propose_account
from tests.factories.identity import make_account, sign_in_page
from tests.factories.orders import Market, make_market, place
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    make_finance_officer,
    release,
    sell,
    settle,
    statements_of,
)
from tests.orders.card_disputes.conftest import post
from tests.orders.invariants import broken
from tests.orders.payments.stripe.conftest import Shop, provider, shop, stripe
from tests.stripe_server import FakeStripe

__all__ = ["provider", "shop", "stripe"]

ACCOUNT = "acct_1Nanjiang"
HOLDER = provider_owner("stripe")


@dataclass(frozen=True, slots=True)
class Books:
    """A market with one statement paid by transfer and one by bank, both released."""

    market: Market
    officers: tuple[Actor, Actor]
    statement: Statement
    by_bank: Statement


@pytest.fixture
def books(
    app: Flask, shop: Shop, stripe: FakeStripe, travel: Callable[[datetime], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Books]:  # fmt: skip
    settings = replace(app.config["SETTINGS"], stripe_transfers=True)
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    stripe.transfers.connected.add(ACCOUNT)
    travel(START)
    market, officers = make_market(), (make_finance_officer(), make_finance_officer())
    give_account(market.nanjiang)
    give_account(market.xinhe, "6222020200445566")
    named = propose_account(officers[0], market.nanjiang.id, reference=ACCOUNT)
    with pytest.raises(ConfirmedByProposer):
        confirm_account(officers[0], named.id)
    confirm_account(officers[1], named.id)
    complete_later(
        sell(market, market.nanjiang, [(market.mutton, 2)]),
        sell(market, market.xinhe, [(market.rawap, 1)]),
    )
    travel(START + timedelta(days=12))
    settle(officers[0], date(2026, 6, 12))
    [one], [other] = statements_of(market.nanjiang.id), statements_of(market.xinhe.id)
    for seller, statement in ((market.nanjiang, one), (market.xinhe, other)):
        confirm_statement(seller.actor, statement.id)
        release(statement, *officers)
    yield Books(market, officers, one, other)
    heads.heads_file().unlink(missing_ok=True)


def state_of(statement: Statement) -> str:
    db.session.refresh(statement)
    return statement.state


def held() -> int:
    return journal.get_balance(AccountKind.PROVIDER_CLEARING, HOLDER)


def start_paying(books: Books) -> None:
    """Have somebody begin to pay over Stripe, or there would be nothing to reconcile."""
    trade = place(books.market.buyer, [(books.market.tea, 1)]).trade
    calls.start_payment(books.market.buyer, trade.id, "stripe", "alipay")


class TestTransfers:
    def test_each_statement_goes_its_own_way(self, books: Books, stripe: FakeStripe) -> None:
        assert "****" in (books.statement.account_masked or "")
        batch = make_transfers(books.officers[0])
        assert (batch.payouts, batch.channel) == (1, "transfer")
        assert make_batch(books.officers[0]).payouts == 1
        with pytest.raises(NotForTheBank):
            take_file(books.officers[0], batch.id)
        send_transfers()
        [sent] = stripe.transfers.made.values()
        assert (sent["destination"], sent["amount"]) == (ACCOUNT, 11600)
        assert sent["transfer_group"] == books.statement.statement_no
        assert (state_of(books.statement), state_of(books.by_bank)) == ("paid", "released")
        assert (held(), journal.get_balance(AccountKind.BANK)) == (-11600, 0)
        send_transfers()
        read_events()
        assert len(stripe.transfers.made) == 1
        assert broken() == []
        with pytest.raises(NothingReleased):
            make_transfers(books.officers[0])

    def test_agrees_with_what_the_provider_moved(self, books: Books) -> None:
        start_paying(books)
        make_transfers(books.officers[0])
        send_transfers()
        day = clock.today()
        with clock.travel(clock.now() + timedelta(days=1)):
            run = running.start_run(SYSTEM, channel="stripe", day=day)
            stages.work(run.id)
        kept = db.session.query(Difference).filter_by(run_id=run.id, state="open")
        # The market's sales were paid in the sandbox: only the transfer moved at Stripe.
        assert [each.kind for each in kept] == []
        done = db.session.get_one(ReconciliationRun, run.id, populate_existing=True)
        assert (done.provider_fen, done.booked_fen) == (-11600, -11600)

    @pytest.mark.parametrize("is_late", [False, True])
    def test_a_lost_answer_pays_nobody_twice(
        self, books: Books, stripe: FakeStripe, travel: Callable[[datetime], None], is_late: bool
    ) -> None:
        make_transfers(books.officers[0])
        stripe.loses_answers = {"transfer"}
        send_transfers()
        assert state_of(books.statement) == "released"
        stripe.loses_answers.clear()
        if is_late:
            stripe.forget_keys()
            # Ids are made by the machine's clock, which is not travelling.
            travel(datetime.now(UTC) + timedelta(hours=25))
        send_transfers()
        assert len(stripe.transfers.made) == 1
        assert state_of(books.statement) == "paid"

    def test_a_refusal_is_released_anew(self, books: Books, stripe: FakeStripe) -> None:
        stripe.transfers.available = 100
        make_transfers(books.officers[0])
        send_transfers()
        assert state_of(books.statement) == "failed"
        assert "balance_insufficient" in (books.statement.failure or "")
        stripe.transfers.available = None
        release(books.statement, *books.officers)
        make_transfers(books.officers[1])
        send_transfers()
        assert state_of(books.statement) == "paid"
        assert broken() == []

    def test_one_taken_back_is_owed_and_paid_again(self, books: Books, stripe: FakeStripe) -> None:
        make_transfers(books.officers[0])
        send_transfers()
        stripe.transfers.reverse("tr_1")
        read_events()
        assert state_of(books.statement) == "failed"
        assert held() == 0
        assert broken() == []
        release(books.statement, *books.officers)
        make_transfers(books.officers[1])
        send_transfers()
        read_events()
        assert (state_of(books.statement), held()) == ("paid", -11600)
        assert [each.state for each in db.session.query(Payout).order_by(Payout.id)] == [
            "failed",
            "paid",
        ]
        assert broken() == []

    def test_a_part_taken_back_is_a_difference_for_a_person(
        self, books: Books, stripe: FakeStripe
    ) -> None:
        start_paying(books)
        make_transfers(books.officers[0])
        send_transfers()
        stripe.transfers.reverse("tr_1", 1_600)
        read_events()
        assert (state_of(books.statement), held()) == ("paid", -11600)
        day = clock.today()
        with clock.travel(clock.now() + timedelta(days=1)):
            run = running.start_run(SYSTEM, channel="stripe", day=day)
            stages.work(run.id)
        kept = db.session.query(Difference).filter_by(run_id=run.id, state="open")
        assert [each.gap_fen for each in kept] == [1_600]
        assert broken() == []
        # The rest follows: now all of it is owed again, once.
        stripe.transfers.reverse("tr_1")
        read_events()
        assert (state_of(books.statement), held()) == ("failed", 0)
        assert broken() == []

    def test_news_of_one_to_another_account_is_not_believed(
        self, client: FlaskClient, books: Books, stripe: FakeStripe
    ) -> None:
        make_transfers(books.officers[0])
        send_transfers()
        stripe.transfers.reverse("tr_1")
        event = stripe.events.pop()
        event["data"]["object"]["destination"] = "acct_1Stranger"
        assert post(client, stripe.notice(event)) == 204
        kept = db.session.query(PaymentEvent).filter_by(event_id=event["id"]).one()
        assert kept.effect == "other_account"
        assert (state_of(books.statement), held()) == ("paid", -11600)

    def test_are_made_only_where_they_are_switched_on(
        self, app: Flask, books: Books, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = replace(app.config["SETTINGS"], stripe_transfers=False)
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with pytest.raises(TransfersNotOffered):
            make_transfers(books.officers[0])


class TestPages:
    def test_two_officers_name_an_account_and_send_a_batch(
        self, client: FlaskClient, books: Books, stripe: FakeStripe
    ) -> None:
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        form = {"csrf_token": token, "cooperative_id": str(books.market.xinhe.id)}
        address = "/desk/transfer-accounts"
        assert client.post(address, data=form | {"reference": "622202"}).status_code == 422
        client.post(address, data=form | {"reference": "acct_1Xinhe"})
        page = client.get(address).text
        assert "须由另一位财务核对" in page
        confirm = page.split('action="/desk/transfer-accounts/')[1].split("/")[0]
        client.post(f"{address}/{confirm}/confirm", data={"csrf_token": token})
        assert "须由两位不同的财务" in client.get(address).text
        token = sign_in_page(client, make_account(role=Role.FINANCE_OFFICER))
        client.post(f"{address}/{confirm}/confirm", data={"csrf_token": token})
        assert client.get(address).text.count("已核对") >= 2
        assert "生成渠道内转账批次" in client.get("/desk/payouts").text
        made = client.post("/desk/payouts", data={"csrf_token": token, "channel": "transfer"})
        send_transfers()
        batch = client.get(made.headers["Location"]).text
        assert "tr_1" in batch
        assert "file.xlsx" not in batch
