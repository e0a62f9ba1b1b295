"""The list of orders: one capacity at a time, newest first, with a count for every tab."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from marketplace.cursors import paginate
from marketplace.identity.actor import Actor
from orders.aftersales import queries as aftersales
from orders.cancellations import queries as cancellations
from orders.orderbook import counting
from orders.orderbook.showing import ShownOrder, show_orders
from orders.trades import queries
from orders.trades.models import Order
from orders.trades.queries import OrderFilter, Standing
from orders.trades.states import OrderState


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders; ``counts`` are of the whole list, whatever state it is narrowed to."""

    items: Sequence[ShownOrder]
    next: str | None
    counts: dict[OrderState, int]


def list_shown_orders(
    actor: Actor,
    *,
    standing: str,
    state: OrderState | None = None,
    states: Collection[OrderState] | None = None,
    with_cases: bool = False,
    cooperative_id: uuid.UUID | None = None,
    buying_unit_id: uuid.UUID | None = None,
    trade_id: uuid.UUID | None = None,
    limit: int = 20,
    after: str | None = None,
    is_queue: bool = False,
    is_overdue: bool = False,
    is_asked_to_cancel: bool = False,
) -> OrderPage:
    """Return a page of the orders that the actor bought, sold or oversees, the newest first.

    ``states`` are those of one tab; ``with_cases`` leaves only orders with an after-sales case;
    ``is_overdue`` leaves those that should have been shipped by now, ``is_asked_to_cancel`` those
    whose buyer asks to call them off; ``is_queue`` puts those first that were paid first (for paid orders, which wait for a parcel).
    """
    capacity = Standing(standing)
    wanted = OrderFilter(
        cooperative_id=cooperative_id, buying_unit_id=buying_unit_id, trade_id=trade_id
    )
    mine = queries.narrow(select(Order).where(_seen_as(actor, capacity)), wanted)
    wanted_state = mine if state is None else mine.where(Order.state == state)
    if states is not None:
        wanted_state = wanted_state.where(Order.state.in_(sorted(states)))
    if with_cases:
        wanted_state = wanted_state.where(Order.id.in_(aftersales.order_ids_with_cases()))
    if is_overdue:
        wanted_state = wanted_state.where(counting.is_overdue())
    if is_asked_to_cancel:
        wanted_state = wanted_state.where(Order.id.in_(cancellations.order_ids_asked()))
    page = paginate(
        wanted_state.options(selectinload(Order.lines)),
        [(Order.paid_at, "asc"), (Order.id, "asc")] if is_queue else [(Order.id, "desc")],
        limit,
        after,
    )
    return OrderPage(
        show_orders(actor, page.items, capacity), page.next, queries.count_by_state(mine)
    )


def _seen_as(actor: Actor, capacity: Standing) -> ColumnElement[bool]:
    if capacity is Standing.BUYER:
        return queries.bought_by(actor)
    if capacity is Standing.SELLER:
        return queries.sold_by(actor)
    return queries.overseen_by(actor)
