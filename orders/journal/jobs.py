"""The journal among the ledgers whose days are folded and digested."""

from marketplace.days.ledgers import Ledger, register_ledger
from orders.journal.service import LEDGER

register_ledger(
    Ledger(
        name=LEDGER,
        table="journal_postings",
        contents=(
            "id",
            "entry_id",
            "(select e.kind || ' ' || e.cause_id from journal_entries e where e.id = entry_id)",
            "account_kind",
            "owner_id",
            "order_id",
            "amount_fen",
            "booked_on",
        ),
    )
)
