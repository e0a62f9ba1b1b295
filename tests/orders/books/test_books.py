"""Balances, trial balances and ledgers agree with the postings themselves, folded or not."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from marketplace.database import db
from marketplace.days.service import fold_days
from marketplace.ids import new_id
from marketplace.permissions import Role
from orders.books import queries, showing, sums
from orders.books.errors import OwnerRequired, PeriodBackwards
from orders.books.sums import Narrowing
from orders.books.trial import get_trial_balance
from orders.journal import entries, service
from orders.journal.chart import ACCOUNTS, BY_CODE, CHART, ENTRY_TITLES
from orders.journal.entries import OrderTotal, provider_owner
from orders.journal.models import AccountKind, EntryKind, JournalEntry, Posting
from orders.journal.sums import JOURNAL
from tests.factories.identity import make_account, sign_in, sign_in_page
from tests.factories.orders import buy, make_market
from tests.orders.invariants import broken

PROVIDER = "sandbox"
HOLDER = provider_owner(PROVIDER)
SOUTH, NORTH = new_id(), new_id()
Travel = Callable[[datetime], None]


def at(month: int, day: int, hour: int = 4) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def sell(amount: int, cooperative_id: uuid.UUID) -> uuid.UUID:
    """Book a payment and the trade that it pays; return the attempt."""
    attempt_id = new_id()
    order = OrderTotal(order_id=new_id(), cooperative_id=cooperative_id, amount_fen=amount)
    service.post([entries.payment_captured(attempt_id, PROVIDER, amount)])
    service.post_trade_paid(new_id(), [order])
    return attempt_id


def fold() -> None:
    while fold_days(JOURNAL):
        pass


@pytest.fixture
def story(travel: Travel) -> None:
    """Sales from January to the middle of April; all but the last day are folded."""
    for month, day, amount in ((1, 5, 100), (1, 31, 20), (2, 1, 3), (3, 15, 4000), (4, 2, 50)):
        travel(at(month, day))
        sell(amount, SOUTH)
        sell(2 * amount, NORTH)
        fold()
    travel(at(4, 10))
    fold()
    sell(7, SOUTH)


def summed(account: AccountKind, *conditions: object) -> int:
    total = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        Posting.account_kind == account, *conditions
    )
    return int(db.session.scalars(total).one())


class TestBalances:
    @pytest.mark.usefixtures("story")
    def test_are_the_sums_of_postings_on_every_day(self) -> None:
        pending = AccountKind.COOPERATIVE_PENDING
        for days in range(0, 120, 3):
            on = date(2026, 1, 1) + timedelta(days=days)
            expected = summed(pending, Posting.booked_on <= on, Posting.owner_id == SOUTH)
            assert sums.get_balance(pending, SOUTH, on) == expected, on
            assert sum(row.opening_fen for row in sums.list_balances(on, Narrowing())) == 0
        assert sums.get_balance(pending, SOUTH, date(2026, 2, 28)) == -123

    def test_stop_at_a_moment_of_a_day(self, travel: Travel) -> None:
        for hour in (1, 3, 5):
            travel(at(3, 2, hour))
            sell(10**hour, SOUTH)
        held = showing.get_balances(at=at(3, 2, 4))
        [pending] = [r for r in held.rows if r.account.kind is AccountKind.COOPERATIVE_PENDING]
        assert pending.credit_fen == 1010
        assert held.total_fen == 0


class TestTrialBalance:
    @pytest.mark.usefixtures("story")
    @pytest.mark.parametrize(
        ("start_on", "end_on"),
        [
            (date(2026, 1, 1), date(2026, 4, 30)),
            (date(2026, 1, 6), date(2026, 4, 9)),
            (date(2026, 1, 31), date(2026, 2, 1)),
            (date(2026, 2, 1), date(2026, 3, 31)),
            (date(2026, 4, 10), date(2026, 4, 10)),
        ],
    )
    def test_has_every_posting_of_the_period_once(self, start_on: date, end_on: date) -> None:
        trial = get_trial_balance(start_on, end_on, by_owner=True)
        assert trial.is_balanced
        within = Posting.booked_on.between(start_on, end_on)
        for row in trial.rows:
            owned = Posting.owner_id.is_not_distinct_from(row.owner_id)
            opening = summed(row.account, owned, Posting.booked_on < start_on)
            assert row.opening_debit_fen - row.opening_credit_fen == opening
            assert row.debit_fen == summed(row.account, owned, within, Posting.amount_fen > 0)
            assert row.credit_fen == -summed(row.account, owned, within, Posting.amount_fen < 0)
        by_account = get_trial_balance(start_on, end_on)
        assert by_account.totals.debit_fen == trial.totals.debit_fen > 0

    @pytest.mark.usefixtures("story")
    def test_says_when_the_books_do_not_balance(self, client: FlaskClient) -> None:
        sign_in_page(client, make_account(role=Role.AUDITOR))
        address = "/desk/journal/trial-balance?start_on=2026-03-01&end_on=2026-03-31"
        assert "试算平衡" in client.get(address).text
        db.session.execute(
            text("insert into journal_daily_sums (id, booked_on, account_kind, debit_fen, credit_fen)"
                 " values (gen_random_uuid(), '2026-02-10', 'bank', 1, 0)")
        )  # fmt: skip
        assert any(line.startswith("I9") for line in broken())
        trial = get_trial_balance(date(2026, 2, 5), date(2026, 2, 20))
        assert trial.differences == (0, 1, 1)
        page = client.get("/desk/journal/trial-balance?start_on=2026-02-05&end_on=2026-02-20").text
        assert "试算不平衡" in page
        assert "本期 0.01 元" in page

    def test_refuses_a_period_that_ends_before_it_begins(self) -> None:
        with pytest.raises(PeriodBackwards):
            get_trial_balance(date(2026, 2, 1), date(2026, 1, 31))


class TestSums:
    @pytest.mark.usefixtures("story")
    def test_agree_with_the_postings(self) -> None:
        assert [line for line in broken() if line.startswith("I9")] == []
        months = db.session.execute(
            text("select distinct month_end from journal_month_sums order by 1")
        )
        assert [row.month_end for row in months] == [
            date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31),
        ]  # fmt: skip

    @pytest.mark.usefixtures("story")
    @pytest.mark.parametrize(
        "fault",
        [
            "insert into journal_month_sums (id, month_end, account_kind, debit_fen, credit_fen,"
            " balance_fen) values (gen_random_uuid(), '2026-02-28', 'bank', 0, 0, 1)",
            "insert into journal_days (id, booked_on, first_number, entries)"
            " values (gen_random_uuid(), '2026-01-10', 5, 1)",
        ],
    )
    def test_that_were_tampered_with_are_found(self, fault: str) -> None:
        db.session.execute(text(fault))
        assert any(line.startswith("I9") for line in broken())

    @pytest.mark.usefixtures("story")
    def test_number_the_vouchers_of_each_month_from_one(self) -> None:
        booked = db.session.scalars(
            select(JournalEntry).order_by(JournalEntry.booked_on, JournalEntry.id)
        ).all()
        numbers = queries.find_voucher_numbers(booked)
        by_month: dict[int, list[int | None]] = {}
        for entry in booked:
            by_month.setdefault(entry.booked_on.month, []).append(numbers.get(entry.id))
        assert by_month == {
            1: [1, 2, 3, 4, 5, 6, 7, 8],
            2: [1, 2, 3, 4],
            3: [1, 2, 3, 4],
            4: [1, 2, 3, 4, None, None],
        }


class TestLedger:
    @pytest.mark.usefixtures("story")
    def test_carries_the_balance_from_page_to_page(self) -> None:
        account = ACCOUNTS[AccountKind.PROVIDER_CLEARING]
        period = (date(2026, 1, 31), date(2026, 4, 30))
        seen, after = [], None
        while True:
            page = showing.show_ledger(account, HOLDER, *period, limit=2, after=after)
            seen += [(row.debit_fen, row.balance_fen) for row in page.items]
            after = page.next
            if after is None:
                break
        assert seen == [
            (20, 320), (40, 360), (3, 363), (6, 369), (4000, 4369), (8000, 12369),
            (50, 12419), (100, 12519), (7, 12526),
        ]  # fmt: skip
        assert page.turnover is not None
        assert (page.turnover.opening_fen, page.turnover.closing_fen) == (300, 12526)

    def test_asks_whose_account_is_meant(self) -> None:
        with pytest.raises(OwnerRequired):
            showing.show_ledger(
                ACCOUNTS[AccountKind.PROVIDER_CLEARING], None,
                date(2026, 1, 1), date(2026, 1, 2), limit=2, after=None,
            )  # fmt: skip


class TestChart:
    def test_names_every_account_and_every_entry_once(self) -> None:
        assert {each.kind for each in CHART} == set(AccountKind)
        assert len(BY_CODE) == len(CHART)
        assert set(ENTRY_TITLES) == set(EntryKind)
        assert [each.code for each in CHART] == sorted(BY_CODE)


class TestApi:
    def test_leads_from_a_balance_to_the_order(self, client: FlaskClient) -> None:
        market = make_market()
        [order] = buy(market.buyer, [(market.mutton, 2)])
        sign_in(client, make_account(role=Role.FINANCE_OFFICER))
        held = client.get("/api/v1/journal/balances?by_owner=true&account_code=2202.01").json
        [row] = held["items"]
        assert row["owner_name"] == market.nanjiang.cooperative.name
        assert row["credit_fen"] == order.total_fen
        ledger = client.get(
            "/api/v1/journal/accounts/2202.01/postings", query_string={"owner_id": row["owner_id"]}
        ).json
        [line] = ledger["items"]
        assert line["balance_fen"] == ledger["closing_fen"] == -order.total_fen
        assert line["cause"]["href"] == f"/orders/{order.id}"
        entry = client.get(f"/api/v1/journal/entries/{line['entry_id']}").json
        assert entry["title"] == "买家付清，货款转合作社待确认"
        assert [
            (p["account_code"], p["debit_fen"], p["credit_fen"]) for p in entry["postings"]
        ] == [
            ("2241.01", order.total_fen, 0),
            ("2202.01", 0, order.total_fen),
        ]
        listed = client.get("/api/v1/journal/entries", query_string={"cause_id": entry["cause_id"]})
        assert [each["entry_id"] for each in listed.json["items"]] == [line["entry_id"]]

    @pytest.mark.parametrize(
        ("query", "code"),
        [("on=2026-01-01&at=2026-01-01T00:00:00Z", "moment_ambiguous"),
         ("account_code=9999", "account_unknown")],
    )  # fmt: skip
    def test_says_what_it_cannot_find(self, client: FlaskClient, query: str, code: str) -> None:
        sign_in(client, make_account(role=Role.AUDITOR))
        assert client.get(f"/api/v1/journal/balances?{query}").json["code"] == code


class TestPages:
    def test_show_the_books_to_an_auditor(self, client: FlaskClient) -> None:
        market = make_market()
        buy(market.buyer, [(market.mutton, 2)])
        sign_in_page(client, make_account(role=Role.AUDITOR))
        home = client.get("/desk/journal").text
        today = client.get("/desk/journal?time=00:00")
        assert (today.status_code, "00:00" in today.text) == (200, True)
        for wrong in ("on=2999-01-01", "on=2026-02-31", "time=25:00"):
            assert client.get(f"/desk/journal?{wrong}").status_code == 422
        assert "借贷相等" in home
        assert "应付账款—合作社（待确认）" in home
        owners = client.get("/desk/journal/accounts/2202.01").text
        assert market.nanjiang.cooperative.name in owners
        ledger = client.get(f"/desk/journal/accounts/2202.01?owner={market.nanjiang.id}").text
        assert "贷 " in ledger
        entry = db.session.scalars(select(JournalEntry)).first()
        assert entry is not None
        assert "当日结账后编凭证号" in client.get(f"/desk/journal/entries/{entry.id}").text
        assert "序时账" in client.get("/desk/journal/entries").text
