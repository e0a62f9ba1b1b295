"""The life of a trade, an order and an after-sales case: every state and every move, written once.

Guarded updates, the ``actions`` that a caller is offered and the diagram in ``docs/orders.md``
are all read from these tables, so they cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from marketplace.language import Text


class TradeState(StrEnum):
    """What is paid together: waiting for its money, paid, or over without it."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class OrderState(StrEnum):
    """One cooperative's part of a trade, from agreement to a closed after-sales window."""

    UNPAID = "unpaid"
    PAID = "paid"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class AftersalesState(StrEnum):
    """A case about a line: who has to do something next, or how it ended."""

    APPLIED = "applied"
    AWAITING_GOODS = "awaiting_goods"
    RETURNING = "returning"
    AWAITING_REPLACEMENT = "awaiting_replacement"
    REPLACING = "replacing"
    IN_ARBITRATION = "in_arbitration"
    AWAITING_REFUND = "awaiting_refund"
    DONE = "done"
    EXCHANGED = "exchanged"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"


class CancellationState(StrEnum):
    """The calling off of a paid order: waiting for the cooperative's word, or over."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PickupState(StrEnum):
    """What is collected at a pick-up point: nothing of it there, something kept there, or over."""

    AWAITING = "awaiting"
    ARRIVED = "arrived"
    COLLECTED = "collected"
    UNCOLLECTED = "uncollected"
    CLOSED = "closed"


class By(StrEnum):
    """Who may make a move. ``order``: it follows from what became of the whole order."""

    BUYER = "buyer"
    COOPERATIVE = "cooperative"
    PROVIDER = "provider"
    CLOCK = "clock"
    PLATFORM = "platform"
    ORDER = "order"
    KEEPER = "keeper"


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted change of state: its name, where it may start, where it ends, who makes it.

    ``deed`` is what the audit trail calls it once it is done.
    """

    name: str
    sources: frozenset[str]
    target: str
    by: tuple[By, ...]
    deed: str


def _move(name: str, sources: Iterable[str], target: str, *by: By, deed: str = "") -> Move:
    return Move(name, frozenset(sources), target, by, deed or str(target))


PAY_TRADE = _move("pay", [TradeState.OPEN], TradeState.PAID, By.PROVIDER)
CANCEL_TRADE = _move("cancel", [TradeState.OPEN], TradeState.CANCELLED, By.BUYER)
EXPIRE_TRADE = _move("expire", [TradeState.OPEN], TradeState.EXPIRED, By.CLOCK)
TRADE_MOVES = (PAY_TRADE, CANCEL_TRADE, EXPIRE_TRADE)

PAY_ORDER = _move("pay", [OrderState.UNPAID], OrderState.PAID, By.PROVIDER)
CANCEL_ORDER = _move("cancel", [OrderState.UNPAID], OrderState.CANCELLED, By.BUYER, By.CLOCK)
SHIP_PART = _move(
    "ship_part",
    [OrderState.PAID, OrderState.PART_SHIPPED],
    OrderState.PART_SHIPPED,
    By.COOPERATIVE,
)
SHIP_REST = _move(
    "ship", [OrderState.PAID, OrderState.PART_SHIPPED], OrderState.SHIPPED, By.COOPERATIVE
)
# At a pick-up point the keeper hands the goods out against the code that only the buyer has. Where
# all goods went back but the cooperative keeps something (freight), nobody is waited for any longer.
ACCEPT_ORDER = _move(
    "accept", [OrderState.SHIPPED], OrderState.ACCEPTED, By.BUYER, By.CLOCK, By.KEEPER, By.ORDER
)
COMPLETE_ORDER = _move("complete", [OrderState.ACCEPTED], OrderState.COMPLETED, By.CLOCK)
# Everything was refunded before it was accepted: what was not shipped is called off, what was
# shipped went back, and nothing is left to deliver. The buyer calls it off, the cooperative does or
# agrees, the platform decides, or somebody is silent for too long.
VOID_ORDER = _move(
    "void",
    [OrderState.PAID, OrderState.PART_SHIPPED, OrderState.SHIPPED],
    OrderState.CANCELLED,
    By.BUYER,
    By.COOPERATIVE,
    By.PLATFORM,
    By.CLOCK,
    deed="voided",
)
ORDER_MOVES = (
    PAY_ORDER,
    CANCEL_ORDER,
    SHIP_PART,
    SHIP_REST,
    ACCEPT_ORDER,
    COMPLETE_ORDER,
    VOID_ORDER,
)

