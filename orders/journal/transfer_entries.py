"""What paying a statement inside a payment provider means in double entry."""

import uuid

from orders.journal.entries import Entry, Side, provider_owner
from orders.journal.models import AccountKind, EntryKind


def statement_transferred(
    payout_id: uuid.UUID, cooperative_id: uuid.UUID, provider: str, amount_fen: int
) -> Entry:
    """A statement was paid inside the provider: out of what it holds for us."""
    return Entry(
        EntryKind.STATEMENT_TRANSFERRED,
        payout_id,
        (
            Side(AccountKind.COOPERATIVE_PAYABLE, amount_fen, cooperative_id),
            Side(AccountKind.PROVIDER_CLEARING, -amount_fen, provider_owner(provider)),
        ),
    )


def transfer_reversed(
    payout_id: uuid.UUID, cooperative_id: uuid.UUID, provider: str, amount_fen: int
) -> Entry:
    """A transfer was taken back: the provider holds the money for us again, and it is owed again."""
    return Entry(
        EntryKind.TRANSFER_REVERSED,
        payout_id,
        (
            Side(AccountKind.PROVIDER_CLEARING, amount_fen, provider_owner(provider)),
            Side(AccountKind.COOPERATIVE_PAYABLE, -amount_fen, cooperative_id),
        ),
    )
