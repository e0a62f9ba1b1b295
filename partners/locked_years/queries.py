"""What is read of locked years."""

from sqlalchemy import Select, select

from marketplace import cursors
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from partners.credits.models import LockedYear
from partners.offices.queries import governed_by

ORDER: cursors.Keys = [(LockedYear.locked_at, "desc"), (LockedYear.id, "desc")]


def select_locked(actor: Actor) -> Select[LockedYear]:
    """Select the locked years of the regions that the actor's office, or the platform, answers for."""
    return select(LockedYear).where(
        governed_by(actor, Permission.QUOTA_READ, LockedYear.region_code)
    )
