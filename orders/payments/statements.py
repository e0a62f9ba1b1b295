"""What every payment passes, written out in SQL: an attempt started, opened, and changed by news."""

import uuid
from dataclasses import asdict
from functools import cache
from typing import Any

import orjson

from marketplace import clock
from marketplace.database import detached
from marketplace.ids import new_id
from marketplace.statements import Part, count_of
from orders.payments.models import PaymentAttempt, PaymentOutcome, PaymentState
from orders.payments.provider import Event, PaymentFacts, RefundFacts

_COLUMNS = tuple(column.name for column in PaymentAttempt.__table__.columns)
_NAMES = ", ".join(_COLUMNS)

# A second click waits for the trade's lock, and then finds the attempt of the first.
CREATE = f"""
WITH undecided AS (
    SELECT {_NAMES} FROM payment_attempts
    WHERE account_id = %(account_id)s AND trade_id = %(trade_id)s AND provider = %(provider)s
      AND method = %(method)s AND state IN ('created', 'pending')
    ORDER BY id DESC LIMIT 1
), created AS (
    INSERT INTO payment_attempts (id, account_id, trade_id, payment_no, provider, method,
        payment_method, state, amount_fen, captured, refunded, created_at, polls, next_poll_at)
    SELECT %(id)s::uuid, %(account_id)s, %(trade_id)s, %(payment_no)s, %(provider)s, %(method)s,
        %(payment_method)s, 'created', %(amount_fen)s::bigint, 0, 0, %(created_at)s::timestamptz, 0,
        %(next_poll_at)s::timestamptz
    WHERE NOT EXISTS (SELECT FROM undecided)
    RETURNING {_NAMES}
), audited AS (
    INSERT INTO audit_entries (id, at, account_id, actor_kind, action, subject_kind, subject_id,
        after, address, request_id)
    SELECT a.id, a.at, a.account_id, a.actor_kind, a.action, a.subject_kind, a.subject_id,
        a.after, a.address, a.request_id
    FROM created, jsonb_populate_record(NULL::audit_entries, CAST(%(audited)s AS jsonb)) AS a
)
SELECT * FROM undecided UNION ALL SELECT * FROM created
"""  # noqa: S608 - our own columns

# News of the payment may have overtaken the provider's answer.
OPENED = f"""
UPDATE payment_attempts
SET provider_reference = coalesce(provider_reference, %(provider_reference)s),
    redirect_url = %(redirect_url)s, qr_code = %(qr_code)s,
    state = CASE state WHEN 'created' THEN 'pending' ELSE state END
WHERE id = %(attempt_id)s
RETURNING {_NAMES}
"""  # noqa: S608 - our own columns

_INBOX = """inbox AS (
    INSERT INTO payment_events (id, provider, event_id, kind, subject_id, facts, effect, received_at)
    SELECT id, provider, event_id, kind, subject_id, facts, effect, received_at
    FROM jsonb_populate_record(NULL::payment_events, CAST(%(inbox)s AS jsonb))
    ON CONFLICT DO NOTHING RETURNING id
)"""


def attempt_of(row: Any) -> PaymentAttempt:
    """Return a row as an attempt that stands by itself: the session does not follow it."""
    values: dict[str, Any] = row._asdict()
    values["state"] = PaymentState(row.state)
    values["outcome"] = None if row.outcome is None else PaymentOutcome(row.outcome)
    return detached(PaymentAttempt, values)


def changing(attempt_id: uuid.UUID, values: dict[str, Any]) -> Part:
    """Return the change of a locked attempt, to be written with what it brings about."""
    named = {f"attempt_{name}": value for name, value in values.items()}
    return Part(
        _change(tuple(values)), {"attempt_id": attempt_id, **named}, count_of("attempt_changed")
    )


@cache
def _change(columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f"{column} = %(attempt_{column})s" for column in columns)
    return (
        f"attempt_changed AS (UPDATE payment_attempts SET {assignments}"  # noqa: S608 - our own columns
        " WHERE id = %(attempt_id)s RETURNING id)"
    )


def keeping(provider: str, event: Event, effect: str) -> Part:
    """Return the inbox row of a notice; a repeat that runs beside it meets the unique key."""
    facts = event.facts
    subject_id = facts.attempt_id if isinstance(facts, PaymentFacts) else None
    if isinstance(facts, RefundFacts):
        subject_id = facts.refund_id
    row = {
        "id": new_id(),
        "provider": provider,
        "event_id": event.event_id,
        "kind": event.kind,
        "subject_id": subject_id,
        # As they came: every value that is no number in its own words.
        "facts": {} if facts is None else _as_json(asdict(facts)),
        "effect": effect,
        "received_at": clock.now(),
    }
    return Part(_INBOX, {"inbox": orjson.dumps(row).decode()}, count_of("inbox"))


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | str) or value is None else str(value)
        for name, value in values.items()
    }
