"""What a difference is about, in words and with the page that shows it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from marketplace.statements import fetch_all
from orders.reconciliation.found import Key
from orders.reconciliation.models import Item


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing's number, where to look at it, and what else is known of it."""

    number: str
    href: str | None = None
    note: str = ""


_LOOK_UPS: dict[Item, str] = {
    Item.PAYMENT: """
        SELECT a.id, a.payment_no AS number,
            '/orders/' || (SELECT min(o.id::text) FROM orders o WHERE o.trade_id = t.id) AS href,
            concat_ws(' · ', t.trade_no, a.provider_reference) AS note
        FROM payment_attempts a
        JOIN trades t ON t.account_id = a.account_id AND t.id = a.trade_id
        WHERE a.id = ANY(%(ids)s)""",
    Item.REFUND: """
        SELECT r.id, r.refund_no AS number,
            CASE WHEN r.state = 'failed' OR r.rounds > 0
                THEN '/desk/failed-refunds/' || r.id END AS href,
            concat_ws(' · ', a.payment_no, r.provider_reference) AS note
        FROM refunds r
        JOIN payment_attempts a ON a.account_id = r.account_id AND a.id = r.attempt_id
        WHERE r.id = ANY(%(ids)s)""",
    Item.MOVEMENT: """
        SELECT id, coalesce(source_reference, reference) AS number, NULL AS href, reference AS note
        FROM provider_movements WHERE id = ANY(%(ids)s)""",
    Item.ENTRY: """
        SELECT id, kind AS number, '/desk/journal/entries/' || id AS href, cause_id::text AS note
        FROM journal_entries WHERE id = ANY(%(ids)s)""",
    Item.TRADE: """
        SELECT t.id, t.trade_no AS number,
            '/orders/' || (SELECT min(o.id::text) FROM orders o WHERE o.trade_id = t.id) AS href,
            '' AS note
        FROM trades t WHERE t.id = ANY(%(ids)s)
        UNION ALL
        SELECT id, order_no, '/orders/' || id, '' FROM orders WHERE id = ANY(%(ids)s)""",
    Item.ORDER: """
        SELECT id, order_no AS number, '/orders/' || id AS href, '' AS note
        FROM orders WHERE id = ANY(%(ids)s)""",
    Item.BANK_ENTRY: """
        SELECT id, serial AS number, '/desk/bank-entries/' || id AS href, '' AS note
        FROM bank_entries WHERE id = ANY(%(ids)s)""",
    Item.PAYOUT: """
        SELECT id, payout_no AS number, '/desk/payouts/' || batch_id AS href,
            concat_ws(' · ', cooperative_name, statement_no, bank_serial) AS note
        FROM payouts WHERE id = ANY(%(ids)s)""",
    Item.BANK_REFUND: """
        SELECT id, payment_no AS number, '/desk/bank-refunds/' || list_id AS href,
            coalesce(bank_serial, '') AS note
        FROM bank_refunds WHERE id = ANY(%(ids)s)""",
    Item.REFUND_SETTLEMENT: """
        SELECT s.id, r.refund_no AS number, '/desk/failed-refunds/' || r.id AS href,
            s.bank_serial AS note
        FROM refund_settlements s
        JOIN refunds r ON r.account_id = s.account_id AND r.id = s.refund_id
        WHERE s.id = ANY(%(ids)s)""",
    Item.UNIT: """
        SELECT id, name AS number, '/desk/receivables/' || id AS href, '' AS note
        FROM buying_units WHERE id = ANY(%(ids)s)""",
}
_LOOK_UPS[Item.FEE] = _LOOK_UPS[Item.MOVEMENT]
# A payment or refund that is not ours is known by the provider's names alone.
_MOVED = """
    SELECT DISTINCT ON (subject_id) subject_id AS id, coalesce(source_reference, reference) AS number,
        NULL AS href, reference AS note
    FROM provider_movements WHERE subject_id = ANY(%(ids)s)
    ORDER BY subject_id, occurred_at, reference"""


def list_subjects(named: Iterable[Key]) -> dict[uuid.UUID, Subject]:
    """Return what some things are, by their id; one look-up for each item."""
    wanted: dict[Item, list[uuid.UUID]] = {}
    for item, subject_id in named:
        wanted.setdefault(item, []).append(subject_id)
    found: dict[uuid.UUID, Subject] = {}
    for item, ids in wanted.items():
        if item in _LOOK_UPS:
            found |= _read(_LOOK_UPS[item], ids)
    unknown = [
        subject_id
        for item in (Item.PAYMENT, Item.REFUND)
        for subject_id in wanted.get(item, [])
        if subject_id not in found
    ]
    return found | (_read(_MOVED, unknown) if unknown else {})


def _read(sql: str, ids: list[uuid.UUID]) -> dict[uuid.UUID, Subject]:
    rows: list[Any] = fetch_all(sql, {"ids": ids})
    return {
        row.id: Subject(row.number, row.href, "" if row.note == row.number else row.note)
        for row in rows
    }
