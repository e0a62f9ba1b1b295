"""An order as one reader may see it: personal data by standing, and what the reader may do now."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.identity.actor import Actor
from orders.aftersales import queries as aftersales_queries
from orders.aftersales.addresses import Consignee
from orders.aftersales.amounts import LineSums
from orders.aftersales.models import AftersalesCase, CaseEvent
from orders.aftersales.rules import is_unsettled, open_moves, return_freight_by
from orders.cancellations import queries as cancellation_queries
from orders.cancellations.models import REASON_TITLES, Cancellation
from orders.checkout.service import Recipient
from orders.fulfilment import service as fulfilment
from orders.invoices.queries import find_standings
from orders.invoices.states import OrderInvoicing
from orders.orderbook.actions import PARTY_OF, list_actions
from orders.orderbook.parcels import ShownParcel, show_parcels
from orders.pickups.queries import list_of_orders
from orders.pickups.told import ToldPickup
from orders.trades import queries as trade_queries
from orders.trades.deadlines import OUTCOMES
from orders.trades.models import Order, OrderLine
from orders.trades.queries import Standing, standing_of
from orders.trades.states import (
    AFTERSALES_TITLES,
    CANCELLATION_TITLES,
    ORDER_TITLES,
    UNSETTLED,
    AftersalesState,
    By,
    OrderState,
)
from orders.trades.told import Told, told_of_lines
from partners.regions.queries import tree

_ON_THE_WAY = frozenset({OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED})


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One step of a case; its words are for those who may read the case's."""

    event: CaseEvent
    tells_words: bool

    @property
    def deed(self) -> str:
        return self.event.deed

    @property
    def party(self) -> By:
        return self.event.party

    @property
    def state(self) -> AftersalesState:
        return self.event.state

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def note(self) -> str | None:
        return self.event.note if self.tells_words else None


@dataclass(frozen=True, slots=True)
class ShownCase:
    """An after-sales case; free text is for the two sides of the sale and the platform only."""

    case: AftersalesCase
    party: By | None
    course: Sequence[CaseEvent] = ()

    @property
    def reason(self) -> str | None:
        return None if self.party is None else self.case.reason

    @property
    def answer(self) -> str | None:
        return None if self.party is None else self.case.answer

    @property
    def decision(self) -> str | None:
        return None if self.party is None else self.case.decision

    @property
    def events(self) -> list[ShownEvent]:
        return [ShownEvent(event, self.party is not None) for event in self.course]

    @property
    def state_title(self) -> str:
        return str(AFTERSALES_TITLES[self.case.state])

    @property
    def total_fen(self) -> int:
        return self.case.goods_fen + self.case.freight_fen

    @property
    def due_at(self) -> datetime | None:
        return self.case.due_at if is_unsettled(self.case) else None

    @property
    def due_outcome(self) -> str | None:
        return None if self.due_at is None else str(OUTCOMES[self.case.state])

    @property
    def return_freight_by(self) -> By | None:
        return return_freight_by(self.case)

    @property
    def return_to(self) -> Consignee | None:
        """Where goods are sent; for the two sides only."""
        sealed = self.case.return_to
        return None if self.party is None or sealed is None else Consignee.unseal(sealed)

    @property
    def actions(self) -> list[str]:
        return list(dict.fromkeys(move.name for move in open_moves(self.case, self.party)))


