"""Entries, ledgers and balances as they are shown: with account names, vouchers and causes."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace import clock
from marketplace.cursors import Page, paginate
from marketplace.language import Text
from orders.books import queries, sums
from orders.books.causes import CausePaper, find_papers
from orders.books.documents import voucher_no
from orders.books.errors import (
    AccountUnknown,
    MomentAmbiguous,
    OwnerNotKept,
    OwnerRequired,
    PeriodBackwards,
)
from orders.books.owners import name_owners
from orders.books.queries import EntryFilter, LedgerQuery
from orders.books.sums import Narrowing, Turnover
from orders.journal.chart import ACCOUNTS, BY_CODE, CHART, ENTRY_TITLES, ChartedAccount
from orders.journal.models import JournalEntry, Posting

# Owners of one account that one answer lists, the largest balances first.
MAX_OWNERS = 1000
_ORDER = {each.kind: position for position, each in enumerate(CHART)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBalance:
    """What an account holds, in fen on its side; ``balance_fen`` is signed, debits positive."""

    account: ChartedAccount
    owner_id: uuid.UUID | None
    owner_name: str | None
    balance_fen: int

    @property
    def debit_fen(self) -> int:
        """The balance if it stands on the debit side."""
        return max(self.balance_fen, 0)

    @property
    def credit_fen(self) -> int:
        """The balance if it stands on the credit side."""
        return max(-self.balance_fen, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """All that accounts hold at a moment; debits and credits agree unless something is broken."""

    on: date
    at: datetime | None
    rows: Sequence[ShownBalance]
    is_cut: bool

    @property
    def total_fen(self) -> int:
        """The sum of all balances: zero, unless the list is narrowed to some accounts."""
        return sum(row.balance_fen for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPosting:
    """One side of an entry."""

    account: ChartedAccount
    owner_id: uuid.UUID | None
    owner_name: str | None
    order_id: uuid.UUID | None
    debit_fen: int
    credit_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry with its voucher number, which it has once its day is over, and its postings."""

    entry: JournalEntry
    title: Text
    voucher_no: str | None
    paper: CausePaper | None
    postings: Sequence[ShownPosting]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A posting in its account's ledger, and the account's balance after it."""

    entry: JournalEntry
    title: Text
    voucher_no: str | None
    paper: CausePaper | None
    order_id: uuid.UUID | None
    debit_fen: int
    credit_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """A page of an account's ledger; opening and closing are those of the whole period."""

    account: ChartedAccount
    owner_id: uuid.UUID | None
    owner_name: str | None
    start_on: date
    end_on: date
    turnover: Turnover | None
    before_fen: int
    items: Sequence[LedgerRow]
    next: str | None


def get_account(code: str) -> ChartedAccount:
    """Return an account of the chart by its code; raises AccountUnknown."""
    found = BY_CODE.get(code)
    if found is None:
        raise AccountUnknown
    return found


def get_balances(
    *,
    on: date | None = None,
    at: datetime | None = None,
    account: ChartedAccount | None = None,
    by_owner: bool = False,
) -> Balances:
    """Return what accounts hold: now, at the end of a past day, or at a past moment.

    Raises MomentAmbiguous.
    """
    if on is not None and at is not None:
        raise MomentAmbiguous(fields={"at": MomentAmbiguous.title})
    wanted = Narrowing(by_owner=by_owner, account=account.kind if account else None)
    if at is not None:
        held = sums.list_balances_at(at, wanted)
    else:
        held = sums.list_balances(on or sums.FOREVER, wanted)
    held.sort(key=lambda each: (_ORDER[each.account], -abs(each.opening_fen), str(each.owner_id)))
    names = name_owners((each.account, each.owner_id) for each in held[:MAX_OWNERS])
    rows = [
        ShownBalance(
            account=ACCOUNTS[each.account],
            owner_id=each.owner_id,
            owner_name=names.get(each.owner_id) if each.owner_id else None,
            balance_fen=each.opening_fen,
        )
        for each in held[:MAX_OWNERS]
    ]
    day = clock.shanghai_date(at) if at is not None else on or clock.today()
    return Balances(on=day, at=at, rows=rows, is_cut=len(held) > MAX_OWNERS)