A = AftersalesState
_BY_WORD_OR_SILENCE = (By.COOPERATIVE, By.CLOCK)

# Which of several moves of one name is made follows from the kind of the case; see
# ``orders/aftersales/rules.py``.
AGREE_CASE = _move("agree", [A.APPLIED], A.AWAITING_REFUND, *_BY_WORD_OR_SILENCE, deed="agreed")
AGREE_RETURN = _move("agree", [A.APPLIED], A.AWAITING_GOODS, *_BY_WORD_OR_SILENCE, deed="agreed")
# The courier is asked to turn round, or the buyer refuses the parcel: nobody sends anything.
AGREE_INTERCEPTION = _move("agree", [A.APPLIED], A.RETURNING, *_BY_WORD_OR_SILENCE, deed="agreed")
REFUSE_CASE = _move("refuse", [A.APPLIED], A.REFUSED, By.COOPERATIVE)
WITHDRAW_CASE = _move(
    "withdraw", [A.APPLIED, A.AWAITING_GOODS, A.IN_ARBITRATION], A.WITHDRAWN, By.BUYER
)
# The order was called off: an application about goods not shipped has nothing left to ask for.
SUPERSEDE_CASE = _move(
    "supersede", [A.APPLIED, A.IN_ARBITRATION], A.WITHDRAWN, By.ORDER, deed="superseded"
)
# The payer's bank has given the money back in a dispute: nothing is left to ask for.
CHARGE_BACK_CASE = _move(
    "charge_back",
    [A.APPLIED, A.IN_ARBITRATION, A.AWAITING_GOODS, A.RETURNING, A.AWAITING_REPLACEMENT,
     A.REPLACING],
    A.WITHDRAWN,
    By.PROVIDER,
    deed="charged_back",
)  # fmt: skip
SEND_BACK = _move("send_back", [A.AWAITING_GOODS], A.RETURNING, By.BUYER, deed="sent_back")
LAPSE_CASE = _move("lapse", [A.AWAITING_GOODS], A.LAPSED, By.CLOCK)
RECEIVE_GOODS = _move(
    "receive", [A.AWAITING_GOODS, A.RETURNING], A.AWAITING_REFUND, By.COOPERATIVE, deed="received"
)
RECEIVE_FOR_EXCHANGE = _move(
    "receive",
    [A.AWAITING_GOODS, A.RETURNING],
    A.AWAITING_REPLACEMENT,
    By.COOPERATIVE,
    deed="received",
)
REFUSE_GOODS = _move("refuse_goods", [A.RETURNING], A.REFUSED, By.COOPERATIVE, deed="goods_refused")
SEND_REPLACEMENT = _move(
    "send_replacement",
    [A.AWAITING_REPLACEMENT],
    A.REPLACING,
    By.COOPERATIVE,
    deed="replacement_sent",
)
# Nobody looked at what came back, or no replacement is to be had: the money goes back instead.
REFUND_INSTEAD = _move(
    "refund_instead", [A.AWAITING_REPLACEMENT], A.AWAITING_REFUND, *_BY_WORD_OR_SILENCE,
    deed="refunded_instead",
)  # fmt: skip
REFUND_UNSEEN = _move(
    "refund_unseen", [A.RETURNING], A.AWAITING_REFUND, By.CLOCK, deed="refunded_unseen"
)
CONFIRM_REPLACEMENT = _move(
    "confirm_replacement", [A.REPLACING], A.EXCHANGED, By.BUYER, By.KEEPER, By.CLOCK
)
ESCALATE_CASE = _move("escalate", [A.REFUSED], A.IN_ARBITRATION, By.BUYER, deed="escalated")
UPHOLD_REFUND = _move("refund", [A.IN_ARBITRATION], A.AWAITING_REFUND, By.PLATFORM, deed="upheld")
UPHOLD_RETURN = _move("return", [A.IN_ARBITRATION], A.AWAITING_GOODS, By.PLATFORM, deed="upheld")
DISMISS_CASE = _move("dismiss", [A.IN_ARBITRATION], A.DISMISSED, By.PLATFORM)
FINISH_CASE = _move("finish", [A.AWAITING_REFUND], A.DONE, By.PROVIDER)
# The buyer's bank could not take what had gone out, days or weeks later: it is owed again.
REOPEN_CASE = _move("come_back", [A.DONE], A.AWAITING_REFUND, By.PROVIDER, deed="came_back")
AFTERSALES_MOVES = (
    AGREE_CASE,
    AGREE_RETURN,
    AGREE_INTERCEPTION,
    REFUSE_CASE,
    WITHDRAW_CASE,
    SUPERSEDE_CASE,
    CHARGE_BACK_CASE,
    SEND_BACK,
    LAPSE_CASE,
    RECEIVE_GOODS,
    RECEIVE_FOR_EXCHANGE,
    REFUSE_GOODS,
    SEND_REPLACEMENT,
    REFUND_INSTEAD,
    REFUND_UNSEEN,
    CONFIRM_REPLACEMENT,
    ESCALATE_CASE,
    UPHOLD_REFUND,
    UPHOLD_RETURN,
    DISMISS_CASE,
    FINISH_CASE,
    REOPEN_CASE,
)

