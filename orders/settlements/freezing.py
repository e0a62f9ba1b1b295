"""Freezing statements: lines and amounts become a hash that anybody can compute again.

Written once as SQL, for issuing and for the invariant that looks for changes.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import text

from marketplace import clock
from marketplace.database import db

LINES_DIGEST = """(
    SELECT sha256(coalesce(string_agg(sha256(convert_to(jsonb_build_array(l.id, l.kind, l.order_id,
        l.order_line_id, l.cause_id, l.booked_on, l.gross_fen, l.refunds_fen, l.fee_fen,
        l.fee_refunded_fen, l.payable_fen)::text, 'UTF8')), ''::bytea ORDER BY l.id), ''::bytea))
    FROM settlement_lines l
    WHERE l.cooperative_id = s.cooperative_id
      AND l.booked_on >= s.start_on AND l.booked_on < s.end_on
)"""

HASH = """sha256(convert_to(jsonb_build_array(s.statement_no, s.cooperative_id, s.cooperative_name,
    s.start_on, s.end_on, s.line_count, s.gross_fen, s.refunds_fen, s.fee_fen, s.fee_refunded_fen,
    s.carried_forward_fen, s.balance_fen, s.payable_fen, s.payout_account_id, s.bank_name,
    s.account_masked, encode(s.lines_digest, 'hex'))::text, 'UTF8'))"""

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
SET hash = {HASH}, state = 'issued', issued_at = :now,
    confirmed_by = NULL, confirmed_at = NULL,
    first_released_by = NULL, second_released_by = NULL, released_at = NULL, failure = NULL
WHERE s.id = ANY(CAST(:ids AS uuid[]))
""")  # noqa: S608 - expressions written in code


def freeze(statement_ids: Sequence[uuid.UUID]) -> None:
    """Issue statements that the caller has locked: payee, digest of the lines, hash of it all."""
    ids = list(statement_ids)
    db.session.execute(_WRITE_PARTICULARS, {"ids": ids})
    db.session.execute(_SEAL, {"ids": ids, "now": clock.now()})
