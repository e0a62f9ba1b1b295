"""B7: a settlement run over 1,000,000 lines, beside one raw SQL statement that groups them."""

import statistics
import time
import uuid
from collections.abc import Callable
from datetime import date

import psutil
import psycopg

from benchmarks.database import Database, conninfo
from benchmarks.results import Result
from benchmarks.servers import Serving
from marketplace.database import transaction
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.settlements import running, service

LINES = 1_000_000
ROUNDS = 3
GOAL = 3
END = date(2026, 3, 1)
# A window of two months, so that it holds every line.
DAYS = 59
_MIB = 1024 * 1024

_GROUP = """
SELECT cooperative_id, count(*), sum(gross_fen), sum(refunds_fen), sum(fee_fen),
       sum(fee_refunded_fen), sum(payable_fen), sum(correction_fen), sum(own_discount_fen),
       sum(coupon_fen), sum(coupon_back_fen)
FROM settlement_lines WHERE booked_on < %s GROUP BY cooperative_id
"""

# The lines stand for themselves: a million orders behind them would prove nothing more here.
_WITHOUT_ORDERS = """
ALTER TABLE settlement_lines
    DROP CONSTRAINT IF EXISTS fk_settlement_lines_cooperative_id_order_id,
    DROP CONSTRAINT IF EXISTS fk_settlement_lines_cooperative_id_order_line_id
"""
_FILL = """
INSERT INTO settlement_lines (id, cooperative_id, kind, order_id, order_line_id, cause_id,
    booked_on, gross_fen, refunds_fen, fee_fen, fee_refunded_fen, payable_fen)
SELECT gen_random_uuid(), c.id, 'sale', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
       %(end)s::date - 1 - (n %% %(days)s)::int, 5800 + n %% 1000, n %% 7, 116, n %% 2,
       5800 + n %% 1000 - n %% 7 - 116 + n %% 2
FROM generate_series(1, %(lines)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS total
      FROM cooperatives) c ON c.place = n %% c.total
"""


def measure(database: Database, shop: Serving) -> list[Result]:
    """Return B7: the seconds of a run to its last draft, and what it adds to the memory."""
    _fill(database)
    yardstick = statistics.median(_seconds(lambda: _group(database)) for _ in range(ROUNDS))
    process, runs, grown, issued = psutil.Process(), [], [], 0.0
    with database.app.app_context():
        for _ in range(ROUNDS):
            _forget(database)
            before = process.memory_info().rss
            run_id = _start()
            runs.append(_seconds(lambda run_id=run_id: _settle(run_id)))  # type: ignore[misc]
            grown.append((process.memory_info().rss - before) / _MIB)
        issued = _seconds(lambda: _issue(run_id))
    value = statistics.median(runs)
    return [
        Result(
            name="B7",
            value=value,
            unit="s",
            yardstick=yardstick,
            ratio=value / yardstick,
            goal=f"<= {GOAL}",
        ),
        Result(name="B7 memory added", value=max(grown[1:]), unit="MiB"),
        Result(name="B7 issue with hashes", value=issued, unit="s"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _fill(database: Database) -> None:
    with psycopg.connect(conninfo(database.owner), autocommit=True) as connection:
        found = connection.execute("SELECT count(*) FROM settlement_lines").fetchone()
        if found is not None and found[0] < LINES:
            connection.execute(_WITHOUT_ORDERS)
            connection.execute(_FILL, {"end": END, "days": DAYS, "lines": LINES})
        connection.execute("VACUUM ANALYZE settlement_lines")


def _group(database: Database) -> None:
    with psycopg.connect(conninfo(database.app_url)) as connection:
        connection.execute(_GROUP, [END]).fetchall()


def _forget(database: Database) -> None:
    with psycopg.connect(conninfo(database.owner), autocommit=True) as connection:
        # And whatever rests on them, also what is only ever added to; the lines stay.
        for table in ("household_shares", "household_share_lines"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute("TRUNCATE settlement_runs, statements CASCADE")


def _start() -> uuid.UUID:
    with transaction():
        return running.start_run(Actor(id=new_id()), end_on=END).id


def _settle(run_id: uuid.UUID) -> None:
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = running.settle_batch(run_id)


def _issue(run_id: uuid.UUID) -> None:
    is_more_left = True
    while is_more_left:
        with transaction():
            is_more_left = service.issue_batch(run_id)
