"""Pick lists: what a cooperative takes from the shelf for the orders it is going to pack."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.papers import Side, begin_paper
from orders.checkout.service import Recipient
from orders.fulfilment import queries
from orders.fulfilment.service import to_ship
from orders.fulfilment.wording import say_quantity
from orders.pickups.queries import list_of_orders
from orders.trades.models import Order
from partners.regions.queries import tree

# As many as a person packs in a morning, and as a label printer takes in one go.
MAX_ORDERS = 200


@dataclass(frozen=True, slots=True)
class PickedItem:
    """So many pieces of one SKU, for so many orders."""

    sku_id: uuid.UUID
    product_name: str
    spec: str
    unit: str
    quantity: int
    order_count: int


@dataclass(frozen=True, slots=True)
class PickList:
    """The orders to pack, first paid first, and their goods summed by SKU."""

    orders: Sequence[Order]
    items: Sequence[PickedItem]
    # Of those orders that are collected: the point's name, by order.
    points: Mapping[uuid.UUID, str] = field(default_factory=dict)

    @property
    def groups(self) -> list[tuple[str | None, list[Order]]]:
        """The orders that are delivered one by one, then those of each pick-up point together."""
        found: dict[str | None, list[Order]] = {}
        for order in self.orders:
            found.setdefault(self.points.get(order.id), []).append(order)
        return sorted(found.items(), key=lambda one: (one[0] is not None, one[0] or ""))

    @property
    def pieces(self) -> int:
        return sum(item.quantity for item in self.items)


def make_pick_list(
    actor: Actor,
    order_ids: Collection[uuid.UUID] | None = None,
    cooperative_id: uuid.UUID | None = None,
) -> PickList:
    """Return what is to be packed of the actor's cooperatives: those orders, or all that wait.

    An order whose buyer asks to call it off is left out: nothing of it is shipped before an answer.
    """
    orders = queries.list_to_pack(actor, order_ids, cooperative_id, MAX_ORDERS)
    sums: dict[uuid.UUID, PickedItem] = {}
    for order in orders:
        for line in order.lines:
            left = to_ship(line)
            if left:
                before = sums.get(line.sku_id)
                sums[line.sku_id] = PickedItem(
                    line.sku_id,
                    line.product_name,
                    line.spec,
                    line.unit,
                    left + (before.quantity if before else 0),
                    1 + (before.order_count if before else 0),
                )
    items = sorted(sums.values(), key=lambda item: (item.product_name, item.spec, item.sku_id))
    kept = list_of_orders([order.id for order in orders if order.pickup_point_id])
    points = {order_id: stays[0].point_name for order_id, stays in kept.items()}
    # What goes to one point is packed together; otherwise first paid, first.
    by_point = sorted(orders, key=lambda order: points.get(order.id, ""))
    return PickList(by_point, items, points)


_SKU_SIDES: list[Side] = ["LEFT", "LEFT", "RIGHT", "RIGHT"]
_ORDER_SIDES: list[Side] = ["LEFT", "LEFT", "LEFT"]


def write_pick_list(listed: PickList) -> bytes:
    """Return a pick list as a paper: the goods summed by SKU, then order by order."""
    now = clock.now()
    moment = now.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    paper = begin_paper("拣货单", made_at=now, footer=f"制单时间 {moment}")
    paper.add_particulars(
        [
            ("订单", f"{len(listed.orders)} 单"),
            ("商品", f"{listed.pieces} 件"),
            ("制单时间", moment),
        ]
    )
    paper.add_heading("按商品汇总")
    paper.add_table(
        [("商品", "规格", "数量", "订单数")]
        + [
            (item.product_name, item.spec, f"{item.quantity} {item.unit}", str(item.order_count))
            for item in listed.items
        ],
        [50, 25, 15, 10],
        _SKU_SIDES,
    )
    for point, orders in listed.groups:
        paper.add_heading("按订单" if point is None else f"送到自提点：{point}")
        paper.add_table(
            [("订单号", "收货", "商品与留言")] + [_order_row(order) for order in orders],
            [22, 28, 50],
            _ORDER_SIDES,
        )
    return paper.close_up()


def _order_row(order: Order) -> tuple[str, str, str]:
    recipient = Recipient.unseal(order.ship_to)
    goods = "；".join(
        f"{line.product_name} {line.spec} {say_quantity(line).zh}"
        for line in order.lines
        if to_ship(line)
    )
    remark = f"（买家留言：{order.remark}）" if order.remark else ""
    return order.order_no, f"{recipient.name} {region_name(order)}", goods + remark


def region_name(order: Order) -> str:
    """Return the full name of the region an order is sent to."""
    code = order.ship_to_code
    return tree().full_name(code) if code in tree() else code
