"""Connected accounts, named by one officer and confirmed by another; transfers, settled once."""

import logging
import uuid

from sqlalchemy import true

from marketplace import audit, clock
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import SYSTEM, Actor
from marketplace.ids import new_id
from orders.journal import transfer_entries
from orders.payments.models import CURRENCY
from orders.payments.provider import TransferFacts
from orders.payout_accounts.queries import list_accounts
from orders.payout_accounts.service import set_transfer_account
from orders.payouts.models import Payout, PayoutState
from orders.settlements import service as settlements
from orders.transfers import queries
from orders.transfers.errors import (
    ConfirmedByProposer,
    TransferAccountDecided,
    TransferAccountProposed,
)
from orders.transfers.models import ProposalState, TransferAccount
from partners.cooperatives.queries import get_cooperative

log = logging.getLogger(__name__)

REVERSED = "转账被撤回"


def propose_account(actor: Actor, cooperative_id: uuid.UUID, *, reference: str) -> TransferAccount:
    """Name the account that a cooperative has with the provider. Raises CooperativeUnknown,
    TransferAccountProposed.
    """
    get_cooperative(cooperative_id, true())
    account = TransferAccount(
        id=new_id(),
        cooperative_id=cooperative_id,
        reference=reference,
        state=ProposalState.PROPOSED,
        proposed_by=actor.account_id,
        proposed_at=clock.now(),
    )
    with refusing_repeats(TransferAccountProposed):
        db.session.add(account)
    _audit(actor, account)
    return account


def confirm_account(actor: Actor, account_id: uuid.UUID) -> TransferAccount:
    """Have a cooperative paid to what another officer named; statements issued before keep theirs.

    Raises TransferAccountNotFound, TransferAccountDecided, ConfirmedByProposer.
    """
    account = _decide(actor, account_id, ProposalState.CONFIRMED)
    set_transfer_account(actor, account.cooperative_id, reference=account.reference)
    return account


def reject_account(actor: Actor, account_id: uuid.UUID) -> TransferAccount:
    """Refuse, or take back, what was named. Raises TransferAccountNotFound, TransferAccountDecided."""
    return _decide(actor, account_id, ProposalState.REJECTED)


def _decide(actor: Actor, account_id: uuid.UUID, state: ProposalState) -> TransferAccount:
    account = queries.lock_account(account_id)
    if account.state is not ProposalState.PROPOSED:
        raise TransferAccountDecided
    if state is ProposalState.CONFIRMED and account.proposed_by == actor.account_id:
        raise ConfirmedByProposer
    account.state = state
    account.decided_by = actor.account_id
    account.decided_at = clock.now()
    db.session.flush()
    _audit(actor, account)
    return account


def _audit(actor: Actor, account: TransferAccount) -> None:
    audit.record(
        f"transfer_account.{account.state}", "cooperative", account.cooperative_id, actor=actor,
        after={"reference": account.reference},
    )  # fmt: skip


def settle_transfer(provider: str, facts: TransferFacts) -> str:
    """Bring a payout to where its provider says the transfer stands; repeats change nothing."""
    payout = queries.lock_payout(facts.payout_id)
    if payout is None:
        log.error("news of an unknown transfer", extra={"payout_id": str(facts.payout_id)})
        return "unknown"
    if (facts.amount, facts.currency) != (payout.amount_fen, CURRENCY):
        log.error("news of a transfer of another amount", extra={"payout_id": str(payout.id)})
        return "other_amount"
    [account] = list_accounts([payout.payout_account_id]).values()
    if facts.account != account.account_no:
        log.error("news of a transfer to another account", extra={"payout_id": str(payout.id)})
        return "other_account"
    effect = "repeated"
    if payout.state is PayoutState.SENT:
        _pay(payout, provider, facts)
        effect = "paid"
    if facts.is_reversed and payout.state is PayoutState.PAID:
        _reverse(payout, provider, facts)
        effect = "reversed"
    return effect


def _pay(payout: Payout, provider: str, facts: TransferFacts) -> None:
    payout.state = PayoutState.PAID
    payout.bank_serial = payout.transfer_reference = facts.provider_reference
    payout.answered_at = clock.now()
    db.session.flush()
    booked = transfer_entries.statement_transferred(
        payout.id, payout.cooperative_id, provider, payout.amount_fen
    )
    settlements.record_paid(
        payout.statement_id, bank_serial=facts.provider_reference, booked=booked
    )


def _reverse(payout: Payout, provider: str, facts: TransferFacts) -> None:
    """The money is back with us: it is owed again, and two officers release it anew."""
    payout.state = PayoutState.FAILED
    payout.bank_serial = None
    payout.failure = f"{REVERSED} {facts.provider_reference}"
    payout.answered_at = clock.now()
    db.session.flush()
    booked = transfer_entries.transfer_reversed(
        payout.id, payout.cooperative_id, provider, payout.amount_fen
    )
    settlements.record_taken_back(payout.statement_id, failure=payout.failure, booked=booked)


def record_refused(payout_id: uuid.UUID, why: str) -> None:
    """Write that the provider refuses a transfer: two officers release the statement again."""
    payout = queries.lock_payout(payout_id)
    if payout is None or payout.state is not PayoutState.SENT:
        return
    payout.state = PayoutState.FAILED
    payout.failure = why[:200] or "-"
    payout.answered_at = clock.now()
    db.session.flush()
    settlements.record_failed(payout.statement_id, failure=payout.failure)
    audit.record("payout.refused", "payout", payout.id, actor=SYSTEM, after={"failure": why[:200]})
