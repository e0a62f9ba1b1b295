"""Quotas: a million yuan for Dongyang in the pairing with Nanjiang, unless told otherwise."""

from datetime import date
from uuid import UUID

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from partners.credits.rules import Scheme
from partners.pairings.queries import current_book
from partners.quotas.models import Quota, QuotaRevision
from tests.factories.credits import DONGYANG, NANJIANG


def pairing_of(east_code: str, west_code: str, on: date | None = None) -> UUID:
    """Return the id of the pairing of exactly these regions, in force today or on a day."""
    in_force = current_book().in_force(on or clock.today())
    (found,) = [p for p in in_force if (p.east_code, p.west_code) == (east_code, west_code)]
    return found.id


def make_quota(
    amount_fen: int = 100_000_000,
    *,
    east_code: str = DONGYANG,
    west_code: str = NANJIANG,
    region_code: str | None = None,
    year: int | None = None,
    on: date | None = None,
) -> Quota:
    """Set a pairing's target for a year, as if decided on the year's first day."""
    year = year or (on or clock.today()).year
    quota = Quota(
        scheme=Scheme.PAIRING,
        pairing_id=pairing_of(east_code, west_code, on),
        region_code=region_code or east_code,
        year=year,
    )
    db.session.add(quota)
    db.session.flush()
    db.session.add(
        QuotaRevision(
            quota_id=quota.id,
            amount_fen=amount_fen,
            effective_on=date(year, 1, 1),
            document=f"对口办〔{year}〕1号",
            decided_by=new_id(),
            decided_at=clock.now(),
        )
    )
    db.session.flush()
    return quota
