"""What the sandbox provider does: open, charge, decline, close and refund, each in one step.

Every deed is idempotent by the merchant's own reference, and tells of itself by a notice.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from marketplace import clock
from orders.payments.sandbox.database import own_statement, own_transaction
from orders.payments.sandbox.notices import write_notice
from orders.payments.sandbox.switches import Switches, get_switches, read_switches

_OPEN = """
WITH opened AS (
    INSERT INTO sandbox.payments (reference, merchant, merchant_reference, merchant_number, state,
        amount, currency, charged_currency, subject, return_url, notify_url, created_at)
    VALUES (%(reference)s, %(merchant)s, %(merchant_reference)s, %(number)s, 'open', %(amount)s,
        %(currency)s, %(currency)s, %(subject)s, %(return_url)s, %(notify_url)s, %(now)s)
    ON CONFLICT (merchant, merchant_reference) DO NOTHING
    RETURNING reference, amount, currency
)
SELECT o.reference, o.amount, o.currency, o.is_new, s.switches
FROM (
    SELECT reference, amount, currency, true AS is_new FROM opened
    UNION ALL
    SELECT reference, amount, currency, false FROM sandbox.payments
    WHERE merchant = %(merchant)s AND merchant_reference = %(merchant_reference)s
) AS o
LEFT JOIN sandbox.switches s ON s.merchant_reference = %(merchant_reference)s
"""

# A refund is on its way for as long as its notice: until then a look finds it pending.
STANDING = {"open": "pending", "charged": "succeeded", "declined": "failed", "closed": "closed"}


class SandboxTimeout(Exception):
    """The work is done, and the answer is lost."""


class SandboxRefusal(Exception):
    """The provider says no; nothing moved."""


def open_payment(
    *,
    merchant: str,
    merchant_reference: UUID,
    number: str,
    amount: int,
    currency: str,
    subject: str,
    return_url: str,
    notify_url: str,
) -> str:
    """Open a payment, or find the one opened under this reference; returns the provider's own."""
    asked = {
        "reference": f"pay_{secrets.token_urlsafe(18)}",
        "merchant": merchant,
        "merchant_reference": merchant_reference,
        "number": number,
        "amount": amount,
        "currency": currency,
        "subject": subject,
        "return_url": return_url,
        "notify_url": notify_url,
        "now": clock.now(),
    }
    # Nothing comes back while the same payment is being opened beside us: then it is there.
    found = own_statement(_OPEN, asked) or own_statement(_OPEN, asked)
    if found is None:
        raise LookupError(f"the payment of {merchant_reference} is neither new nor known")
    if (found.amount, found.currency) != (amount, currency):
        raise SandboxRefusal("this reference was used for another amount")
    switches = read_switches(found.switches)
    if switches.charges_on_open and found.is_new:
        confirm_payment(found.reference)
    _time_out(switches, "open")
    return str(found.reference)


def find_payment(merchant: str, merchant_reference: UUID) -> Row[Any] | None:
    """Return a payment by the merchant's reference."""
    with own_transaction() as connection:
        switches = get_switches(connection, merchant_reference)
        payment = _lock_by_merchant(connection, merchant, merchant_reference)
    _time_out(switches, "look_up")
    return payment


def find_hosted(reference: str) -> Row[Any] | None:
    """Return a payment by its own reference, for the hosted page."""
    with own_transaction() as connection:
        return connection.execute(_BY_REFERENCE, {"reference": reference}).first()


def close_payment(merchant: str, merchant_reference: UUID) -> Row[Any] | None:
    """Close a payment unless it is decided; returns it as it stands afterwards."""
    with own_transaction() as connection:
        switches = get_switches(connection, merchant_reference)
        payment = _lock_by_merchant(connection, merchant, merchant_reference)
        if payment is not None and payment.state == "open":
            _decide(connection, payment, "closed")
            payment = _lock_by_merchant(connection, merchant, merchant_reference)
    _time_out(switches, "close")
    return payment


