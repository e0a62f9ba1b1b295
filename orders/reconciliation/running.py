"""A run: one channel and Shanghai day, begun by the clock or by an officer, as often as needed.

Every stage may be repeated from its beginning: movements are kept once each, fees booked once each,
and a comparison finds what there is. So a run that is killed is simply done again.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.reconciliation import bank_day, channels, matching, queries, recording
from orders.reconciliation.errors import ChannelUnknown, DayNotOver
from orders.reconciliation.found import bounds, with_remainder
from orders.reconciliation.kinds import ASKED_AGAIN
from orders.reconciliation.models import ReconciliationRun, RunStage, RunState

# After midnight the other side needs a while to settle what belongs to the day.
GRACE = timedelta(hours=3)
# How far back the clock looks for days that are missing, interrupted or not green yet.
DAYS_BACK = 7
AGAIN_AFTER = timedelta(hours=20)
INTERRUPTED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A day of a channel that has to be compared, for the first time or again."""

    channel: str
    day: date


def start_run(actor: Actor, *, channel: str, day: date) -> ReconciliationRun:
    """Begin to compare a day of a channel, or begin again: one run, whoever asks how often.

    What people said of its differences stays. Raises ChannelUnknown, DayNotOver.
    """
    if channel not in channels.list_channels():
        raise ChannelUnknown(fields={"channel": ChannelUnknown.title})
    if bounds(day)[1] > clock.now():
        raise DayNotOver(fields={"day": DayNotOver.title})
    now = clock.now()
    begun = {
        "state": RunState.RUNNING,
        "stage": RunStage.READING,
        "started_by": actor.id,
        "started_at": now,
        "failure": None,
        "read": 0,
        "is_stale": False,
    }
    fresh = {"id": new_id(), "channel": channel, "day": day, "rounds": 1, "compared": 0,
             "provider_fen": 0, "booked_fen": 0}  # fmt: skip
    statement = insert(ReconciliationRun).values(**fresh, **begun)
    run_id = db.session.scalars(
        statement.on_conflict_do_update(
            index_elements=["channel", "day"],
            set_={**begun, "rounds": ReconciliationRun.rounds + 1, "finished_at": None},
        ).returning(ReconciliationRun.id)
    ).one()
    if actor is not SYSTEM:
        audit.record(
            "reconciliation.started", "reconciliation_run", run_id, actor=actor,
            after={"channel": channel, "day": day.isoformat()},
        )  # fmt: skip
    return queries.get_run(run_id)


def list_due() -> list[Due]:
    """Return the days of the last week that have to be compared now."""
    now = clock.now()
    last = clock.shanghai_date(now - GRACE) - timedelta(days=1)
    known = {(run.channel, run.day): run for run in queries.list_runs(last - timedelta(DAYS_BACK))}
    opened = queries.count_open([run.id for run in known.values()])
    due = []
    for channel, first in channels.list_channels().items():
        day = max(first, last - timedelta(days=DAYS_BACK - 1))
        while day <= last:
            run = known.get((channel, day))
            if run is None or _is_due(run, opened.get(run.id, 0)):
                due.append(Due(channel, day))
            day += timedelta(days=1)
    return due


def _is_due(run: ReconciliationRun, opened: int) -> bool:
    now = clock.now()
    if run.state is RunState.RUNNING:
        return run.started_at < now - INTERRUPTED_AFTER
    if run.state is RunState.FAILED or run.is_stale:
        return True
    return opened > 0 and run.finished_at is not None and run.finished_at < now - AGAIN_AFTER


def move_to(run_id: uuid.UUID, stage: RunStage) -> None:
    """Note how far a run is, unless it is over."""
    db.session.execute(
        update(ReconciliationRun)
        .where(ReconciliationRun.id == run_id, ReconciliationRun.state == RunState.RUNNING)
        .values(stage=stage)
        .execution_options(synchronize_session=False)
    )


def fail(run_id: uuid.UUID, failure: str) -> None:
    """Note that a run could not be done; the clock begins it again."""
    db.session.execute(
        update(ReconciliationRun)
        .where(ReconciliationRun.id == run_id, ReconciliationRun.state == RunState.RUNNING)
        .values(state=RunState.FAILED, failure=failure, finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def compare_day(run_id: uuid.UUID, *, is_last: bool) -> list[tuple[str, uuid.UUID]]:
    """Compare the sides of a run's day and write what is found; returns what to ask the provider about.

    Two at once follow each other; the second finds what the first wrote. ``is_last`` ends the run.
    """
    run = queries.lock_run(run_id)
    # A day of a hundred thousand movements takes longer than any page may wait.
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    if run.channel == bank_day.CHANNEL:
        matching.match_by_rule()
    comparison = channels.compare(run.channel, run.day)
    run.provider_fen = comparison.sums.provider_fen
    run.booked_fen = comparison.sums.booked_fen
    run.compared = comparison.sums.compared
    if is_last and run.state is RunState.RUNNING:
        run.state, run.stage, run.finished_at = RunState.DONE, RunStage.DONE, clock.now()
    db.session.flush()
    found = with_remainder(comparison, run.id)
    recording.record(run, found)
    return [(one.item, one.subject_id) for one in found if one.kind in ASKED_AGAIN]
