"""What money of no sale means in double entry: what the bank or a provider moved by itself."""

import uuid
from enum import StrEnum

from orders.journal.entries import Entry, Side
from orders.journal.models import AccountKind, EntryKind


class Purpose(StrEnum):
    """What money of no sale is, as officers say."""

    BANK_CHARGE = "bank_charge"
    INTEREST = "interest"
    PROVIDER_FEE = "provider_fee"
    OWN_FUNDS = "own_funds"
    OTHER = "other"


KINDS: dict[Purpose, EntryKind] = {
    Purpose.BANK_CHARGE: EntryKind.BANK_CHARGED,
    Purpose.INTEREST: EntryKind.INTEREST_BOOKED,
    Purpose.PROVIDER_FEE: EntryKind.PROVIDER_FEE_CORRECTED,
    Purpose.OWN_FUNDS: EntryKind.OWN_FUNDS_MOVED,
    Purpose.OTHER: EntryKind.OTHERWISE_MOVED,
}
# As SQL lists them.
SQL_KINDS = "(" + ", ".join(f"'{kind}'" for kind in KINDS.values()) + ")"
_ACCOUNTS = {
    Purpose.BANK_CHARGE: AccountKind.BANK_CHARGES,
    Purpose.INTEREST: AccountKind.INTEREST,
    Purpose.PROVIDER_FEE: AccountKind.PROVIDER_FEE,
    Purpose.OWN_FUNDS: AccountKind.OWN_FUNDS,
}


def directly_booked(cause_id: uuid.UUID, purpose: Purpose, moved: Side) -> Entry:
    """Money came (``moved`` above zero) or went by itself: it is what two officers said.

    ``moved`` is the side that the bank or the provider shows; a fee is kept apart by its provider.
    """
    is_gain = moved.amount_fen > 0
    other = AccountKind.OTHER_GAINS if is_gain else AccountKind.OTHER_LOSSES
    account = _ACCOUNTS.get(purpose, other)
    owner = moved.owner_id if account is AccountKind.PROVIDER_FEE else None
    return Entry(KINDS[purpose], cause_id, (moved, Side(account, -moved.amount_fen, owner)))


def bank_opened(opening_id: uuid.UUID, amount_fen: int) -> Entry:
    """Two officers said what stood on the account before its first entry: the platform's own money."""
    return Entry(
        EntryKind.BANK_OPENED,
        opening_id,
        (Side(AccountKind.BANK, amount_fen), Side(AccountKind.OWN_FUNDS, -amount_fen)),
    )