# What is asked before the cooperative has begun to pack is not asked at all: it is done at once.
AGREE_CANCELLATION = _move(
    "agree_to_cancel",
    [CancellationState.ASKED],
    CancellationState.AGREED,
    By.COOPERATIVE,
    By.CLOCK,
)
REFUSE_CANCELLATION = _move(
    "refuse_to_cancel", [CancellationState.ASKED], CancellationState.REFUSED, By.COOPERATIVE
)
WITHDRAW_CANCELLATION = _move(
    "withdraw_cancellation", [CancellationState.ASKED], CancellationState.WITHDRAWN, By.BUYER
)
CANCELLATION_MOVES = (AGREE_CANCELLATION, REFUSE_CANCELLATION, WITHDRAW_CANCELLATION)

# A parcel is at the point: its buyer is told, and has days to collect what is there.
ARRIVE_PICKUP = _move(
    "arrive", [PickupState.AWAITING, PickupState.ARRIVED], PickupState.ARRIVED, By.KEEPER
)
COLLECT_PICKUP = _move("collect", [PickupState.ARRIVED], PickupState.COLLECTED, By.KEEPER)
# What was there is collected, and more is to come.
COLLECT_PART = _move(
    "collect_part", [PickupState.ARRIVED], PickupState.AWAITING, By.KEEPER, deed="part_collected"
)
# The buyer says so, whatever the keeper has written down.
CONFIRM_PICKUP = _move(
    "confirm", [PickupState.AWAITING, PickupState.ARRIVED], PickupState.COLLECTED, By.BUYER
)
LAPSE_PICKUP = _move("lapse", [PickupState.ARRIVED], PickupState.UNCOLLECTED, By.CLOCK)
LAPSE_PART = _move(
    "lapse_part", [PickupState.ARRIVED], PickupState.AWAITING, By.CLOCK, deed="part_uncollected"
)
# The order ended otherwise: never paid, called off, or accepted by the clock.
CLOSE_PICKUP = _move(
    "close", [PickupState.AWAITING, PickupState.ARRIVED], PickupState.CLOSED, By.ORDER
)
PICKUP_MOVES = (
    ARRIVE_PICKUP,
    COLLECT_PICKUP,
    COLLECT_PART,
    CONFIRM_PICKUP,
    LAPSE_PICKUP,
    LAPSE_PART,
    CLOSE_PICKUP,
)

# A case on which somebody still has to act; an order with one does not complete. An agreed refund
# is booked already, so a provider that takes its time does not hold the order up.
UNSETTLED = frozenset(
    {
        A.APPLIED,
        A.AWAITING_GOODS,
        A.RETURNING,
        A.AWAITING_REPLACEMENT,
        A.REPLACING,
        A.IN_ARBITRATION,
    }
)
# Asked for and not decided on: what it is about is not shipped meanwhile.
UNDECIDED = frozenset({A.APPLIED, A.IN_ARBITRATION})
# A case that claims a part of its line; the others have given it back.
CLAIMING = UNSETTLED | {A.AWAITING_REFUND, A.DONE}
# Money is owed back or has gone back.
REFUNDING = frozenset({AftersalesState.AWAITING_REFUND, AftersalesState.DONE})

