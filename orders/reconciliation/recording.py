"""What a comparison found, written beside what was found before: nothing that a person said is lost."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from orders.reconciliation.found import Found
from orders.reconciliation.kinds import SELF_EXPLAINED
from orders.reconciliation.models import (
    Difference,
    DifferenceState,
    DifferenceStep,
    ReconciliationRun,
    Step,
)

_FACTS = ("kind", "currency", "provider_amount", "recorded_amount", "booked_amount", "gap_fen")
_NOBODY = {"closed_by": None, "closed_at": None, "reason": None}


def record(run: ReconciliationRun, found: Sequence[Found]) -> None:
    """Bring a run's differences to what was found now; the caller holds the run's lock.

    New ones are opened; those that are gone settle by themselves; one that somebody closed is opened
    again when its facts are others than those that were closed.
    """
    now = clock.now()
    known = _list_known(run)
    steps: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for one in found:
        before = known.pop(one.key, None)
        facts = {name: getattr(one, name) for name in _FACTS}
        if before is None:
            row = _new(run, one, facts, now)
            fresh.append(row)
            steps.append(_step(row["id"], Step.FOUND, facts, now))
        else:
            change, step = _change(before, facts, now)
            if change is not None:
                changed.append(change)
            if step is not None:
                steps.append(_step(before.id, step, facts, now))
    for before in known.values():
        if before.state is not DifferenceState.SETTLED or before.gap_fen:
            changed.append(_settled(before, now))
            steps.append(_step(before.id, Step.SETTLED, _facts_of(before), now))
    _write(fresh, changed, steps)


def _list_known(run: ReconciliationRun) -> dict[Any, Any]:
    columns = Difference.__table__.columns
    rows = db.session.execute(select(*columns).where(columns.run_id == run.id)).all()
    return {(row.item, row.subject_id): row for row in rows}


def _new(
    run: ReconciliationRun, one: Found, facts: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "run_id": run.id,
        "item": one.item,
        "subject_id": one.subject_id,
        "state": _first_state(one),
        "found_at": now,
        "changed_at": now,
        "version": 1,
        **facts,
    }


def _first_state(one: Found) -> DifferenceState:
    is_explained = one.kind in SELF_EXPLAINED
    return DifferenceState.SETTLED if is_explained else DifferenceState.OPEN


def _change(
    before: Any, facts: dict[str, Any], now: datetime
) -> tuple[dict[str, Any] | None, Step | None]:
    """Return what to write of a difference that is still there, and what happened to it."""
    is_same = facts == _facts_of(before)
    is_explained = facts["kind"] in SELF_EXPLAINED
    state, step = before.state, Step.CHANGED
    if is_explained:
        state = DifferenceState.SETTLED
        step = Step.CHANGED if before.state is DifferenceState.SETTLED else Step.SETTLED
    elif before.state is DifferenceState.SETTLED or (
        before.state is DifferenceState.CLOSED and not is_same
    ):
        state, step = DifferenceState.OPEN, Step.REOPENED
    if is_same and state is before.state:
        return None, None
    said = {} if state is before.state else _NOBODY
    kept = {name: getattr(before, name) for name in _NOBODY}
    values = {"id": before.id, "state": state, "changed_at": now, "version": before.version + 1}
    return values | facts | kept | said, step


def _settled(before: Any, now: datetime) -> dict[str, Any]:
    values = {
        "id": before.id,
        "state": DifferenceState.SETTLED,
        "changed_at": now,
        "version": before.version + 1,
    }
    # What both sides have in common explains nothing of the sums any more.
    return values | _facts_of(before) | {"gap_fen": 0} | _NOBODY


def _facts_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FACTS}


def _step(
    difference_id: uuid.UUID, step: Step, facts: dict[str, Any], now: datetime
) -> dict[str, Any]:
    said = ("kind", "provider_amount", "recorded_amount", "booked_amount")
    return {
        "id": new_id(),
        "difference_id": difference_id,
        "step": step,
        "at": now,
        **{name: facts[name] for name in said},
    }


def _write(
    fresh: list[dict[str, Any]], changed: list[dict[str, Any]], steps: list[dict[str, Any]]
) -> None:
    if fresh:
        db.session.execute(insert(Difference), fresh)
    if changed:
        db.session.execute(update(Difference), changed)
    if steps:
        db.session.execute(insert(DifferenceStep), steps)
    db.session.expire_all()
