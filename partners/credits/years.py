"""Locking a region's year when its report is final: what comes later is a correction."""

from datetime import date

from sqlalchemy import select, text

from marketplace import audit, clock
from marketplace.database import db
from marketplace.days.queries import find_last_folded_day
from marketplace.identity.actor import Actor
from partners.credits.errors import YearAlreadyLocked, YearNotOver
from partners.credits.models import LockedYear
from partners.credits.rules import Scheme
from partners.credits.service import LEDGER
from partners.regions.service import check_place


def lock_year(
    actor: Actor, *, scheme: Scheme, region_code: str, year: int, document: str
) -> LockedYear:
    """Lock a year of a region and of all inside it; the figures of that year stay as they are.

    Every day of the year must be folded, so no sale of it is in flight; movements of sales of that
    year that are in flight today hold the year until they commit, and are waited for.
    Raises YearNotOver, YearAlreadyLocked.
    """
    check_place(region_code, "region_code")
    folded = find_last_folded_day(LEDGER)
    if folded is None or folded < date(year, 12, 31):
        raise YearNotOver
    db.session.execute(
        text("select pg_advisory_xact_lock(hashtext('credits.year'), cast(:year as integer))"),
        {"year": year},
    )
    known = select(LockedYear.id).where(
        LockedYear.scheme == scheme,
        LockedYear.region_code == region_code,
        LockedYear.year == year,
    )
    if db.session.scalar(known) is not None:
        raise YearAlreadyLocked
    locked = LockedYear(
        scheme=scheme,
        region_code=region_code,
        year=year,
        document=document,
        locked_by=actor.account_id,
        locked_at=clock.now(),
    )
    db.session.add(locked)
    db.session.flush()
    audit.record(
        "year.locked",
        "locked_year",
        locked.id,
        actor=actor,
        after={"scheme": scheme, "region_code": region_code, "year": year, "document": document},
    )
    return locked