def confirm_payment(reference: str) -> bool:
    """The shopper confirms on the hosted page; returns whether the payment is charged."""
    with own_transaction() as connection:
        payment = connection.execute(_LOCK_BY_REFERENCE, {"reference": reference}).first()
        if payment is None:
            return False
        switches = get_switches(connection, payment.merchant_reference)
        may_charge = ("open", "closed") if switches.charges_when_closed else ("open",)
        if payment.state in may_charge:
            _charge(connection, payment, switches)
            return True
        return bool(payment.state == "charged")


def decline_payment(reference: str) -> None:
    """The shopper's bank declines."""
    with own_transaction() as connection:
        payment = connection.execute(_LOCK_BY_REFERENCE, {"reference": reference}).first()
        if payment is not None and payment.state == "open":
            _decide(connection, payment, "declined")
            switches = get_switches(connection, payment.merchant_reference)
            _tell_payment(connection, payment.reference, "payment.failed", switches)


@dataclass(frozen=True, slots=True)
class RefundMade:
    """How a refund stands with the sandbox."""

    reference: str
    standing: str
    at: datetime


def refund_payment(
    *,
    merchant: str,
    merchant_reference: UUID,
    refund_id: UUID,
    amount: int,
    currency: str,
    round_: int = 0,
) -> RefundMade:
    """Refund part of a charged payment, or find that refund; more than was charged is refused.

    Each round of a refund that failed is a refund of its own.
    """
    with own_transaction() as connection:
        switches = get_switches(connection, merchant_reference)
        payment = _lock_by_merchant(connection, merchant, merchant_reference)
        if payment is None or payment.state != "charged":
            raise SandboxRefusal("nothing was charged")
        refund = _find_refund(connection, payment, refund_id, round_)
        if refund is None:
            if currency != payment.charged_currency:
                raise SandboxRefusal("the payment was charged in another currency")
            if amount > payment.charged - payment.refunded:
                raise SandboxRefusal("more than is left of the payment")
            _write_refund(connection, payment, refund_id, amount, switches=switches, round_=round_)
            refund = _find_refund(connection, payment, refund_id, round_)
        assert refund is not None  # noqa: S101 - written or found one statement ago
        if refund.amount != amount:
            raise SandboxRefusal("this refund was asked for with another amount")
    _time_out(switches, "refund")
    now = clock.now()
    if refund.returned_at is not None and refund.returned_at <= now:
        return RefundMade(refund.reference, "failed", refund.returned_at)
    standing = refund.decision if refund.decided_at <= now else "pending"
    return RefundMade(refund.reference, standing, refund.decided_at)


def _write_refund(
    connection: Connection,
    payment: Row[Any],
    refund_id: UUID,
    amount: int,
    *,
    switches: Switches,
    round_: int,
) -> None:
    is_refused = switches.refuses_refunds or (switches.refuses_refunds_at_first and round_ == 0)
    decided_at = clock.now() + timedelta(milliseconds=switches.delay_ms)
    back_after = switches.returns_refunds_after_ms if round_ == 0 and not is_refused else None
    back_in = None if back_after is None else timedelta(milliseconds=back_after)
    made = {
        "reference": f"ref_{secrets.token_urlsafe(18)}",
        "payment": payment.reference,
        "refund_id": refund_id,
        "round": round_,
        "amount": amount,
        "decision": "failed" if is_refused else "succeeded",
        "decided_at": decided_at,
        "returned_at": None if back_in is None else decided_at + back_in,
    }
    connection.execute(
        text(
            "INSERT INTO sandbox.refunds (reference, payment_reference, merchant_reference, round, "
            "    amount, decision, decided_at, returned_at) "
            "VALUES (:reference, :payment, :refund_id, :round, :amount, :decision, :decided_at, "
            "    :returned_at)"
        ),
        made,
    )
    if not is_refused and back_in is None:
        connection.execute(
            text(
                "UPDATE sandbox.payments SET refunded = refunded + :amount "
                "WHERE reference = :reference"
            ),
            {"amount": amount, "reference": payment.reference},
        )
    _tell_refund(connection, payment, made, switches)


