"""A unit that has its purchases approved, its people, and what its clerk asks for."""

from dataclasses import dataclass

from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.checkout.quoting import make_quote
from orders.requisitions import service
from orders.requisitions.models import Requisition
from partners.buying_units.models import BuyingUnit
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import DONGYANG, RECIPIENT, Basket, Market, make_market, request_for
from tests.factories.partners import make_buying_unit

FROM_FEN = 10_000


@dataclass(frozen=True, slots=True)
class School:
    """A unit with a clerk, and an approver who buys nothing."""

    unit: BuyingUnit
    clerk: Account
    approver: Account

    @property
    def buyer(self) -> Actor:
        return actor_of(self.clerk)

    @property
    def second(self) -> Actor:
        return actor_of(self.approver)


@dataclass(frozen=True, slots=True)
class Asked:
    """A requisition with those around it."""

    requisition: Requisition
    clerk: Account
    approver: Account
    market: Market


def make_school(*, approval_from_fen: int | None = FROM_FEN) -> School:
    """Make a unit whose purchases are approved from an amount on."""
    unit = make_buying_unit(
        name="示例小学 · 东阳", region_code=DONGYANG, approval_from_fen=approval_from_fen
    )
    return School(
        unit,
        make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id),
        make_account(role=Role.BUYING_UNIT_APPROVER, scope=unit.id),
    )


def ask(school: School, basket: Basket | None, purpose: str = "") -> Requisition:
    """Let the clerk quote and ask for approval."""
    request = request_for(basket, DONGYANG)
    digest = make_quote(school.buyer, request).digest
    return service.submit_requisition(
        school.buyer, request, recipient=RECIPIENT, quote_digest=digest, purpose=purpose
    )


def make_requisition() -> Asked:
    """Make a market, a school, and a requisition for two pieces of mutton."""
    market, school = make_market(), make_school()
    return Asked(ask(school, [(market.mutton, 2)]), school.clerk, school.approver, market)
