"""Freezing statements: lines and amounts become a hash that anybody can compute again.

Written once as SQL, for issuing and for the invariant that looks for changes.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from flask import current_app
from sqlalchemy import text

from marketplace import clock
from marketplace.database import db
from marketplace.working_days.counting import put_off

# A statement is hashed as it was when it was first made: later columns are in later layouts only.
_LINE = """l.id, l.kind, l.order_id, l.order_line_id, l.cause_id, l.booked_on, l.gross_fen,
        l.refunds_fen, l.fee_fen, l.fee_refunded_fen, l.payable_fen"""
_LINE_2 = f"{_LINE}, l.correction_fen, l.own_discount_fen, l.coupon_fen, l.coupon_back_fen"

LINES_DIGEST = f"""(
    SELECT sha256(coalesce(string_agg(sha256(convert_to(CASE s.layout
        WHEN 1 THEN jsonb_build_array({_LINE}) ELSE jsonb_build_array({_LINE_2}) END::text,
        'UTF8')), ''::bytea ORDER BY l.id), ''::bytea))
    FROM settlement_lines l
    WHERE l.cooperative_id = s.cooperative_id
      AND l.booked_on >= s.start_on AND l.booked_on < s.end_on
)"""  # noqa: S608 - expressions written in code

_PARTICULARS = """s.statement_no, s.cooperative_id, s.cooperative_name,
    s.start_on, s.end_on, s.line_count, s.gross_fen, s.refunds_fen, s.fee_fen, s.fee_refunded_fen,
    s.carried_forward_fen, s.balance_fen, s.payable_fen, s.payout_account_id, s.bank_name,
    s.account_masked, encode(s.lines_digest, 'hex')"""

HASH = f"""sha256(convert_to(CASE s.layout WHEN 1 THEN jsonb_build_array({_PARTICULARS})
    ELSE jsonb_build_array({_PARTICULARS}, s.correction_fen, s.own_discount_fen, s.coupon_fen,
        s.coupon_back_fen) END::text, 'UTF8'))"""

_WRITE_PARTICULARS = text(f"""
UPDATE statements s
SET lines_digest = coalesce(s.lines_digest, {LINES_DIGEST}),
    payout_account_id = a.id, bank_name = a.bank_name,
    account_masked = '**** ' || a.account_tail
FROM statements t
LEFT JOIN payout_accounts a ON a.cooperative_id = t.cooperative_id AND a.replaced_at IS NULL
WHERE t.id = s.id AND s.id = ANY(CAST(:ids AS uuid[]))
""")  # noqa: S608 - expressions written in code

_SEAL = text(f"""
UPDATE statements s
SET hash = {HASH}, state = 'issued', issued_at = :now, confirm_due_at = :confirm_due_at,
    confirmed_by = NULL, confirmed_at = NULL,
    first_released_by = NULL, second_released_by = NULL, released_at = NULL, failure = NULL
WHERE s.id = ANY(CAST(:ids AS uuid[]))
""")  # noqa: S608 - expressions written in code


def freeze(statement_ids: Sequence[uuid.UUID]) -> None:
    """Issue statements that the caller has locked: payee, digest of the lines, hash of it all."""
    ids = list(statement_ids)
    db.session.execute(_WRITE_PARTICULARS, {"ids": ids})
    now = clock.now()
    due = {"now": now, "confirm_due_at": confirm_due(now)}
    db.session.execute(_SEAL, {"ids": ids, **due})


def confirm_due(since: datetime) -> datetime:
    """Return until when a cooperative may confirm or dispute: the end of the last of its days."""
    days: int = current_app.config["SETTINGS"].statement_confirm_days
    last = put_off(clock.shanghai_date(since) + timedelta(days=days))
    return datetime.combine(last + timedelta(days=1), time(), clock.SHANGHAI)
