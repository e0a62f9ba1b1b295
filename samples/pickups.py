"""Sample pick-up points: an office's hall with an order that waits to be collected, a school's gate."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.ids import new_number
from orders.checkout.attribution import AttributionChoice
from orders.checkout.quoting import QuoteRequest, make_quote
from orders.checkout.service import place_trade
from orders.checkout.sifting import Wanted
from orders.fulfilment.service import ship_order
from orders.pickups.models import Pickup
from orders.pickups.service import mark_arrived
from orders.trades.models import Order
from partners.pickup_points.models import HolderKind, PickupPoint
from partners.pickup_points.service import appoint_keeper, register_point
from samples import people
from samples.buyers import UNITS, find_unit
from samples.purchases import RECIPIENT, find_sku, manager_of, pay

HALL = "示例自提点 · 莲都对口办大厅"
GATE = "示例自提点 · 示例中学北门"
LIANDU = "331102"


def make_pickups() -> None:
    """Make what is missing: two points, the hall's keeper, and an order that arrived there."""
    with transaction():
        hall = _find(HALL) or _open_hall()
        if _find(GATE) is None:
            _open_gate()
        hall_id = hall.id
        if db.session.scalar(select(Pickup.id)) is not None:
            return
        buyer = people.by_phone(people.SHOPPER_PHONE)
        trade_id = _order_to(hall_id, buyer)
    pay(trade_id, buyer)
    with transaction():
        [order] = db.session.scalars(select(Order).where(Order.trade_id == trade_id))
        ship_order(
            manager_of(order.cooperative_id), order.id,
            courier_code="postal", waybill_no=new_number("SAMPLE"),
        )  # fmt: skip
        [pickup] = db.session.scalars(select(Pickup).where(Pickup.order_id == order.id))
        mark_arrived(people.by_phone(people.KEEPER_PHONE), pickup.id)


def _find(name: str) -> PickupPoint | None:
    return db.session.scalar(select(PickupPoint).where(PickupPoint.name == name))


def _open_hall() -> PickupPoint:
    officer = people.officer(LIANDU)
    hall = register_point(
        officer, holder_kind=HolderKind.OFFICE, holder_id=people.office_of(LIANDU).id, name=HALL,
        region_code=LIANDU, address="示例街 2 号（仅供演示）", hours="工作日 8:30—17:30",
        contact="示例值班室 19900000007",
    )  # fmt: skip
    appoint_keeper(officer, hall, phone=people.KEEPER_PHONE)
    return hall


def _open_gate() -> None:
    school = UNITS[0]
    unit = find_unit(school)
    if unit is not None:
        register_point(
            people.by_phone(school.clerk_phone), holder_kind=HolderKind.BUYING_UNIT,
            holder_id=unit.id, name=GATE, region_code=school.region_code,
            address="示例路 1 号（仅供演示）", hours="每天 6:30—19:00",
            contact="示例门卫室 19900000006", is_for_unit_only=True,
        )  # fmt: skip


def _order_to(point_id: UUID, buyer: Actor) -> UUID:
    request = QuoteRequest(
        lines=[Wanted(find_sku("翡翠米", "5 千克"), 1)],
        ship_to_code=LIANDU,
        attribution=AttributionChoice(),
        pickup_point_id=point_id,
    )
    digest = make_quote(buyer, request).digest
    return place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest).trade.id
