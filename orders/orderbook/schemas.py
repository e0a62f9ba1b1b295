"""Orders out, as each reader may see them, and the query of the list."""

from marshmallow import fields, validate

from marketplace.fields import IdField
from marketplace.http import ListQuerySchema, Schema
from orders.aftersales.models import CaseCause, CaseKind, ReturnWay
from orders.cancellations.models import CancellationReason
from orders.invoices.states import OrderInvoicing
from orders.pickups.schemas import PickupOfOrderSchema
from orders.tracking.models import TrackingState
from orders.trades.models import AttributionSource
from orders.trades.schemas import ToldSchema
from orders.trades.states import AftersalesState, By, CancellationState, OrderState


class RecipientSchema(Schema):
    """Who receives it; the cooperative sees the telephone while it ships, else masked."""

    name = fields.String()
    phone = fields.String()
    address = fields.String()


class OrderLineSchema(Schema):
    """What was agreed about one SKU."""

    id = fields.UUID(attribute="line.id")
    sku_id = fields.UUID(attribute="line.sku_id")
    product_id = fields.UUID(attribute="line.product_id")
    product_name = fields.String(attribute="line.product_name")
    spec = fields.String(attribute="line.spec")
    unit = fields.String(attribute="line.unit")
    weight_g = fields.Integer(attribute="line.weight_g")
    category_code = fields.String(attribute="line.category_code")
    category_name = fields.String(attribute="line.category_name")
    product_kind = fields.String(attribute="line.product_kind")
    photo_url = fields.String(attribute="line.photo_url", allow_none=True)
    origin_code = fields.String(attribute="line.origin_code", allow_none=True)
    origin_name = fields.String(attribute="line.origin_name", allow_none=True)
    certificate_no = fields.String(attribute="line.certificate_no", allow_none=True)
    price_fen = fields.Integer(attribute="line.price_fen")
    list_price_fen = fields.Integer(attribute="line.list_price_fen", allow_none=True)
    quantity = fields.Integer(attribute="line.quantity")
    amount_fen = fields.Integer(attribute="line.amount_fen")
    discount_fen = fields.Integer(attribute="line.discount_fen")
    platform_discount_fen = fields.Integer(
        attribute="line.platform_discount_fen",
        metadata={"description": "The platform's part of the discount, paid to the seller"},
    )
    net_fen = fields.Integer(attribute="line.net_fen")
    shipped_quantity = fields.Integer(attribute="line.shipped_quantity")
    released_quantity = fields.Integer(attribute="line.released_quantity")
    refunded_fen = fields.Integer(attribute="line.refunded_fen")
    return_class = fields.String(attribute="line.return_class")
    to_ship_quantity = fields.Integer()
    refundable_fen = fields.Integer()
    refundable_quantity = fields.Integer()
    helps = fields.List(fields.Nested(ToldSchema))


class ParcelLineSchema(Schema):
    """How much of a line a parcel holds."""

    order_line_id = fields.UUID(attribute="line.id")
    product_name = fields.String(attribute="line.product_name")
    spec = fields.String(attribute="line.spec")
    unit = fields.String(attribute="line.unit")
    quantity = fields.Integer()


class TrackingStepSchema(Schema):
    """One line of a parcel's course."""

    at = fields.String()
    text = fields.String()


class TrackingSchema(Schema):
    """Where a parcel is, as the tracking service tells it; the course newest first."""

    state = fields.Enum(TrackingState, attribute="tracking.state", by_value=True)
    state_title = fields.String()
    delivered_at = fields.AwareDateTime(attribute="tracking.delivered_at", allow_none=True)
    course = fields.List(fields.Nested(TrackingStepSchema))


class ParcelSchema(Schema):
    """A parcel on its way."""

    id = fields.UUID(attribute="parcel.id")
    case_id = fields.UUID(
        attribute="parcel.case_id",
        allow_none=True,
        metadata={"description": "The exchange whose replacement it holds"},
    )
    courier_code = fields.String(attribute="parcel.courier_code")
    waybill_no = fields.String(attribute="parcel.waybill_no")
    shipped_at = fields.AwareDateTime(attribute="parcel.shipped_at")
    tracking = fields.Nested(TrackingSchema, allow_none=True)
    arrived_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Since when it is at the pick-up point"}
    )
    left_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When it was handed out there, or went back"}
    )
    lines = fields.List(fields.Nested(ParcelLineSchema), attribute="pieces")


