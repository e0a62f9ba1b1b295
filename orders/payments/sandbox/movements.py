"""What moved with the sandbox: its own account of the merchant's money."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import text

from orders.payments.movements import Movement, MovementKind
from orders.payments.sandbox.database import own_transaction

PAGE = 1000

_LIST = text("""
SELECT reference, kind, amount, currency, occurred_at, subject_id FROM (
    SELECT p.reference, 'payment' AS kind, p.charged AS amount, p.charged_currency AS currency,
        p.decided_at AS occurred_at, p.merchant_reference AS subject_id
    FROM sandbox.payments p WHERE p.merchant = :merchant AND p.state = 'charged'
    UNION ALL
    SELECT r.reference, 'refund', -r.amount, p.charged_currency, r.decided_at,
        r.merchant_reference
    FROM sandbox.refunds r JOIN sandbox.payments p ON p.reference = r.payment_reference
    WHERE p.merchant = :merchant AND r.decision = 'succeeded'
    UNION ALL
    SELECT r.reference || '/returned', 'refund_failure', r.amount, p.charged_currency,
        r.returned_at, r.merchant_reference
    FROM sandbox.refunds r JOIN sandbox.payments p ON p.reference = r.payment_reference
    WHERE p.merchant = :merchant AND r.returned_at IS NOT NULL
) AS moved
WHERE occurred_at >= :since AND occurred_at < :until AND reference > :after
ORDER BY reference LIMIT :page
""")


def list_movements(merchant: str, since: datetime, until: datetime) -> Iterator[Movement]:
    """Read every movement of a merchant's money in [since, until), page by page."""
    after = ""
    while True:
        values = {
            "merchant": merchant, "since": since, "until": until, "after": after, "page": PAGE,
        }  # fmt: skip
        with own_transaction() as connection:
            found = connection.execute(_LIST, values).all()
        for row in found:
            yield Movement(
                reference=row.reference,
                kind=MovementKind(row.kind),
                amount=row.amount,
                fee=0,
                currency=row.currency,
                occurred_at=row.occurred_at,
                source_reference=row.reference,
                subject_id=row.subject_id,
            )
        if len(found) < PAGE:
            return
        after = found[-1].reference