ORDER_TITLES: dict[OrderState, Text] = {
    OrderState.UNPAID: Text("待付款", "Waiting for payment"),
    OrderState.PAID: Text("待发货", "Waiting for shipment"),
    OrderState.PART_SHIPPED: Text("部分发货", "Partly shipped"),
    OrderState.SHIPPED: Text("待收货", "On its way"),
    OrderState.ACCEPTED: Text("已收货", "Received"),
    OrderState.COMPLETED: Text("已完成", "Completed"),
    OrderState.CANCELLED: Text("已取消", "Cancelled"),
}
TRADE_TITLES: dict[TradeState, Text] = {
    TradeState.OPEN: Text("待付款", "Waiting for payment"),
    TradeState.PAID: Text("已付款", "Paid"),
    TradeState.EXPIRED: Text("超时关闭", "Expired"),
    TradeState.CANCELLED: Text("已取消", "Cancelled"),
}
# A trade whose goods may go before its money, until that is there.
GOODS_FIRST = Text("先货后款，待付款", "Goods first, to be paid")
AFTERSALES_TITLES: dict[AftersalesState, Text] = {
    AftersalesState.APPLIED: Text("待合作社答复", "Waiting for the cooperative"),
    AftersalesState.AWAITING_GOODS: Text("待买家寄回", "Waiting for the goods to be sent back"),
    AftersalesState.RETURNING: Text("待合作社收退货", "On the way back to the cooperative"),
    AftersalesState.AWAITING_REPLACEMENT: Text("待合作社换货", "Waiting for a replacement"),
    AftersalesState.REPLACING: Text("换货已发出", "The replacement is on its way"),
    AftersalesState.IN_ARBITRATION: Text("平台处理中", "Before the platform"),
    AftersalesState.AWAITING_REFUND: Text("退款中", "Refund on its way"),
    AftersalesState.DONE: Text("已退款", "Refunded"),
    AftersalesState.EXCHANGED: Text("已换货", "Exchanged"),
    AftersalesState.WITHDRAWN: Text("已撤销", "Withdrawn"),
    AftersalesState.REFUSED: Text("已拒绝", "Refused"),
    AftersalesState.DISMISSED: Text("平台未支持", "Dismissed by the platform"),
    AftersalesState.LAPSED: Text("逾期未寄回，已关闭", "Closed: nothing was sent back"),
}
PICKUP_TITLES: dict[PickupState, Text] = {
    PickupState.AWAITING: Text("待到站", "Not at the point yet"),
    PickupState.ARRIVED: Text("已到站，待取货", "At the point, to be collected"),
    PickupState.COLLECTED: Text("已取货", "Collected"),
    PickupState.UNCOLLECTED: Text("逾期未取", "Not collected in time"),
    PickupState.CLOSED: Text("已结束", "Over"),
}
CANCELLATION_TITLES: dict[CancellationState, Text] = {
    CancellationState.ASKED: Text("待合作社同意取消", "Waiting for the cooperative's consent"),
    CancellationState.AGREED: Text("已取消", "Called off"),
    CancellationState.REFUSED: Text("合作社未同意取消", "The cooperative did not consent"),
    CancellationState.WITHDRAWN: Text("已撤回取消申请", "The request was withdrawn"),
}


def draw_moves(moves: Iterable[Move], start: str) -> str:
    """Return the moves as a Mermaid state diagram, for the documentation."""
    lines = ["stateDiagram-v2", f"    [*] --> {start}"]
    moves = list(moves)
    for move in moves:
        by = ", ".join(move.by)
        lines += [
            f"    {source} --> {move.target}: {move.name} ({by})" for source in sorted(move.sources)
        ]
    sources = {source for move in moves for source in move.sources}
    ends = sorted({move.target for move in moves} - sources)
    return "\n".join([*lines, *(f"    {end} --> [*]" for end in ends)])
