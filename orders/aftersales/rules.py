"""Which moves a case allows, who pays for the way back, and what may come back at all."""

from collections.abc import Callable

from marketplace import clock
from marketplace.language import Text
from orders.aftersales.errors import (
    AftersalesStateForbids,
    GoodsMustComeBack,
    PiecesNotNamed,
    ReturnClassForbids,
)
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind, ReturnWay
from orders.trades.models import OrderLine
from orders.trades.states import (
    AFTERSALES_MOVES,
    AGREE_CASE,
    AGREE_INTERCEPTION,
    AGREE_RETURN,
    ESCALATE_CASE,
    RECEIVE_FOR_EXCHANGE,
    RECEIVE_GOODS,
    UNSETTLED,
    AftersalesState,
    By,
    Move,
)

RETURNABLE = "seven_days"
# The cooperative answers for these: it pays for the way back, and they know no return class.
FAULTS = frozenset(
    {
        CaseCause.QUALITY,
        CaseCause.DAMAGED,
        CaseCause.WRONG_GOODS,
        CaseCause.MISSING,
        CaseCause.NOT_RECEIVED,
    }
)

KIND_TITLES: dict[CaseKind, Text] = {
    CaseKind.REFUND_ONLY: Text("仅退款", "Refund only"),
    CaseKind.RETURN: Text("退货退款", "Return and refund"),
    CaseKind.EXCHANGE: Text("换货", "Exchange"),
}
CAUSE_TITLES: dict[CaseCause, Text] = {
    CaseCause.NO_REASON: Text("七天无理由、不想要了", "No reason: not wanted"),
    CaseCause.QUALITY: Text("质量问题、变质", "Bad quality or spoiled"),
    CaseCause.DAMAGED: Text("运输中破损", "Damaged on the way"),
    CaseCause.WRONG_GOODS: Text("发错货、与描述不符", "Wrong goods, or not as described"),
    CaseCause.MISSING: Text("少件、漏发", "Pieces are missing"),
    CaseCause.NOT_RECEIVED: Text("一直没有收到", "Never received"),
    CaseCause.OTHER: Text("其他，与合作社商定", "Another, as agreed with the cooperative"),
}


def _is_escalable(case: AftersalesCase) -> bool:
    return case.due_at is not None and clock.now() < case.due_at


def _is_sent(case: AftersalesCase) -> bool:
    return case.asks_for_goods and case.return_way is not ReturnWay.INTERCEPTED


# Moves that only some cases make; the others are open to every case in the right state.
_FITS: dict[Move, Callable[[AftersalesCase], bool]] = {
    AGREE_CASE: lambda case: not case.asks_for_goods,
    AGREE_RETURN: _is_sent,
    AGREE_INTERCEPTION: lambda case: case.return_way is ReturnWay.INTERCEPTED,
    RECEIVE_GOODS: lambda case: case.kind is not CaseKind.EXCHANGE,
    RECEIVE_FOR_EXCHANGE: lambda case: case.kind is CaseKind.EXCHANGE,
    ESCALATE_CASE: _is_escalable,
}


def open_moves(case: AftersalesCase, party: By | None) -> list[Move]:
    """Return what a party may do with a case now."""
    return [
        move
        for move in AFTERSALES_MOVES
        if party in move.by
        and case.state in move.sources
        and (move not in _FITS or _FITS[move](case))
    ]


def find_move(case: AftersalesCase, party: By, name: str) -> Move:
    """Return the move of a name that a party may make now; raises AftersalesStateForbids."""
    for move in open_moves(case, party):
        if move.name == name:
            return move
    raise AftersalesStateForbids


def is_unsettled(case: AftersalesCase) -> bool:
    """Tell whether somebody may still act on a case, or the clock will."""
    return case.state in UNSETTLED or (
        case.state is AftersalesState.REFUSED and _is_escalable(case)
    )


def return_freight_by(case: AftersalesCase) -> By | None:
    """Return who pays for the way back; None where nothing comes back."""
    if not case.asks_for_goods:
        return None
    return By.COOPERATIVE if case.cause in FAULTS else By.BUYER


def check_return_class(line: OrderLine, kind: CaseKind, cause: CaseCause, quantity: int) -> None:
    """Refuse what the return class of the goods excludes, as was said before buying.

    Faults are always heard. Without one, goods go back only within the seven-day class; and money
    for pieces that were shipped goes back only with the pieces, so goods that are not wanted are
    named by pieces and never by an amount alone. Raises ReturnClassForbids, GoodsMustComeBack,
    PiecesNotNamed.
    """
    if cause in FAULTS:
        return
    if kind is CaseKind.REFUND_ONLY:
        waiting = line.quantity - line.shipped_quantity - line.released_quantity
        if cause is CaseCause.NO_REASON and (quantity > waiting or waiting == 0):
            raise GoodsMustComeBack
        if cause is CaseCause.NO_REASON and quantity == 0:
            raise PiecesNotNamed
        return
    if line.return_class != RETURNABLE:
        raise ReturnClassForbids
