"""What a buyer is told about a transfer: where to, how much, under which code, what has arrived."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from config.settings import Settings
from marketplace.identity.actor import Actor
from orders.payments.bank_transfer import queries
from orders.payments.bank_transfer.errors import TransferNotChosen
from orders.payments.bank_transfer.models import TransferProof
from orders.payments.bank_transfer.queries import Receipt
from orders.payments.bank_transfer.references import spell
from orders.receivables.models import Receivable
from orders.receivables.queries import list_of_trade
from orders.trades.models import Trade
from orders.trades.queries import get_trade


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTransfer:
    """A transfer as its buyer sees it."""

    trade_id: uuid.UUID
    holder: str
    account_no: str
    bank_name: str
    code: str
    code_spelled: str
    total_fen: int
    received_fen: int
    payable_until: datetime
    receipts: Sequence[Receipt]
    proofs: Sequence[TransferProof]

    @property
    def missing_fen(self) -> int:
        return max(self.total_fen - self.received_fen, 0)


def show_transfer(trade: Trade, debts: Sequence[Receivable] = ()) -> ShownTransfer | None:
    """Tell how the transfer for a trade stands; None if none was announced.

    ``debts``: what is owed for it where the goods came first, to be repaid under the same code.
    """
    reference = queries.find_reference(trade)
    if reference is None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    attempt = queries.find_collecting_attempt(trade)
    receipts = [] if attempt is None else queries.list_receipts(attempt)
    paid = sum(each.amount_fen for each in receipts)
    total = trade.total_fen
    if debts:
        total = sum(each.amount_fen - each.reduced_fen for each in debts)
        paid = total - sum(each.owed_fen for each in debts)
    return ShownTransfer(
        trade_id=trade.id,
        holder=settings.bank_account_holder,
        account_no=settings.bank_account_no,
        bank_name=settings.bank_account_bank,
        code=reference.code,
        code_spelled=spell(reference.code),
        total_fen=total,
        received_fen=paid,
        payable_until=trade.expires_at,
        receipts=receipts,
        proofs=queries.list_proofs(trade),
    )


def get_transfer(actor: Actor, trade_id: uuid.UUID) -> ShownTransfer:
    """Return the transfer of a trade the actor may read; raises TradeNotFound, TransferNotChosen."""
    trade = get_trade(actor, trade_id)
    shown = show_transfer(trade, list_of_trade(trade.id))
    if shown is None:
        raise TransferNotChosen
    return shown
