"""A settlement run: cooperative by cooperative, sums of closed windows become draft statements.

Nothing is claimed line by line. Lines lie on days, a folded day takes no more of them, and no two
windows of a cooperative share a day: so each batch is one grouping statement, whose repetition
finds nothing to do. A run that is killed goes on behind the last cooperative it committed.
"""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.settlements import queries
from orders.settlements.errors import WindowNotOver
from orders.settlements.models import RunState, SettlementRun, Statement
from orders.settlements.states import StatementState
from partners.cooperatives.models import Cooperative

NUMBER_PREFIX = "JS"
BATCH = 1000
# Before every id that there is.
FIRST = uuid.UUID(int=0)

_SUMS = text("""
WITH last AS (
    SELECT DISTINCT ON (cooperative_id) cooperative_id, end_on, balance_fen
    FROM statements
    WHERE cooperative_id > CAST(:after AS uuid) AND cooperative_id <= CAST(:last AS uuid)
    ORDER BY cooperative_id, end_on DESC
)
SELECT l.cooperative_id, coalesce(max(last.end_on), min(l.booked_on)) AS start_on,
    count(*) AS line_count, sum(l.gross_fen)::bigint AS gross_fen,
    sum(l.refunds_fen)::bigint AS refunds_fen, sum(l.fee_fen)::bigint AS fee_fen,
    sum(l.fee_refunded_fen)::bigint AS fee_refunded_fen, sum(l.payable_fen)::bigint AS net_fen,
    sum(l.correction_fen)::bigint AS correction_fen,
    sum(l.own_discount_fen)::bigint AS own_discount_fen,
    sum(l.coupon_fen)::bigint AS coupon_fen, sum(l.coupon_back_fen)::bigint AS coupon_back_fen,
    least(coalesce(max(last.balance_fen), 0), 0)::bigint AS carried_forward_fen
FROM settlement_lines l
LEFT JOIN last ON last.cooperative_id = l.cooperative_id
WHERE l.cooperative_id > CAST(:after AS uuid) AND l.cooperative_id <= CAST(:last AS uuid)
  AND l.booked_on < :end_on
  AND (last.end_on IS NULL OR l.booked_on >= last.end_on)
GROUP BY l.cooperative_id
""")


def start_run(actor: Actor, *, end_on: date) -> SettlementRun:
    """Begin to close every cooperative's window at the beginning of a day, today at the latest.

    A window begins where the cooperative's last one ended. The same day again returns the run
    that there is. Raises WindowNotOver.
    """
    if end_on > queries.get_today():
        raise WindowNotOver(fields={"end_on": WindowNotOver.title})
    run_id = db.session.scalar(
        insert(SettlementRun)
        .values(
            id=new_id(),
            end_on=end_on,
            state=RunState.RUNNING,
            cooperatives=select(func.count()).select_from(Cooperative).scalar_subquery(),
            cooperatives_done=0,
            statements=0,
            started_by=actor.id,
            started_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["end_on"])
        .returning(SettlementRun.id)
    )
    if run_id is None:
        return queries.get_run_until(end_on)
    audit.record(
        "settlement_run.started", "settlement_run", run_id, actor=actor,
        after={"end_on": end_on.isoformat()},
    )  # fmt: skip
    return queries.get_run(run_id)


def settle_batch(run_id: uuid.UUID, batch: int = BATCH) -> bool:
    """Draft the statements of the run's next cooperatives; tell whether it may have more.

    The days before the run's end are folded. One batch at a time, of all runs: the next one sees
    the windows that this one closed.
    """
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('settlements'))"))
    run = queries.lock_run(run_id)
    if run.state is RunState.DONE:
        return False
    ids = _next_cooperatives(run.cursor, batch)
    run.statements += _draft(run, _sums(run, ids)) if ids else 0
    run.cooperatives_done += len(ids)
    if len(ids) < batch:
        run.state = RunState.DONE
        run.cooperatives = run.cooperatives_done
        run.finished_at = clock.now()
    else:
        run.cursor = ids[-1]
    db.session.flush()
    return run.state is RunState.RUNNING


def _sums(run: SettlementRun, ids: list[uuid.UUID]) -> Sequence[Row[Any]]:
    """Return the sums of the cooperatives' new lines; a range of ids, which one scan can follow."""
    until = {"after": run.cursor or FIRST, "last": ids[-1], "end_on": run.end_on}
    return db.session.execute(_SUMS, until).all()


def _next_cooperatives(cursor: uuid.UUID | None, batch: int) -> list[uuid.UUID]:
    statement = select(Cooperative.id).order_by(Cooperative.id).limit(batch)
    if cursor is not None:
        statement = statement.where(Cooperative.id > cursor)
    return list(db.session.scalars(statement))


def _draft(run: SettlementRun, sums: Sequence[Row[Any]]) -> int:
    if not sums:
        return 0
    names = queries.list_cooperative_names([row.cooperative_id for row in sums])
    made = db.session.scalars(
        insert(Statement).on_conflict_do_nothing().returning(Statement.id),
        [_values(run, row, names[row.cooperative_id]) for row in sums],
    ).all()
    return len(made)


def _values(run: SettlementRun, row: Row[Any], name: str) -> dict[str, Any]:
    balance = row.net_fen + row.carried_forward_fen
    return {
        "id": new_id(),
        "cooperative_id": row.cooperative_id,
        "cooperative_name": name,
        "run_id": run.id,
        "statement_no": new_number(NUMBER_PREFIX),
        "state": StatementState.DRAFT,
        "start_on": row.start_on,
        "end_on": run.end_on,
        "line_count": row.line_count,
        "gross_fen": row.gross_fen,
        "refunds_fen": row.refunds_fen,
        "fee_fen": row.fee_fen,
        "fee_refunded_fen": row.fee_refunded_fen,
        "correction_fen": row.correction_fen,
        "own_discount_fen": row.own_discount_fen,
        "coupon_fen": row.coupon_fen,
        "coupon_back_fen": row.coupon_back_fen,
        "carried_forward_fen": row.carried_forward_fen,
        "balance_fen": balance,
        "payable_fen": max(balance, 0),
    }


def ask_to_issue(actor: Actor, run_id: uuid.UUID) -> SettlementRun:
    """Check that a run's drafts may be issued, and write who asked for it."""
    run = queries.get_finished_run(run_id)
    audit.record("settlement_run.issued", "settlement_run", run.id, actor=actor)
    return run
