"""What a person does about a refused refund: try again, or pay from the bank with two officers."""

import uuid
from datetime import date

from marketplace import audit, clock, storage
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from orders.card_disputes.errors import PaymentDisputed
from orders.card_disputes.queries import is_unrefundable
from orders.failed_refunds import queries
from orders.failed_refunds.errors import (
    BankSerialTaken,
    FailedRefundNotFound,
    NoSettlementRecorded,
    RefundNotFailed,
    SettlementConfirmedBySameOfficer,
    SettlementUnderWay,
)
from orders.failed_refunds.models import RefundSettlement, SettlementState
from orders.journal import entries
from orders.journal import service as journal
from orders.payments import refunds
from orders.payments.bank_transfer.proofs import Paper, suffix_of
from orders.payments.models import CURRENCY, Refund, RefundState
from orders.payments.queries import get_attempt, lock_refund


def _lock_failed(refund_id: uuid.UUID) -> Refund:
    refund = lock_refund(refund_id)
    if refund is None:
        raise FailedRefundNotFound
    if refund.state is not RefundState.FAILED:
        raise RefundNotFailed
    return refund


def retry_refund(actor: Actor, refund_id: uuid.UUID, *, note: str) -> Refund:
    """Have the provider asked again. Raises FailedRefundNotFound, RefundNotFailed,
    SettlementUnderWay, PaymentDisputed.
    """
    refund = _lock_failed(refund_id)
    if queries.find_recorded(refund) is not None:
        raise SettlementUnderWay
    if is_unrefundable(refund.attempt_id):
        raise PaymentDisputed
    refunds.try_again(refund)
    audit.record("refund.retried", "refund", refund.id, actor=actor,
                 after={"note": note, "round": refund.rounds})  # fmt: skip
    return refund


def storage_key(refund_id: uuid.UUID, digest: str, content_type: str) -> str:
    """Return where the evidence of a payment is kept."""
    return f"refund-evidence/{refund_id}/{digest}.{suffix_of(content_type)}"


def keep_evidence(refund_id: uuid.UUID, paper: Paper) -> None:
    """Store the evidence, before the transaction that names it: without a row it does no harm."""
    storage.store(storage_key(refund_id, paper.digest, paper.content_type), paper.data)


def record_settlement(
    actor: Actor, refund_id: uuid.UUID, *, bank_serial: str, paid_on: date, note: str, paper: Paper
) -> RefundSettlement:
    """Record that a refund was paid from the bank; it counts once another officer confirms.

    Raises FailedRefundNotFound, RefundNotFailed, SettlementUnderWay, PaymentDisputed,
    BankSerialTaken.
    """
    refund = _lock_failed(refund_id)
    if queries.find_recorded(refund) is not None:
        raise SettlementUnderWay
    if is_unrefundable(refund.attempt_id):
        raise PaymentDisputed
    settlement = RefundSettlement(
        id=new_id(),
        account_id=refund.account_id,
        refund_id=refund.id,
        state=SettlementState.RECORDED,
        bank_serial=bank_serial,
        paid_on=paid_on,
        note=note,
        digest=paper.digest,
        content_type=paper.content_type,
        recorded_by=actor.account_id,
        recorded_at=clock.now(),
    )
    with refusing_repeats(BankSerialTaken):
        db.session.add(settlement)
    _audit(actor, settlement)
    return settlement


def confirm_settlement(actor: Actor, refund_id: uuid.UUID) -> RefundSettlement:
    """Confirm what another officer recorded: the buyer has the money, and it left the bank.

    Raises FailedRefundNotFound, RefundNotFailed, NoSettlementRecorded, SettlementConfirmedBySameOfficer.
    """
    refund = _lock_failed(refund_id)
    settlement = _decide(actor, refund, SettlementState.CONFIRMED)
    provider = get_attempt(refund.attempt_id).provider
    if refund.currency == CURRENCY:
        journal.post([entries.refund_paid_otherwise(settlement.id, provider, refund.amount)])
    refunds.pay_otherwise(refund)
    return settlement


def reject_settlement(actor: Actor, refund_id: uuid.UUID) -> RefundSettlement:
    """Refuse, or take back, what was recorded. Raises FailedRefundNotFound, RefundNotFailed,
    NoSettlementRecorded.
    """
    return _decide(actor, _lock_failed(refund_id), SettlementState.REJECTED)


def _decide(actor: Actor, refund: Refund, state: SettlementState) -> RefundSettlement:
    settlement = queries.find_recorded(refund)
    if settlement is None:
        raise NoSettlementRecorded
    if state is SettlementState.CONFIRMED and settlement.recorded_by == actor.account_id:
        raise SettlementConfirmedBySameOfficer
    settlement.state = state
    settlement.decided_by = actor.account_id
    settlement.decided_at = clock.now()
    db.session.flush()
    _audit(actor, settlement)
    return settlement


def _audit(actor: Actor, settlement: RefundSettlement) -> None:
    audit.record(
        f"refund_settlement.{settlement.state}", "refund", settlement.refund_id, actor=actor,
        after={"settlement_id": str(settlement.id), "bank_serial": settlement.bank_serial,
               "paid_on": settlement.paid_on.isoformat(), "digest": settlement.digest},
    )  # fmt: skip
