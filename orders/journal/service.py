"""Writing to the journal, in the transaction of the event that is booked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from marketplace import clock
from marketplace.ids import new_id
from marketplace.statements import Part, count_of, write_together
from orders.journal import entries
from orders.journal.entries import Entry, OrderTotal
from orders.journal.queries import list_pending

__all__ = [
    "CompletedOrder",
    "OrderTotal",
    "post",
    "post_orders_completed",
    "post_trade_paid",
    "posting",
]

LEDGER = "journal"

# Entries and all their postings in one statement: the triggers then see whole entries, and a
# repeated cause (the conflict) takes its postings away with it. The day is taken in it as well
# (``days.book_day`` says what that means) unless the caller's transaction has taken it.
_POST = """
journal_day AS MATERIALIZED (
    SELECT coalesce(%(journal_booked_on)s::date, book_day('journal', %(journal_pretended)s))
        AS booked_on
), journal_fresh AS (
    INSERT INTO journal_entries (id, kind, cause_id, booked_on, recorded_at)
    SELECT e.id, e.kind, e.cause_id, journal_day.booked_on, e.recorded_at
    FROM journal_day,
        jsonb_populate_recordset(NULL::journal_entries, CAST(%(journal_entries)s AS jsonb)) AS e
    ON CONFLICT (kind, cause_id) DO NOTHING
    RETURNING id
), journal_posted AS (
    INSERT INTO journal_postings
        (id, entry_id, account_kind, owner_id, order_id, amount_fen, booked_on)
    SELECT p.id, p.entry_id, p.account_kind, p.owner_id, p.order_id, p.amount_fen,
        journal_day.booked_on
    FROM journal_day,
        jsonb_populate_recordset(NULL::journal_postings, CAST(%(journal_postings)s AS jsonb)) AS p
    JOIN journal_fresh ON journal_fresh.id = p.entry_id
    RETURNING id
)"""


def post(events: Sequence[Entry]) -> int:
    """Book entries today; one whose kind and cause are booked already is passed over.

    Returns the number of postings written. One round trip, however many entries.
    """
    part = posting(events)
    return 0 if part is None else int(write_together(part).journal_posted)


def posting(events: Sequence[Entry], *, booked_on: date | None = None) -> Part | None:
    """Return the booking of entries, to be sent with their cause; None if there is nothing to book.

    ``booked_on``: the day, where the caller has just taken it by ``book_day``.
    """
    at = clock.now()
    booked: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    for entry in events:
        sides = [side for side in entry.sides if side.amount_fen]
        if not sides:
            continue
        entry_id = new_id()
        booked.append(
            {"id": entry_id, "kind": entry.kind, "cause_id": entry.cause_id, "recorded_at": at}
        )
        postings += [
            {
                "id": new_id(),
                "entry_id": entry_id,
                "account_kind": side.account,
                "owner_id": side.owner_id,
                "order_id": side.order_id,
                "amount_fen": side.amount_fen,
            }
            for side in sides
        ]
    if not booked:
        return None
    values = {
        "journal_booked_on": booked_on,
        "journal_pretended": clock.travelled_to(),
        "journal_entries": orjson.dumps(booked).decode(),
        "journal_postings": orjson.dumps(postings).decode(),
    }
    return Part(_POST, values, count_of("journal_posted"))


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
