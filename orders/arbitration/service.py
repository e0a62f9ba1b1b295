"""Decide a case for the platform: refund, return and refund, or dismiss. The order is locked."""

import uuid
from enum import StrEnum

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.aftersales import queries
from orders.aftersales.addresses import find_return_address
from orders.aftersales.booking import book_refund
from orders.aftersales.emptying import end_if_emptied
from orders.aftersales.errors import AmountNotDecided, ReturnAddressMissing
from orders.aftersales.models import AftersalesCase, CaseKind, ReturnWay
from orders.aftersales.moving import claim, give_claim_back, move_case
from orders.aftersales.opening import line_of
from orders.aftersales.rules import find_move
from orders.arbitration.errors import NothingToReturn, OwnCase
from orders.trades.models import Order
from orders.trades.states import DISMISS_CASE, UPHOLD_REFUND, UPHOLD_RETURN, By


class Outcome(StrEnum):
    """What the platform may decide."""

    REFUND = "refund"
    RETURN = "return"
    DISMISS = "dismiss"


def decide_case(
    actor: Actor,
    case_id: uuid.UUID,
    *,
    outcome: Outcome,
    decision: str,
    amount_fen: int | None = None,
) -> AftersalesCase:
    """Decide a case before the platform; both sides read ``decision`` and neither can change it.

    ``amount_fen`` refunds less than was asked for. A return sends the goods back first. Raises
    AftersalesCaseNotFound, AftersalesStateForbids, OwnCase, AmountNotDecided, NothingToReturn,
    ReturnAddressMissing.
    """
    found = queries.get_arbitrated_case(actor, case_id)
    if found.account_id == actor.id:
        raise OwnCase
    case, order = queries.lock_case(case_id, queries.is_before_platform())
    find_move(case, By.PLATFORM, outcome)
    if amount_fen is not None:
        _lower(order, case, amount_fen)
    case.decision = decision
    case.decided_at = clock.now()
    case.decided_by = actor.account_id
    db.session.flush()
    if outcome is Outcome.REFUND:
        _refund(actor, case, order, decision)
    elif outcome is Outcome.RETURN:
        _send_back(actor, case, order, decision)
    else:
        move_case(actor, case, DISMISS_CASE, By.PLATFORM, note=decision)
        give_claim_back(order, case)
        end_if_emptied(actor, order)
    return case


def _lower(order: Order, case: AftersalesCase, amount_fen: int) -> None:
    if amount_fen > case.goods_fen:
        raise AmountNotDecided
    claim(order, case.order_line_id, 0, amount_fen - case.goods_fen)
    case.goods_fen = amount_fen
    db.session.flush()


def _refund(actor: Actor, case: AftersalesCase, order: Order, decision: str) -> None:
    if case.kind is CaseKind.EXCHANGE:
        # The money goes back, so no replacement is sent.
        case.kind = CaseKind.RETURN
        db.session.flush()
    book_refund(actor, case, order, UPHOLD_REFUND, By.PLATFORM, note=decision)


def _send_back(actor: Actor, case: AftersalesCase, order: Order, decision: str) -> None:
    line = line_of(order, case.order_line_id)
    if case.quantity == 0 or case.quantity > line.shipped_quantity:
        raise NothingToReturn
    consignee = find_return_address(case.cooperative_id)
    if consignee is None:
        raise ReturnAddressMissing
    case.kind, case.return_way = CaseKind.RETURN, ReturnWay.SENT
    db.session.flush()
    move_case(actor, case, UPHOLD_RETURN, By.PLATFORM, note=decision, return_to=consignee.seal())
