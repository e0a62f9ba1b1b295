"""Paying back by the bank: a list is made, released by another officer, and answered by the bank."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import insert, text, update

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.bank_entries.models import BankEntry, OtherSide
from orders.bank_entries.queries import get_entry
from orders.bank_entries.service import finish_return
from orders.bank_refunds import queries
from orders.bank_refunds.errors import (
    ListAlreadyDecided,
    ListNotReleased,
    ListReleasedByItsMaker,
    NothingToPayBack,
    PayeeNotWanted,
    PayeeSetByReleaser,
)
from orders.bank_refunds.models import BankRefund, BankRefundList, CorrectedPayee, ListState
from orders.bank_refunds.queries import Owed
from orders.journal import entries
from orders.journal import service as journal
from orders.payments import refunds
from orders.payments.bank_transfer.queries import PROVIDER
from orders.payments.models import Refund
from orders.payments.provider import RefundFacts, RefundStanding
from orders.payments.queries import lock_refund
from orders.payouts.bank_files import Answer, Instruction, read_answers
from orders.payouts.models import PayoutState
from orders.payouts.service import Taken

LIST_PREFIX, PAYMENT_PREFIX = "TL", "TH"
REJECTED = "清单未放行"


def _one_at_a_time() -> None:
    """Let no two lists be made, decided or answered at once: they are few, and they are money."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('bank_refunds'))"))


