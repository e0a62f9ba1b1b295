"""The credit ledger as days see it: what its digests cover, and the sums of a folded day."""

from datetime import date

from sqlalchemy import text

from marketplace.database import db
from marketplace.days.ledgers import Ledger, register_ledger

_MAKE_SUMS = text("""
INSERT INTO credit_daily_sums (id, booked_on, scheme, region_code, pairing_id, rolls_up_to,
    buying_unit_id, kind, stage, counting_year, corrects_year, amount_fen, line_count)
SELECT gen_random_uuid(), c.booked_on, c.scheme, c.region_code, c.pairing_id, d.rolls_up_to,
    CASE WHEN c.scheme = 'reserved_share' THEN d.buying_unit_id END AS unit_id, c.kind, c.stage,
    c.counting_year, c.corrects_year, sum(c.amount_fen), count(*)
FROM credits c
JOIN decisions d ON d.cooperative_id = c.cooperative_id AND d.id = c.decision_id
WHERE c.booked_on BETWEEN :first AND :last
GROUP BY c.booked_on, c.scheme, c.region_code, c.pairing_id, d.rolls_up_to, unit_id, c.kind,
    c.stage, c.counting_year, c.corrects_year
""")


def make_sums(first: date, last: date) -> None:
    """Sum the credits of days that have just been closed by all that reports group by."""
    db.session.execute(_MAKE_SUMS, {"first": first, "last": last})


CREDITS = register_ledger(
    Ledger(
        name="credits",
        table="credits",
        contents=(
            "id",
            "cooperative_id",
            "decision_id",
            "scheme",
            "region_code",
            "pairing_id",
            "kind",
            "stage",
            "amount_fen",
            "counting_year",
            "corrects_year",
            "cause_kind",
            "cause_id",
            "booked_on",
            "extract(epoch from booked_at)",
        ),
        make_sums=make_sums,
    )
)
