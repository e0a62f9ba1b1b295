"""Loading the reference data, as often as one likes."""

from sqlalchemy import select

from marketplace.database import db
from marketplace.working_days.service import load_days
from partners.credits.rulebook import load_rules
from partners.offices.service import open_offices
from partners.pairings.models import Pairing
from partners.pairings.service import load_pairings
from partners.regions.service import load_regions


def load_reference() -> None:
    """Insert the working days where nothing is said of them, insert or renew regions and former codes, and add the known pairings and their offices
    where they are missing.

    Idempotent, a handful of statements; what people have since changed is left as they left it.
    """
    load_days()
    load_regions()
    load_pairings()
    ends = select(Pairing.east_code, Pairing.west_code)
    open_offices({code for pair in db.session.execute(ends) for code in pair})
    load_rules()