def make_list(actor: Actor) -> BankRefundList:
    """Put all that waits to go back by the bank into a list, for another officer to release.

    Each refund goes back to the accounts that its money came from, to none more than it sent.
    Raises NothingToPayBack.
    """
    _one_at_a_time()
    payments = [
        *(each for owed in queries.list_owed() for each in _parts(owed)),
        *(_payment(each.entry, each.amount_fen, None) for each in queries.list_returning()),
    ][: queries.MAX_PAYMENTS]
    if not payments:
        raise NothingToPayBack
    made = BankRefundList(
        id=new_id(),
        list_no=new_number(LIST_PREFIX),
        state=ListState.MADE,
        payments=len(payments),
        total_fen=sum(each["amount_fen"] for each in payments),
        made_by=actor.account_id,
        made_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    db.session.execute(insert(BankRefund), [{"list_id": made.id, **each} for each in payments])
    audit.record(
        "bank_refund_list.made", "bank_refund_list", made.id, actor=actor,
        after={"payments": made.payments, "total_fen": made.total_fen},
    )  # fmt: skip
    return made


def _parts(owed: Owed) -> Iterator[dict[str, Any]]:
    """Split a refund over the receipts that its attempt was paid by, the last one first."""
    left = owed.left_fen
    for source in queries.list_sources(owed.refund):
        part = min(left, source.left_fen)
        if part > 0:
            yield _payment(source.entry, part, owed.refund)
            left -= part


def correct_payee(
    actor: Actor, entry_id: uuid.UUID, *, name: str, account_no: str, bank_name: str, reason: str
) -> CorrectedPayee:
    """Give another account for a payer whose own the bank could not pay to.

    It counts from the next list on. Raises BankEntryNotFound, PayeeNotWanted.
    """
    entry = get_entry(entry_id)
    if not queries.has_failed(entry.id):
        raise PayeeNotWanted
    payee = OtherSide(name=name, account_no=account_no, bank_name=bank_name, remark="")
    corrected = CorrectedPayee(
        id=new_id(),
        bank_entry_id=entry.id,
        payee=payee.seal(),
        reason=reason,
        set_by=actor.account_id,
        set_at=clock.now(),
    )
    db.session.add(corrected)
    db.session.flush()
    audit.record("bank_refund.payee_corrected", "bank_entry", entry.id, actor=actor)
    return corrected


def _payment(entry: BankEntry, amount_fen: int, refund: Refund | None) -> dict[str, Any]:
    corrected = queries.find_corrected_payee(entry.id)
    return {
        "id": new_id(),
        "payment_no": new_number(PAYMENT_PREFIX),
        "bank_entry_id": entry.id,
        "account_id": refund.account_id if refund else None,
        "refund_id": refund.id if refund else None,
        "amount_fen": amount_fen,
        "payee": corrected.payee if corrected else entry.other_side,
        "payee_set_by": corrected.set_by if corrected else None,
        "state": PayoutState.SENT,
    }


def release_list(actor: Actor, list_id: uuid.UUID) -> BankRefundList:
    """Agree to a list that another officer made; it may then be taken to the bank.

    Raises RefundListNotFound, ListReleasedByItsMaker, ListAlreadyDecided.
    """
    return _decide(actor, list_id, ListState.RELEASED)


def reject_list(actor: Actor, list_id: uuid.UUID) -> BankRefundList:
    """Refuse, or take back, a list before it is released: all in it waits again."""
    _one_at_a_time()
    refused = _decide(actor, list_id, ListState.REJECTED)
    db.session.execute(
        update(BankRefund)
        .where(BankRefund.list_id == refused.id, BankRefund.state == PayoutState.SENT)
        .values(state=PayoutState.FAILED, failure=REJECTED, answered_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return refused


def _decide(actor: Actor, list_id: uuid.UUID, state: ListState) -> BankRefundList:
    found = queries.lock_list(list_id)
    if found.state is not ListState.MADE:
        raise ListAlreadyDecided
    if state is ListState.RELEASED and found.made_by == actor.account_id:
        raise ListReleasedByItsMaker
    if state is ListState.RELEASED and any(
        each.payee_set_by == actor.account_id for each in queries.list_payments(found)
    ):
        raise PayeeSetByReleaser
    found.state = state
    found.decided_by = actor.account_id
    found.decided_at = clock.now()
    db.session.flush()
    audit.record(f"bank_refund_list.{state}", "bank_refund_list", found.id, actor=actor)
    return found


def take_file(actor: Actor, list_id: uuid.UUID) -> tuple[BankRefundList, list[Instruction]]:
    """Return a released list to be written for the bank, in clear; who took it is audited.

    Raises RefundListNotFound, ListNotReleased.
    """
    found = queries.get_list(list_id)
    if found.state is not ListState.RELEASED:
        raise ListNotReleased
    payments = queries.list_payments(found)
    owed = queries.list_refunds([each.refund_id for each in payments if each.refund_id])
    audit.record("bank_refund_list.downloaded", "bank_refund_list", found.id, actor=actor)
    return found, [_instruction(each, owed) for each in payments]


def _instruction(payment: BankRefund, owed: dict[uuid.UUID, Refund]) -> Instruction:
    payee = payment.paid_to
    refund = owed.get(payment.refund_id) if payment.refund_id else None
    return Instruction(
        number=payment.payment_no,
        # What belongs to nothing has no refund: the payment is its own paper.
        document_no=refund.refund_no if refund else payment.payment_no,
        holder=payee.name,
        account_no=payee.account_no,
        bank_name=payee.bank_name,
        amount_fen=payment.amount_fen,
        remark=f"退款 {refund.refund_no}" if refund else f"原路退回 {payment.payment_no}",
    )


def read_results(actor: Actor, list_id: uuid.UUID, rows: Sequence[Sequence[str]]) -> Taken:
    """Take the bank's answers for a list, all of them or none; the same file again changes nothing.

    What the bank could not pay waits for the next list. Raises RefundListNotFound, ListNotReleased,
    ResultFileWrong.
    """
    _one_at_a_time()
    found = queries.lock_list(list_id)
    if found.state is not ListState.RELEASED:
        raise ListNotReleased
    payments = {each.payment_no: each for each in queries.list_payments(found)}
    answers = read_answers(rows, payments, queries.list_known_serials)
    fresh = [a for a in answers if payments[a.payout_no].state is PayoutState.SENT]
    for answer in fresh:
        _take(payments[answer.payout_no], answer)
    taken = Taken(
        paid=sum(answer.failure is None for answer in fresh),
        failed=sum(answer.failure is not None for answer in fresh),
        repeated=len(answers) - len(fresh),
    )
    audit.record(
        "bank_refund_list.answered", "bank_refund_list", found.id, actor=actor,
        after={"paid": taken.paid, "failed": taken.failed, "repeated": taken.repeated},
    )  # fmt: skip
    return taken


def _take(payment: BankRefund, answer: Answer) -> None:
    payment.answered_at = clock.now()
    payment.bank_serial = answer.bank_serial
    payment.failure = answer.failure
    payment.state = PayoutState.PAID if answer.failure is None else PayoutState.FAILED
    db.session.flush()
    if payment.state is PayoutState.FAILED:
        return
    if payment.refund_id is None:
        journal.post([entries.receipt_returned(payment.id, payment.amount_fen)])
        finish_return(payment.bank_entry_id)
        return
    journal.post([entries.bank_refund_paid(payment.id, PROVIDER, payment.amount_fen)])
    _finish(payment.refund_id)


def _finish(refund_id: uuid.UUID) -> None:
    """Settle a refund when the bank has paid all of it."""
    refund = lock_refund(refund_id)
    if refund is None or queries.paid_fen(refund) < refund.amount:
        return
    refunds.settle_refund(
        PROVIDER,
        RefundFacts(
            refund_id=refund.id,
            provider_reference=f"{PROVIDER}/{refund.id}",
            standing=RefundStanding.SUCCEEDED,
            amount=refund.amount,
            currency=refund.currency,
            occurred_at=clock.now(),
        ),
    )