class CaseEventSchema(Schema):
    """One step of a case."""

    deed = fields.String()
    party = fields.Enum(By, by_value=True)
    state = fields.Enum(AftersalesState, by_value=True)
    note = fields.String(allow_none=True)
    at = fields.AwareDateTime()


class AftersalesCaseSchema(Schema):
    """A case about a line; ``actions`` is what the caller may do with it now.

    ``due_at`` is until when the side whose turn it is has time; ``due_outcome`` what happens then.
    """

    id = fields.UUID(attribute="case.id")
    case_no = fields.String(attribute="case.case_no")
    order_id = fields.UUID(attribute="case.order_id")
    order_line_id = fields.UUID(attribute="case.order_line_id")
    state = fields.Enum(AftersalesState, attribute="case.state", by_value=True)
    state_title = fields.String()
    kind = fields.Enum(CaseKind, attribute="case.kind", by_value=True)
    cause = fields.Enum(CaseCause, attribute="case.cause", by_value=True)
    opened_by = fields.Enum(By, attribute="case.opened_by", by_value=True)
    reason = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    decision = fields.String(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    due_outcome = fields.String(allow_none=True)
    return_way = fields.Enum(ReturnWay, attribute="case.return_way", by_value=True, allow_none=True)
    return_freight_by = fields.Enum(By, by_value=True, allow_none=True)
    return_to = fields.Nested(RecipientSchema, allow_none=True)
    return_courier_code = fields.String(attribute="case.return_courier_code", allow_none=True)
    return_waybill_no = fields.String(attribute="case.return_waybill_no", allow_none=True)
    quantity = fields.Integer(attribute="case.quantity")
    goods_fen = fields.Integer(attribute="case.goods_fen")
    freight_fen = fields.Integer(attribute="case.freight_fen")
    total_fen = fields.Integer()
    released_quantity = fields.Integer(attribute="case.released_quantity")
    put_back_quantity = fields.Integer(attribute="case.put_back_quantity")
    applied_at = fields.AwareDateTime(attribute="case.applied_at")
    answered_at = fields.AwareDateTime(attribute="case.answered_at", allow_none=True)
    done_at = fields.AwareDateTime(attribute="case.done_at", allow_none=True)
    actions = fields.List(fields.String())
    events = fields.List(fields.Nested(CaseEventSchema))


class CancellationSchema(Schema):
    """Who called the order off, or asks to."""

    state = fields.Enum(CancellationState, attribute="cancellation.state", by_value=True)
    state_title = fields.String()
    opened_by = fields.Enum(By, attribute="cancellation.opened_by", by_value=True)
    reason = fields.Enum(CancellationReason, attribute="cancellation.reason", by_value=True)
    reason_title = fields.String()
    note = fields.String(allow_none=True)
    answer = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime(attribute="cancellation.asked_at")
    due_at = fields.AwareDateTime(
        attribute="cancellation.due_at",
        allow_none=True,
        metadata={"description": "When the cooperative's silence agrees"},
    )
    answered_at = fields.AwareDateTime(attribute="cancellation.answered_at", allow_none=True)


class OrderSchema(Schema):
    """An order as the caller may see it; ``actions`` is what the caller may do with it now."""

    id = fields.UUID(attribute="order.id")
    order_no = fields.String(attribute="order.order_no")
    trade_id = fields.UUID(attribute="order.trade_id")
    cooperative_id = fields.UUID(attribute="order.cooperative_id")
    cooperative_name = fields.String(attribute="order.cooperative_name")
    state = fields.Enum(OrderState, attribute="order.state", by_value=True)
    state_title = fields.String()
    standing = fields.String(metadata={"description": "buyer, seller or overseer"})
    actions = fields.List(fields.String())
    attribution_source = fields.Enum(
        AttributionSource, by_value=True, attribute="order.attribution_source"
    )
    attribution_code = fields.String(attribute="order.attribution_code", allow_none=True)
    attribution_name = fields.String(attribute="region_name", allow_none=True)
    buying_unit_id = fields.UUID(attribute="order.buying_unit_id", allow_none=True)
    buying_unit_name = fields.String(attribute="order.buying_unit_name", allow_none=True)
    channel = fields.String(attribute="order.channel")
    outlet_id = fields.UUID(attribute="order.outlet_id", allow_none=True)
    goods_fen = fields.Integer(attribute="order.goods_fen")
    freight_fen = fields.Integer(attribute="order.freight_fen")
    discount_fen = fields.Integer(attribute="order.discount_fen")
    platform_discount_fen = fields.Integer(attribute="order.platform_discount_fen")
    total_fen = fields.Integer(attribute="order.total_fen")
    refunded_fen = fields.Integer()
    ship_to_code = fields.String(attribute="order.ship_to_code")
    ship_to_name = fields.String()
    ship_to = fields.Nested(RecipientSchema, allow_none=True)
    placed_at = fields.AwareDateTime(attribute="order.placed_at")
    paid_at = fields.AwareDateTime(attribute="order.money_at", allow_none=True)
    sale_on = fields.Date(attribute="order.sale_on", allow_none=True)
    shipped_at = fields.AwareDateTime(attribute="order.shipped_at", allow_none=True)
    accept_due_at = fields.AwareDateTime(attribute="order.accept_due_at", allow_none=True)
    accepted_at = fields.AwareDateTime(attribute="order.accepted_at", allow_none=True)
    window_closes_at = fields.AwareDateTime(attribute="order.window_closes_at", allow_none=True)
    completed_at = fields.AwareDateTime(attribute="order.completed_at", allow_none=True)
    closed_at = fields.AwareDateTime(attribute="order.closed_at", allow_none=True)
    picked_at = fields.AwareDateTime(attribute="order.picked_at", allow_none=True)
    reminded_at = fields.AwareDateTime(attribute="order.reminded_at", allow_none=True)
    reminders = fields.Integer(attribute="order.reminders")
    remark = fields.String(allow_none=True)
    seller_note = fields.String(allow_none=True)
    cancellation = fields.Nested(CancellationSchema, allow_none=True)
    invoicing = fields.Enum(OrderInvoicing, by_value=True)
    pickup = fields.Nested(PickupOfOrderSchema, allow_none=True)
    replacement_pickups = fields.List(fields.Nested(PickupOfOrderSchema))
    lines = fields.List(fields.Nested(OrderLineSchema))
    parcels = fields.List(fields.Nested(ParcelSchema))
    cases = fields.List(fields.Nested(AftersalesCaseSchema))


class OrderListQuerySchema(ListQuerySchema):
    """Whose orders, in which state. ``standing`` picks the caller's capacity."""

    standing = fields.String(
        load_default="buyer", validate=validate.OneOf(["buyer", "seller", "overseer"])
    )
    state = fields.Enum(OrderState, by_value=True, load_default=None)
    cooperative_id = IdField(load_default=None)
    buying_unit_id = IdField(load_default=None)
    trade_id = IdField(load_default=None)


class OrderPageSchema(Schema):
    """One page of orders, and how many there are in each state."""

    items = fields.List(fields.Nested(OrderSchema))
    next = fields.String(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())


class OrderCountsQuerySchema(Schema):
    """In which capacity."""

    standing = fields.String(load_default="buyer", validate=validate.OneOf(["buyer", "seller"]))


class OrderCountsSchema(Schema):
    """What waits for somebody: the numbers on the tabs of buyer or cooperative."""

    unpaid = fields.Integer()
    to_ship = fields.Integer()
    shipped = fields.Integer()
    overdue = fields.Integer(metadata={"description": "Paid, and not shipped in time"})
    reminded = fields.Integer(metadata={"description": "Waiting, and its buyer asked for shipment"})
    to_cancel = fields.Integer(metadata={"description": "Its buyer asks to call it off"})
    after_sales = fields.Integer(metadata={"description": "Orders with an open after-sales case"})
    to_collect = fields.Integer(metadata={"description": "Waiting at their pick-up points"})
