"""The end of a case: its money has reached the buyer, or came back after all.

Apart from the service, which asks payments for the refund: payments calls this when it is paid.
"""

import uuid

from marketplace import clock
from marketplace.identity.actor import SYSTEM
from orders.aftersales import queries
from orders.aftersales.errors import AftersalesStateForbids
from orders.aftersales.moving import move_case
from orders.trades.states import FINISH_CASE, REOPEN_CASE, By


def finish_case(case_id: uuid.UUID) -> bool:
    """Close a case whose money has reached the buyer; safe to call again."""
    case = queries.find_case(case_id)
    if case is None:
        return False
    try:
        move_case(SYSTEM, case, FINISH_CASE, By.PROVIDER, done_at=clock.now())
    except AftersalesStateForbids:
        return False
    return True


def reopen_case(case_id: uuid.UUID) -> None:
    """Have a case wait for its money again: what had gone out came back."""
    case = queries.find_case(case_id)
    if case is not None and case.state in REOPEN_CASE.sources:
        move_case(SYSTEM, case, REOPEN_CASE, By.PROVIDER, done_at=None)
