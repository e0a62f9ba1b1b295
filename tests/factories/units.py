"""A buying unit with its clerk, and what it buys."""

from dataclasses import dataclass
from typing import Any

from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.trades.models import Order
from partners.buying_units.models import BuyingUnit
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import DONGYANG, Basket, buy
from tests.factories.partners import make_buying_unit


@dataclass(frozen=True, slots=True)
class Unit:
    """A buying unit and one of its clerks."""

    unit: BuyingUnit
    clerk: Account

    @property
    def actor(self) -> Actor:
        return actor_of(self.clerk)

    def buy(self, basket: Basket, ship_to_code: str = DONGYANG) -> list[Order]:
        """Buy for the unit; return the paid orders."""
        return buy(self.actor, basket, ship_to_code, buying_unit_id=self.unit.id)


def make_unit(**facts: Any) -> Unit:
    """Make an active unit (a school in Dongyang, paired with Nanjiang) and a clerk of it."""
    place = {"name": "示例小学 · 东阳", "region_code": DONGYANG}
    unit = make_buying_unit(**(place | facts))
    return Unit(unit, make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))
