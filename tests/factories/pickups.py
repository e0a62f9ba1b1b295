"""Pick-up points, their keepers, and orders that are collected there."""

from dataclasses import replace
from typing import Any

from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.checkout.quoting import make_quote
from orders.checkout.service import place_trade
from orders.pickups.models import Pickup
from orders.pickups.queries import get_of_order
from orders.trades.models import Order
from partners.pickup_points.models import HolderKind, PickupPoint
from partners.pickup_points.service import register_point
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import LIANDU, RECIPIENT, Basket, Market, orders_of, pay, request_for
from tests.factories.partners import office_of


def make_point(**overrides: Any) -> PickupPoint:
    """Register a point in the hall of Liandu's office, open to everybody."""
    office = office_of(LIANDU)
    officer = make_account(role=Role.OFFICE_OFFICER, scope=office.id)
    facts: dict[str, Any] = {
        "holder_kind": HolderKind.OFFICE,
        "holder_id": office.id,
        "name": "示例自提点 · 莲都",
        "region_code": LIANDU,
        "address": "示例街 2 号",
        "hours": "工作日 8:00—18:00",
        "contact": "示例联系人 13900139000",
    }
    actor = overrides.pop("actor", actor_of(officer))
    return register_point(actor, **(facts | overrides))


def make_keeper(point: PickupPoint) -> Account:
    """Make an account that keeps a point and does nothing else."""
    return make_account(role=Role.PICKUP_KEEPER, scope=point.id)


def buy_to_collect(market: Market, point: PickupPoint, basket: Basket) -> Order:
    """Quote, place and pay one cooperative's goods, to be collected at a point."""
    buyer: Actor = market.buyer
    request = replace(request_for(basket, point.region_code), pickup_point_id=point.id)
    digest = make_quote(buyer, request).digest
    placed = place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest)
    assert pay(buyer, placed.trade.id) == "accepted"
    [order] = orders_of(placed.trade.id)
    return order


def pickup_of(order: Order) -> Pickup:
    """Return an order's stay at its point, as it is stored."""
    return get_of_order(order)
