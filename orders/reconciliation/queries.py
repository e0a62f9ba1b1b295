"""Every select on runs and differences; finance officers and auditors see them whole."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Select, func, select

from marketplace import cursors
from marketplace.database import db
from orders.reconciliation.errors import DifferenceNotFound, ReconciliationRunNotFound
from orders.reconciliation.models import (
    Difference,
    DifferenceState,
    DifferenceStep,
    Item,
    ReconciliationRun,
)

RUN_ORDER: cursors.Keys = [(ReconciliationRun.day, "desc"), (ReconciliationRun.id, "desc")]
DIFFERENCE_ORDER: cursors.Keys = [(Difference.id, "asc")]
LATEST_DIFFERENCES: cursors.Keys = [(Difference.id, "desc")]


def select_runs(channel: str | None = None) -> Select[ReconciliationRun]:
    """Select the runs, of one channel if given."""
    found = select(ReconciliationRun)
    return found if channel is None else found.where(ReconciliationRun.channel == channel)


def list_runs(first: date, last: date | None = None) -> Sequence[ReconciliationRun]:
    """Return the runs of the days from ``first`` on, up to ``last`` if given."""
    found = select(ReconciliationRun).where(ReconciliationRun.day >= first)
    if last is not None:
        found = found.where(ReconciliationRun.day <= last)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def get_run(run_id: uuid.UUID) -> ReconciliationRun:
    """Return a run; raises ReconciliationRunNotFound."""
    found = db.session.get(ReconciliationRun, run_id, populate_existing=True)
    if found is None:
        raise ReconciliationRunNotFound
    return found


def lock_run(run_id: uuid.UUID) -> ReconciliationRun:
    """Return a run, locked until the transaction ends; raises ReconciliationRunNotFound."""
    found = db.session.get(ReconciliationRun, run_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ReconciliationRunNotFound
    return found


def count_open(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many differences of each run are open; runs without any are left out."""
    rows = db.session.execute(
        select(Difference.run_id, func.count().label("differences"))
        .where(Difference.run_id.in_(run_ids), Difference.state == DifferenceState.OPEN)
        .group_by(Difference.run_id)
    )
    return {row.run_id: row.differences for row in rows}


def count_by_state(run: ReconciliationRun) -> dict[DifferenceState, int]:
    """Count a run's differences by state."""
    rows = db.session.execute(
        select(Difference.state, func.count().label("differences"))
        .where(Difference.run_id == run.id)
        .group_by(Difference.state)
    )
    return {row.state: row.differences for row in rows}


def explained_fen(run: ReconciliationRun) -> int:
    """Return what a run's differences explain of that between its sums."""
    total = select(func.coalesce(func.sum(Difference.gap_fen), 0))
    return int(db.session.scalars(total.where(Difference.run_id == run.id)).one())


def select_differences(
    run: ReconciliationRun, state: DifferenceState | None = None
) -> Select[Difference]:
    """Select a run's differences, in one state if given."""
    found = select(Difference).where(Difference.run_id == run.id)
    return found if state is None else found.where(Difference.state == state)


def list_differences(run: ReconciliationRun) -> Sequence[Difference]:
    """Return all of a run's differences, for its spreadsheet."""
    return db.session.scalars(select_differences(run).order_by(Difference.id)).all()


def select_in_state(state: DifferenceState) -> Select[Difference]:
    """Select the differences of every day that are in a state."""
    return select(Difference).where(Difference.state == state)


def list_runs_of(differences: Collection[Difference]) -> Sequence[ReconciliationRun]:
    """Return the runs that found some differences."""
    run_ids = {one.run_id for one in differences}
    found = select(ReconciliationRun).where(ReconciliationRun.id.in_(run_ids))
    return db.session.scalars(found).all()


def list_unsettled(run_ids: Collection[uuid.UUID]) -> Sequence[Difference]:
    """Return the differences of some runs that are open, or that a person closed."""
    found = select(Difference).where(
        Difference.run_id.in_(run_ids), Difference.state != DifferenceState.SETTLED
    )
    return db.session.scalars(found.order_by(Difference.id)).all()


def list_runs_about(item: Item, subject_id: uuid.UUID) -> Sequence[ReconciliationRun]:
    """Return the runs that have a difference about a thing."""
    about = select(Difference.run_id).where(
        Difference.item == item, Difference.subject_id == subject_id
    )
    found = select(ReconciliationRun).where(ReconciliationRun.id.in_(about))
    return db.session.scalars(found.order_by(ReconciliationRun.id)).all()


def list_differences_about(item: Item, subject_id: uuid.UUID) -> Sequence[Difference]:
    """Return every difference about a thing, the oldest first."""
    found = select(Difference).where(Difference.item == item, Difference.subject_id == subject_id)
    return db.session.scalars(found.order_by(Difference.id)).all()


def get_difference(difference_id: uuid.UUID) -> Difference:
    """Return a difference; raises DifferenceNotFound."""
    found = db.session.get(Difference, difference_id, populate_existing=True)
    if found is None:
        raise DifferenceNotFound
    return found


def list_steps(difference: Difference) -> Sequence[DifferenceStep]:
    """Return what happened to a difference, first things first."""
    found = select(DifferenceStep).where(DifferenceStep.difference_id == difference.id)
    return db.session.scalars(found.order_by(DifferenceStep.id)).all()
