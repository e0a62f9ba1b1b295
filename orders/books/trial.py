"""The trial balance 试算平衡表: each account's two sides, and whether their totals agree."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from orders.books import sums
from orders.books.errors import PeriodBackwards
from orders.books.owners import name_owners
from orders.books.sums import Narrowing, Turnover
from orders.journal.chart import ACCOUNTS, CHART, ChartedAccount
from orders.journal.models import AccountKind

# An owner's row each: what fits one answer. The largest balances come first.
MAX_ROWS = 2000
_ORDER = {each.kind: position for position, each in enumerate(CHART)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Opening balance, turnover and closing balance, in fen, each on its side; none is negative."""

    opening_debit_fen: int = 0
    opening_credit_fen: int = 0
    debit_fen: int = 0
    credit_fen: int = 0
    closing_debit_fen: int = 0
    closing_credit_fen: int = 0

    @property
    def sides(self) -> tuple[int, ...]:
        """The six amounts in the order of the printed table."""
        return (self.opening_debit_fen, self.opening_credit_fen, self.debit_fen, self.credit_fen,
                self.closing_debit_fen, self.closing_credit_fen)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow(Sides):
    """An account's line."""

    account: AccountKind
    owner_id: uuid.UUID | None = None
    owner_name: str | None = None

    @property
    def charted(self) -> ChartedAccount:
        """The account in the chart."""
        return ACCOUNTS[self.account]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalance:
    """A period's trial balance. It is balanced when debits and credits agree three times over."""

    start_on: date
    end_on: date
    rows: Sequence[TrialRow]
    totals: Sides
    is_cut: bool

    @property
    def differences(self) -> tuple[int, int, int]:
        """Debits less credits of opening balances, turnover and closing balances."""
        t = self.totals
        return (
            t.opening_debit_fen - t.opening_credit_fen,
            t.debit_fen - t.credit_fen,
            t.closing_debit_fen - t.closing_credit_fen,
        )

    @property
    def is_balanced(self) -> bool:
        """Tell whether the books balance."""
        return self.differences == (0, 0, 0)


def get_trial_balance(
    start_on: date, end_on: date, *, by_owner: bool = False, limit: int | None = MAX_ROWS
) -> TrialBalance:
    """Return the trial balance of a period, both days included. Raises PeriodBackwards.

    One statement on folded sums and what came after, however long the history.
    """
    if end_on < start_on:
        raise PeriodBackwards(fields={"end_on": PeriodBackwards.title})
    moved = sums.list_turnover(start_on, end_on, Narrowing(by_owner=by_owner))
    moved.sort(key=lambda each: (_ORDER[each.account], -abs(each.closing_fen), str(each.owner_id)))
    names = name_owners((each.account, each.owner_id) for each in moved[:limit])
    rows = [_row(each, names) for each in moved]
    return TrialBalance(
        start_on=start_on,
        end_on=end_on,
        rows=rows[:limit],
        totals=_total(rows),
        is_cut=limit is not None and len(rows) > limit,
    )


def _row(moved: Turnover, names: dict[uuid.UUID, str]) -> TrialRow:
    return TrialRow(
        account=moved.account,
        owner_id=moved.owner_id,
        owner_name=names.get(moved.owner_id) if moved.owner_id else None,
        opening_debit_fen=max(moved.opening_fen, 0),
        opening_credit_fen=max(-moved.opening_fen, 0),
        debit_fen=moved.debit_fen,
        credit_fen=moved.credit_fen,
        closing_debit_fen=max(moved.closing_fen, 0),
        closing_credit_fen=max(-moved.closing_fen, 0),
    )


def _total(rows: Sequence[TrialRow]) -> Sides:
    columns = [sum(column) for column in zip(*(row.sides for row in rows), strict=True)] or [0] * 6
    return Sides(
        opening_debit_fen=columns[0],
        opening_credit_fen=columns[1],
        debit_fen=columns[2],
        credit_fen=columns[3],
        closing_debit_fen=columns[4],
        closing_credit_fen=columns[5],
    )
