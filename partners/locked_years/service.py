"""Closing a year: a city's or a province's office for what lies in it, or the platform."""

from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from partners.credits import years
from partners.credits.models import LockedYear
from partners.credits.rules import Scheme
from partners.locked_years.errors import YearNotYours
from partners.offices.queries import find_governing_office
from partners.regions.models import RegionLevel
from partners.regions.service import check_place


def lock_year(
    actor: Actor, *, scheme: Scheme, region_code: str, year: int, document: str
) -> LockedYear:
    """Lock a year of a region under a scheme; what moves it later is a correction in the open year.

    Raises YearNotYours, YearNotOver, YearAlreadyLocked.
    """
    check_place(region_code, "region_code")
    if not actor.is_platform(Permission.YEAR_LOCK):
        office = find_governing_office(actor, Permission.YEAR_LOCK, region_code)
        if office is None or office.level is RegionLevel.COUNTY:
            raise YearNotYours
    return years.lock_year(
        actor, scheme=scheme, region_code=region_code, year=year, document=document
    )
