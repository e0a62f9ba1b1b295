"""What was acknowledged, written down outside the system, and what the system kept of it."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from marketplace.verify import check, collect

# A trade that was charged more than once and did not get the rest back.
_OVERCHARGED = """
select count(*) from (
    select t.id from trades t
    join payment_attempts a on a.trade_id = t.id
    join sandbox.payments p on p.merchant_reference = a.id
    where t.account_id = any(:accounts)
    group by t.id, t.total_fen
    having sum(p.charged - p.refunded) > t.total_fen
) as overcharged
"""
_PAID_TWICE = """
select count(*) from (
    select trade_id from payment_attempts
    where account_id = any(:accounts) and state = 'succeeded' and outcome = 'accepted'
    group by trade_id having count(*) > 1
) as paid_twice
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The three numbers that must be zero."""

    acked_lost: int
    duplicated_effects: int
    invariant_violations: int

    @property
    def is_clean(self) -> bool:
        return not (self.acked_lost or self.duplicated_effects or self.invariant_violations)


@dataclass(slots=True)
class Records:
    """One case's record: each acknowledgement is on disk before the next request is made."""

    file: Path
    placed: dict[UUID, int] = field(default_factory=dict)  # trade, its total in fen
    paid: set[UUID] = field(default_factory=set)
    keys: Counter[UUID] = field(default_factory=Counter)  # account, keys it placed trades under
    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use_key(self, account_id: UUID) -> None:
        with self._lock:
            self.keys[account_id] += 1

    def count(self, what: str, times: int = 1) -> None:
        with self._lock:
            self.counts[what] += times

    def acknowledge_placed(self, trade_id: UUID, total_fen: int) -> None:
        with self._lock:
            self._write({"placed": str(trade_id), "total_fen": total_fen})
            self.placed[trade_id] = total_fen

    def acknowledge_paid(self, trade_id: UUID) -> None:
        with self._lock:
            self._write({"paid": str(trade_id)})
            self.paid.add(trade_id)

    def _write(self, entry: dict[str, object]) -> None:
        with self.file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps(entry) + "\n")
            opened.flush()
            os.fsync(opened.fileno())

    def judge(self, database_url: str) -> Verdict:
        """Compare the records with the database, and check every invariant."""
        engine = create_engine(database_url, poolclass=NullPool)
        with engine.connect() as connection:
            verdict = Verdict(
                acked_lost=self._count_lost(connection),
                duplicated_effects=self._count_duplicated(connection),
                invariant_violations=sum(
                    finding.violations for finding in check(connection, collect())
                ),
            )
        engine.dispose()
        return verdict

    def _count_lost(self, connection: Connection) -> int:
        rows = connection.execute(
            text("select id, total_fen, state from trades where id = any(:ids)"),
            {"ids": list(self.placed)},
        ).all()
        known = {row.id: row for row in rows}
        changed = [
            trade_id
            for trade_id, total_fen in self.placed.items()
            if trade_id not in known or known[trade_id].total_fen != total_fen
        ]
        unpaid = [
            trade_id
            for trade_id in self.paid
            if trade_id not in known or known[trade_id].state != "paid"
        ]
        return len(changed) + len(unpaid) + self.counts["lost"]

    def _count_duplicated(self, connection: Connection) -> int:
        rows = connection.execute(
            text(
                "select account_id, count(*) as trades from trades "
                "where account_id = any(:accounts) group by account_id"
            ),
            {"accounts": list(self.keys)},
        ).all()
        placed = sum(max(0, int(row.trades) - self.keys[row.account_id]) for row in rows)
        values = {"accounts": list(self.keys)}
        twice = int(connection.execute(text(_PAID_TWICE), values).scalar_one())
        over = int(connection.execute(text(_OVERCHARGED), values).scalar_one())
        return placed + twice + over + self.counts["doubled"]
