"""Writing to the journal, in the transaction of the event that is booked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from marketplace import clock
from marketplace.database import db
from marketplace.ids import new_id
from orders.journal import entries
from orders.journal.entries import Entry, OrderTotal
from orders.journal.queries import list_pending

__all__ = ["CompletedOrder", "OrderTotal", "post", "post_orders_completed", "post_trade_paid"]

LEDGER = "journal"

# Entries and all their postings in one statement: the triggers then see whole entries, and a
# repeated cause (the conflict) takes its postings away with it. The day is taken in it as well
# (``days.book_day`` says what that means), because every sale passes here.
_POST = text("""
WITH today AS MATERIALIZED (SELECT book_day(:ledger, :pretended) AS booked_on),
fresh AS (
    INSERT INTO journal_entries (id, kind, cause_id, booked_on, recorded_at)
    SELECT e.id, e.kind, e.cause_id, today.booked_on, :recorded_at
    FROM today, unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:causes AS uuid[]))
        AS e (id, kind, cause_id)
    ON CONFLICT (kind, cause_id) DO NOTHING
    RETURNING id
)
INSERT INTO journal_postings
    (id, entry_id, account_kind, owner_id, order_id, amount_fen, booked_on)
SELECT p.id, p.entry_id, p.account_kind, p.owner_id, p.order_id, p.amount_fen, today.booked_on
FROM today, unnest(
    CAST(:posting_ids AS uuid[]), CAST(:entry_ids AS uuid[]), CAST(:accounts AS text[]),
    CAST(:owners AS uuid[]), CAST(:orders AS uuid[]), CAST(:amounts AS bigint[])
) AS p (id, entry_id, account_kind, owner_id, order_id, amount_fen)
JOIN fresh ON fresh.id = p.entry_id
""")


def post(events: Sequence[Entry]) -> int:
    """Book entries today; one whose kind and cause are booked already is passed over.

    Returns the number of postings written. One round trip, however many entries.
    """
    booked = [
        (new_id(), entry, [side for side in entry.sides if side.amount_fen]) for entry in events
    ]
    booked = [(entry_id, entry, sides) for entry_id, entry, sides in booked if sides]
    if not booked:
        return 0
    lines = [(entry_id, side) for entry_id, _, sides in booked for side in sides]
    result = db.session.connection().execute(
        _POST,
        {
            "ledger": LEDGER,
            "pretended": clock.travelled_to(),
            "recorded_at": clock.now(),
            "ids": [entry_id for entry_id, _, _ in booked],
            "kinds": [str(entry.kind) for _, entry, _ in booked],
            "causes": [entry.cause_id for _, entry, _ in booked],
            "posting_ids": [new_id() for _ in lines],
            "entry_ids": [entry_id for entry_id, _ in lines],
            "accounts": [str(side.account) for _, side in lines],
            "owners": [side.owner_id for _, side in lines],
            "orders": [side.order_id for _, side in lines],
            "amounts": [side.amount_fen for _, side in lines],
        },
    )
    return result.rowcount


def post_trade_paid(
    trade_id: uuid.UUID, orders: Sequence[OrderTotal], *, captured: Entry | None = None
) -> None:
    """Book that the buyer's money now pays these orders (``amount_fen``: the order's total).

    ``captured``: the arrival of that money, where it is booked in the same breath.
    """
    post([*([captured] if captured else []), entries.trade_paid(trade_id, orders)])


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedOrder:
    """An order whose window has closed, and the platform's fee on what the cooperative keeps."""

    order_id: uuid.UUID
    cooperative_id: uuid.UUID
    fee_fen: int = 0


def post_orders_completed(orders: Sequence[CompletedOrder]) -> None:
    """Make payable what is still pending of each order (after its refunds), less its fee."""
    pending = list_pending([order.order_id for order in orders])
    post(
        [
            entries.order_completed(
                order.order_id,
                order.cooperative_id,
                pending_fen=pending.get(order.order_id, 0),
                fee_fen=order.fee_fen,
            )
            for order in orders
        ]
    )
