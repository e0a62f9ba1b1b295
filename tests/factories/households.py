"""What of statements went back to households."""

from marketplace.identity.actor import Actor
from marketplace.permissions import Role
from orders.household_shares.kinds import HouseholdKind
from orders.household_shares.models import HouseholdShare
from orders.household_shares.service import Returned, enter_share
from orders.settlements.models import Statement
from tests.factories.identity import make_actor
from tests.factories.orders import Seller
from tests.factories.partners import office_of
from tests.factories.settlements import make_statement

TONGJIANG = "511921"


def returned(
    households: int = 3,
    amount_fen: int = 5000,
    *,
    place_code: str = TONGJIANG,
    kind: HouseholdKind = HouseholdKind.LIFTED,
) -> Returned:
    """Return a line."""
    return Returned(place_code=place_code, kind=kind, households=households, amount_fen=amount_fen)


def make_household_share(
    seller: Seller, *lines: Returned, statement: Statement | None = None
) -> HouseholdShare:
    """Enter a share of a statement over 100 yuan."""
    of = statement or make_statement(seller)
    return enter_share(seller.actor, of.id, lines=lines or [returned()])


def make_attester(region_code: str = TONGJIANG) -> Actor:
    """Make an approver of a region's office whose authenticator was just shown."""
    return make_actor(Role.OFFICE_APPROVER, office_of(region_code).id)
