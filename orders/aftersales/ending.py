"""The end of a case without its refund: what it held is free again."""

import uuid

from marketplace.identity.actor import SYSTEM
from orders.aftersales import queries
from orders.aftersales.models import AftersalesCase, CaseKind
from orders.aftersales.moving import give_claim_back, move_case
from orders.trades.models import Order
from orders.trades.queries import list_lines
from orders.trades.states import CHARGE_BACK_CASE, By
from products.stock import service as stock


def free(order: Order, case: AftersalesCase) -> None:
    """Free what a case held that ends without a refund: its claim, and a replacement in stock."""
    give_claim_back(order, case)
    if case.kind is CaseKind.EXCHANGE:
        stock.release(case.id)


def charge_back(order: Order, line_id: uuid.UUID, goods_fen: int) -> None:
    """Make room on a line of a locked order for what the payer's bank has given back.

    Open cases that ask for the same money end, the last first: the buyer has it.
    """
    for case in reversed(queries.list_unsettled(order, line_id)):
        [line] = [one for one in list_lines([order.id]) if one.id == line_id]
        if line.claimed_fen + goods_fen <= line.net_fen:
            return
        move_case(SYSTEM, case, CHARGE_BACK_CASE, By.PROVIDER)
        free(order, case)
