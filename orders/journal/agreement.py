"""Queries for invariants that hold other records against the journal; account and kinds are our own names."""


def unlike_balance(account: str, recorded: str, *, is_credit: bool = False) -> str:
    """Return a query that has a row where an account's balance is not what its records come to.

    ``recorded``: a query of one row with ``amount``. ``is_credit``: the balance stands below zero.
    """
    sign = "-" if is_credit else ""
    return f"""
        SELECT booked.amount AS booked_fen, recorded.amount AS recorded_fen
        FROM (
            SELECT coalesce({sign}sum(amount_fen), 0) AS amount FROM journal_postings
            WHERE account_kind = '{account}'
        ) booked,
        ({recorded}) recorded
        WHERE booked.amount <> recorded.amount
    """  # noqa: S608 - our own names


def unlike_entries(due: str, *kinds: str) -> str:
    """Return a query of what is due and not booked once with its amount, or booked and not due.

    ``due``: a query of ``cause_id``, ``kind`` and ``amount``, which an entry's debits come to.
    """
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return f"""
        SELECT coalesce(due.cause_id, e.cause_id) AS cause_id, coalesce(due.kind, e.kind) AS kind
        FROM ({due}) due
        FULL JOIN (
            SELECT e.cause_id, e.kind, sum(p.amount_fen) FILTER (WHERE p.amount_fen > 0) AS amount
            FROM journal_entries e JOIN journal_postings p ON p.entry_id = e.id
            WHERE e.kind IN ({named})
            GROUP BY e.cause_id, e.kind
        ) e ON e.cause_id = due.cause_id AND e.kind = due.kind
        WHERE e.amount IS DISTINCT FROM due.amount
    """  # noqa: S608 - our own names
