"""How far the bank has answered a file of ours, and the money on the account to pay it from."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace import clock
from marketplace.database import db
from marketplace.language import Text
from orders.books.sums import Narrowing, list_balances
from orders.journal.models import AccountKind
from orders.payouts.models import PayoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What became of a file's payments; ``ended_at``: the last answer, once none waits."""

    paid: int = 0
    failed: int = 0
    waiting: int = 0
    ended_at: datetime | None = None

    @property
    def title(self) -> Text:
        """How far it is, in words."""
        if self.waiting:
            return Text("等银行回盘 {n} 笔", "{n} wait for the bank").format(n=self.waiting)
        if self.failed:
            return Text("已办结，失败 {n} 笔", "Finished, {n} failed").format(n=self.failed)
        return Text("已办结", "Finished")

    @property
    def tone(self) -> str:
        """The colour of it: what failed needs somebody."""
        if self.waiting:
            return "pending"
        return "attention" if self.failed else "confirmed"


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Where the payments of a kind of file keep their file, state and answer."""

    file_id: InstrumentedAttribute[uuid.UUID]
    state: InstrumentedAttribute[PayoutState]
    answered_at: InstrumentedAttribute[datetime | None]


def list_progress(
    columns: FileColumns, file_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, Progress]:
    """Return how far some files are, in one statement."""
    rows = db.session.execute(
        select(
            columns.file_id.label("file_id"),
            func.count().filter(columns.state == PayoutState.PAID).label("paid"),
            func.count().filter(columns.state == PayoutState.FAILED).label("failed"),
            func.count().filter(columns.state == PayoutState.SENT).label("waiting"),
            func.max(columns.answered_at).label("answered_at"),
        )
        .where(columns.file_id.in_(file_ids))
        .group_by(columns.file_id)
    )
    return {
        row.file_id: Progress(
            paid=row.paid,
            failed=row.failed,
            waiting=row.waiting,
            ended_at=None if row.waiting else row.answered_at,
        )
        for row in rows
    }


def bank_balance_fen() -> int:
    """Return what the books hold on the bank account now."""
    held = list_balances(clock.today(), Narrowing(account=AccountKind.BANK))
    return sum(one.opening_fen for one in held)