def _tell_refund(
    connection: Connection, payment: Row[Any], made: dict[str, Any], switches: Switches
) -> None:
    """Tell how a refund ended, and where it is to come back, that it did."""
    data = {
        "merchant_reference": str(made["refund_id"]),
        "payment_merchant_reference": str(payment.merchant_reference),
        "reference": made["reference"],
        "standing": made["decision"],
        "amount": made["amount"],
        "currency": payment.charged_currency,
        "occurred_at": made["decided_at"].isoformat(),
    }
    kind = f"refund.{made['decision']}"
    write_notice(connection, payment, kind=kind, data=data, switches=switches)
    if made["returned_at"] is not None:
        data |= {"standing": "failed", "occurred_at": made["returned_at"].isoformat()}
        after = made["returned_at"] - made["decided_at"]
        write_notice(
            connection, payment, kind="refund.failed", data=data, switches=switches, after=after
        )


def _charge(connection: Connection, payment: Row[Any], switches: Switches) -> None:
    amount = switches.charges_amount or payment.amount
    if amount < 0:
        amount = max(payment.amount // -amount, 1)
    currency = switches.charges_currency or payment.currency
    connection.execute(
        text(
            "UPDATE sandbox.payments SET state = 'charged', charged = :amount, "
            "charged_currency = :currency, decided_at = :now WHERE reference = :reference"
        ),
        {
            "amount": amount,
            "currency": currency,
            "now": clock.now(),
            "reference": payment.reference,
        },
    )
    _tell_payment(connection, payment.reference, "payment.succeeded", switches)
    if switches.is_disordered:
        stale = {"standing": "pending"}
        _tell_payment(connection, payment.reference, "payment.pending", switches, stale)


def _decide(connection: Connection, payment: Row[Any], state: str) -> None:
    connection.execute(
        text(
            "UPDATE sandbox.payments SET state = :state, decided_at = :now "
            "WHERE reference = :reference"
        ),
        {"state": state, "now": clock.now(), "reference": payment.reference},
    )


def _tell_payment(
    connection: Connection,
    reference: str,
    kind: str,
    switches: Switches,
    instead: dict[str, str] | None = None,
) -> None:
    payment = connection.execute(_BY_REFERENCE, {"reference": reference}).one()
    data = {
        "merchant_reference": str(payment.merchant_reference),
        "reference": payment.reference,
        "standing": STANDING[payment.state],
        "amount": payment.charged or payment.amount,
        "currency": payment.charged_currency,
        "occurred_at": (payment.decided_at or payment.created_at).isoformat(),
    }
    after = timedelta(milliseconds=200) if instead else timedelta(0)
    data |= instead or {}
    write_notice(connection, payment, kind=kind, data=data, switches=switches, after=after)


def _time_out(switches: Switches, call: str) -> None:
    if call in switches.times_out_on:
        raise SandboxTimeout(call)


_BY_REFERENCE = text("SELECT * FROM sandbox.payments WHERE reference = :reference")
_LOCK_BY_REFERENCE = text("SELECT * FROM sandbox.payments WHERE reference = :reference FOR UPDATE")


def _lock_by_merchant(
    connection: Connection, merchant: str, merchant_reference: UUID
) -> Row[Any] | None:
    return connection.execute(
        text(
            "SELECT * FROM sandbox.payments WHERE merchant = :merchant "
            "AND merchant_reference = :reference FOR UPDATE"
        ),
        {"merchant": merchant, "reference": merchant_reference},
    ).first()


def _find_refund(
    connection: Connection, payment: Row[Any], refund_id: UUID, round_: int
) -> Row[Any] | None:
    return connection.execute(
        text(
            "SELECT * FROM sandbox.refunds WHERE payment_reference = :payment "
            "AND merchant_reference = :refund_id AND round = :round"
        ),
        {"payment": payment.reference, "refund_id": refund_id, "round": round_},
    ).first()
