"""Setting the rhythm of settlement, and starting the runs that it calls for."""

from datetime import date

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.settlement_schedules import queries
from orders.settlement_schedules.calendar import closing_days
from orders.settlement_schedules.errors import ScheduleInThePast
from orders.settlement_schedules.models import Rhythm, SettlementSchedule
from orders.settlements import jobs, running
from orders.settlements.models import SettlementRun
from orders.settlements.queries import get_today


def set_schedule(actor: Actor, *, rhythm: Rhythm, valid_from: date) -> SettlementSchedule:
    """Set in which rhythm windows close by themselves from a day on. Raises ScheduleInThePast."""
    if valid_from < get_today():
        raise ScheduleInThePast(fields={"valid_from": ScheduleInThePast.title})
    schedule = SettlementSchedule(
        id=new_id(),
        rhythm=rhythm,
        valid_from=valid_from,
        set_by=actor.account_id,
        set_at=clock.now(),
    )
    db.session.add(schedule)
    db.session.flush()
    audit.record(
        "settlement_schedule.set", "settlement_schedule", schedule.id, actor=actor,
        after={"rhythm": rhythm, "valid_from": valid_from.isoformat()},
    )  # fmt: skip
    return schedule


def start_due_runs() -> list[SettlementRun]:
    """Start the runs whose day has come, those of missed days too, the earliest first.

    What is started already is not due again, so it may run as often as it likes.
    """
    due = closing_days(queries.list_schedules(), queries.find_last_closing(), get_today())
    started = []
    for end_on in due:
        run = running.start_run(SYSTEM, end_on=end_on)
        jobs.enqueue_run(run.id)
        started.append(run)
    return started