def show_entries(entries: Sequence[JournalEntry]) -> list[ShownEntry]:
    """Return entries with their postings; a handful of queries, however many entries."""
    postings = queries.list_postings([entry.id for entry in entries])
    numbers = queries.find_voucher_numbers(entries)
    papers = find_papers({(entry.kind, entry.cause_id) for entry in entries})
    names = name_owners(
        (posting.account_kind, posting.owner_id) for own in postings.values() for posting in own
    )
    return [
        ShownEntry(
            entry=entry,
            title=ENTRY_TITLES[entry.kind],
            voucher_no=_voucher(entry, numbers),
            paper=papers.get((entry.kind, entry.cause_id)),
            postings=[_show_posting(posting, names) for posting in postings[entry.id]],
        )
        for entry in entries
    ]


def _voucher(entry: JournalEntry, numbers: dict[uuid.UUID, int]) -> str | None:
    number = numbers.get(entry.id)
    return voucher_no(entry.booked_on, number) if number else None


def _show_posting(posting: Posting, names: dict[uuid.UUID, str]) -> ShownPosting:
    return ShownPosting(
        account=ACCOUNTS[posting.account_kind],
        owner_id=posting.owner_id,
        owner_name=names.get(posting.owner_id) if posting.owner_id else None,
        order_id=posting.order_id,
        debit_fen=max(posting.amount_fen, 0),
        credit_fen=max(-posting.amount_fen, 0),
    )


def page_of_entries(wanted: EntryFilter, limit: int, after: str | None) -> Page[ShownEntry]:
    """Return one page of the journal, the newest entry first."""
    page = paginate(queries.select_entries(wanted), queries.ENTRY_ORDER, limit, after)
    return Page(show_entries(page.items), page.next)


def show_entry(entry_id: uuid.UUID) -> ShownEntry:
    """Return an entry by id; raises JournalEntryUnknown."""
    return show_entries([queries.get_entry(entry_id)])[0]


def show_ledger(
    account: ChartedAccount,
    owner_id: uuid.UUID | None,
    start_on: date,
    end_on: date,
    *,
    limit: int,
    after: str | None,
) -> LedgerPage:
    """Return one page of an account's ledger with the running balance.

    Raises OwnerRequired, OwnerNotKept, PeriodBackwards.
    """
    if (account.owner_kind is None) is not (owner_id is None):
        wrong = OwnerRequired if owner_id is None else OwnerNotKept
        raise wrong(fields={"owner_id": wrong.title})
    if end_on < start_on:
        raise PeriodBackwards(fields={"end_on": PeriodBackwards.title})
    wanted = LedgerQuery(account=account.kind, owner_id=owner_id, start_on=start_on, end_on=end_on)
    page, before_fen = queries.page_of_ledger(wanted, limit, after)
    narrowing = Narrowing(by_owner=True, account=account.kind, owner_id=owner_id)
    moved = sums.list_turnover(start_on, end_on, narrowing)
    return LedgerPage(
        account=account,
        owner_id=owner_id,
        owner_name=name_owners([(account.kind, owner_id)]).get(owner_id) if owner_id else None,
        start_on=start_on,
        end_on=end_on,
        turnover=moved[0] if moved else None,
        before_fen=before_fen,
        items=_ledger_rows(page.items, before_fen),
        next=page.next,
    )


def _ledger_rows(postings: Sequence[Posting], balance: int) -> list[LedgerRow]:
    of_id = queries.get_entries_of(postings)
    entries = list(of_id.values())
    numbers = queries.find_voucher_numbers(entries)
    papers = find_papers({(entry.kind, entry.cause_id) for entry in entries})
    shown = []
    for posting in postings:
        entry = of_id[posting.entry_id]
        balance += posting.amount_fen
        shown.append(
            LedgerRow(
                entry=entry,
                title=ENTRY_TITLES[entry.kind],
                voucher_no=_voucher(entry, numbers),
                paper=papers.get((entry.kind, entry.cause_id)),
                order_id=posting.order_id,
                debit_fen=max(posting.amount_fen, 0),
                credit_fen=max(-posting.amount_fen, 0),
                balance_fen=balance,
            )
        )
    return shown


def default_period() -> tuple[date, date]:
    """Return the running month: what a ledger shows when no period is asked for."""
    today = clock.today()
    return today.replace(day=1), today


def last_whole_month() -> tuple[date, date]:
    """Return the last month that is over: what accountants usually export."""
    end_on = clock.today().replace(day=1) - timedelta(days=1)
    return end_on.replace(day=1), end_on