@dataclass(frozen=True, slots=True)
class ShownCancellation:
    """Who called the order off or asks to; free text is for the two sides of the sale only."""

    cancellation: Cancellation
    standing: Standing

    @property
    def state_title(self) -> str:
        return str(CANCELLATION_TITLES[self.cancellation.state])

    @property
    def reason_title(self) -> str:
        return str(REASON_TITLES[self.cancellation.reason])

    @property
    def note(self) -> str | None:
        return None if self.standing is Standing.OVERSEER else self.cancellation.note

    @property
    def answer(self) -> str | None:
        return None if self.standing is Standing.OVERSEER else self.cancellation.answer


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line, whose quota it helps, and how much of it can still be refunded."""

    line: OrderLine
    helps: Sequence[Told]

    @property
    def sums(self) -> LineSums:
        return LineSums.of(self.line)

    @property
    def refundable_fen(self) -> int:
        return self.sums.claimable_fen

    @property
    def refundable_quantity(self) -> int:
        return self.sums.left_quantity

    @property
    def to_ship_quantity(self) -> int:
        return fulfilment.to_ship(self.line)


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order in the eyes of one reader."""

    order: Order
    standing: Standing
    lines: Sequence[ShownLine]
    parcels: Sequence[ShownParcel]
    cases: Sequence[ShownCase]
    cancellation: ShownCancellation | None = None
    invoicing: OrderInvoicing = OrderInvoicing.NONE
    pickups: Sequence[ToldPickup] = ()

    @property
    def pickup(self) -> ToldPickup | None:
        """Where what was ordered is collected."""
        return next((each for each in self.pickups if not each.is_replacement), None)

    @property
    def replacement_pickups(self) -> list[ToldPickup]:
        return [each for each in self.pickups if each.is_replacement]

    @property
    def state_title(self) -> str:
        return str(ORDER_TITLES[self.order.state])

    @property
    def region_name(self) -> str | None:
        code = self.order.attribution_code
        return tree().full_name(code) if code and code in tree() else None

    @property
    def ship_to_name(self) -> str:
        code = self.order.ship_to_code
        return tree().full_name(code) if code in tree() else code

    @property
    def refunded_fen(self) -> int:
        goods_fen = sum(line.line.refunded_fen for line in self.lines)
        return goods_fen + self.order.freight_refunded_fen

    @property
    def is_all_back(self) -> bool:
        """Tell whether something was shipped and every piece of the order was refunded since."""
        return (
            any(each.line.shipped_quantity for each in self.lines)
            and all(each.refundable_quantity == 0 for each in self.lines)
            and not any(each.case.state in UNSETTLED for each in self.cases)
        )

    @property
    def ship_to(self) -> Recipient | None:
        """Who receives it: whole for the buyer, else nothing.

        The seller needs the telephone for the courier, so it is whole from payment until the goods
        are accepted, and masked before and after.
        """
        if self.standing is Standing.OVERSEER:
            return None
        recipient = Recipient.unseal(self.order.ship_to)
        if self.standing is Standing.BUYER or self.order.state in _ON_THE_WAY:
            return recipient
        return Recipient(
            name=recipient.name, phone=mask(recipient.phone), address=recipient.address
        )

    @property
    def remark(self) -> str | None:
        """The buyer's words, for the two sides of the sale only."""
        return None if self.standing is Standing.OVERSEER else self.order.remark

    @property
    def seller_note(self) -> str | None:
        """The cooperative's own note, for the cooperative only."""
        return self.order.seller_note if self.standing is Standing.SELLER else None

    @property
    def actions(self) -> list[str]:
        """What the reader may do with the order now, in the order in which it is offered."""
        is_sellers = self.standing is Standing.SELLER
        return list_actions(
            self.order,
            self.standing,
            is_refundable=any(
                line.sums.is_claimable or (is_sellers and line.sums.left_fen > 0)
                for line in self.lines
            ),
            is_on_its_way=any(
                each.arrived_at is None and each.parcel.case_id is None for each in self.parcels
            ),
            cancellation=self.cancellation.cancellation if self.cancellation else None,
        )


def mask(phone: str) -> str:
    """Hide the middle of a telephone number: 138****8000."""
    digits = re.sub(r"\D", "", phone)
    return f"{digits[:3]}****{digits[-4:]}"


def show_orders(
    actor: Actor, orders: Sequence[Order], standing: Standing | None = None
) -> list[ShownOrder]:
    """Return orders (loaded with their lines) as the actor sees them; a fixed number of selects."""
    ids = [order.id for order in orders]
    told = told_of_lines(orders)
    standings = {order.id: standing or standing_of(actor, order) for order in orders}
    parcels = show_parcels(orders, standings)
    cancellations = cancellation_queries.list_latest(ids)
    invoicing = find_standings(ids)
    pickups = list_of_orders([order.id for order in orders if order.pickup_point_id])
    cases: dict[uuid.UUID, list[AftersalesCase]] = {}
    found = aftersales_queries.list_cases(ids)
    for case in found:
        cases.setdefault(case.order_id, []).append(case)
    courses = _courses(found)
    shown = []
    for order in orders:
        seen_as = standings[order.id]
        called_off = cancellations.get(order.id)
        shown.append(
            ShownOrder(
                order=order,
                standing=seen_as,
                lines=[ShownLine(line, told.get(line.id, [])) for line in order.lines],
                parcels=parcels.get(order.id, []),
                cases=[
                    ShownCase(case, PARTY_OF.get(seen_as), courses.get(case.id, []))
                    for case in cases.get(order.id, [])
                ],
                cancellation=ShownCancellation(called_off, seen_as) if called_off else None,
                invoicing=invoicing.get(order.id, OrderInvoicing.NONE),
                pickups=[
                    ToldPickup(row, seen_as is Standing.BUYER) for row in pickups.get(order.id, [])
                ]
                if seen_as is not Standing.OVERSEER
                else [],
            )
        )
    return shown


def show_order(actor: Actor, order: Order, standing: Standing | None = None) -> ShownOrder:
    """Return one order as the actor sees it."""
    return show_orders(actor, [order], standing)[0]


def show_cases(
    actor: Actor, cases: Sequence[AftersalesCase], party: By | None = None
) -> list[ShownCase]:
    """Return after-sales cases as the actor sees them, or as the party named sees them."""
    orders = trade_queries.list_orders({case.order_id for case in cases})
    standings = {order.id: standing_of(actor, order) for order in orders}
    courses = _courses(cases)
    return [
        ShownCase(case, party or PARTY_OF.get(standings[case.order_id]), courses.get(case.id, []))
        for case in cases
    ]


def _courses(cases: Sequence[AftersalesCase]) -> dict[uuid.UUID, list[CaseEvent]]:
    courses: dict[uuid.UUID, list[CaseEvent]] = {}
    if cases:
        for event in aftersales_queries.list_events([case.id for case in cases]):
            courses.setdefault(event.case_id, []).append(event)
    return courses
