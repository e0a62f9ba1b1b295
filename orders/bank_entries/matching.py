"""Which trade a receipt is for, as far as a program can tell: by its code, else by payer and amount."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from orders.bank_entries.statement_files import Line
from orders.payments.bank_transfer import queries as transfers
from orders.payments.bank_transfer.references import find_codes

MAX_WAITING = 5000


@dataclass(frozen=True, slots=True)
class Guess:
    """A trade that a receipt seems to be for, and why, as it is kept beside the match."""

    trade_id: uuid.UUID
    reason: str


BY_CODE = "附言编号相符"
BY_PAYER = "付款单位与待转金额相符"


def guess(lines: Sequence[Line]) -> dict[str, Guess]:
    """Return a guess for each receipt, by serial, where exactly one trade fits.

    A remark with the codes of two trades fits neither; a payer's name and amount fit a trade only
    if no other of that unit waits for the same amount.
    """
    codes = {line.serial: find_codes(line.other_side.remark) for line in lines}
    known = transfers.list_trades_by_code({code for each in codes.values() for code in each})
    waiting = transfers.list_waiting(MAX_WAITING)
    found: dict[str, Guess] = {}
    for line in lines:
        named = {known[code] for code in codes[line.serial] if code in known}
        fitting = [
            each.trade_id
            for each in waiting
            if each.buyer == line.other_side.name and each.missing_fen == line.amount_fen
        ]
        if len(named) == 1:
            found[line.serial] = Guess(named.pop(), BY_CODE)
        elif not named and len(fitting) == 1:
            found[line.serial] = Guess(fitting[0], BY_PAYER)
    return found
