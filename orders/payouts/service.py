"""Payout batches: made from what two officers released, answered by the bank."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.payout_accounts.models import PayoutChannel
from orders.payouts import queries
from orders.payouts.bank_files import Answer, read_answers
from orders.payouts.errors import NotForTheBank, NothingReleased
from orders.payouts.models import Payout, PayoutBatch, PayoutState
from orders.settlements import service as settlements


@dataclass(frozen=True, slots=True)
class Taken:
    """What a result file changed."""

    paid: int
    failed: int
    repeated: int


def _one_at_a_time() -> None:
    """Let no two batches be made or answered at once: they are few, and they are money."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('payouts'))"))


def make_batch(actor: Actor, channel: PayoutChannel = PayoutChannel.BANK) -> PayoutBatch:
    """Put the released statements that wait, and are paid that way, into a batch.

    Raises NothingReleased.
    """
    _one_at_a_time()
    statements = queries.lock_released_statements(channel)
    if not statements:
        raise NothingReleased
    batch = PayoutBatch(
        id=new_id(),
        batch_no=new_number("FP"),
        channel=channel,
        payouts=len(statements),
        total_fen=sum(statement.payable_fen for statement in statements),
        made_by=actor.account_id,
        made_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(
        Payout(
            id=new_id(),
            cooperative_id=statement.cooperative_id,
            cooperative_name=statement.cooperative_name,
            batch_id=batch.id,
            statement_id=statement.id,
            statement_no=statement.statement_no,
            payout_account_id=statement.payout_account_id,
            payout_no=new_number("FK"),
            amount_fen=statement.payable_fen,
            state=PayoutState.SENT,
        )
        for statement in statements
    )
    db.session.flush()
    audit.record(
        "payout_batch.made", "payout_batch", batch.id, actor=actor,
        after={"payouts": batch.payouts, "total_fen": batch.total_fen},
    )  # fmt: skip
    return batch


def _require_bank(batch: PayoutBatch) -> None:
    if batch.channel is not PayoutChannel.BANK:
        raise NotForTheBank


def take_file(actor: Actor, batch_id: uuid.UUID) -> PayoutBatch:
    """Return a batch to be written for the bank, in clear; who took it is in the audit trail."""
    batch = queries.get_batch(batch_id)
    _require_bank(batch)
    audit.record("payout_batch.downloaded", "payout_batch", batch.id, actor=actor)
    return batch


def read_results(actor: Actor, batch_id: uuid.UUID, rows: Sequence[Sequence[str]]) -> Taken:
    """Take the bank's answers for a batch, all of them or none; the same file again changes nothing.

    Raises PayoutBatchNotFound, ResultFileWrong.
    """
    _one_at_a_time()
    batch = queries.lock_batch(batch_id)
    _require_bank(batch)
    payouts = {payout.payout_no: payout for payout in queries.list_payouts(batch)}
    answers = read_answers(rows, payouts, queries.list_known_serials)
    fresh = [answer for answer in answers if payouts[answer.payout_no].state is PayoutState.SENT]
    for answer in fresh:
        _take(payouts[answer.payout_no], answer)
    taken = Taken(
        paid=sum(answer.failure is None for answer in fresh),
        failed=sum(answer.failure is not None for answer in fresh),
        repeated=len(answers) - len(fresh),
    )
    audit.record(
        "payout_batch.answered", "payout_batch", batch.id, actor=actor,
        after={"paid": taken.paid, "failed": taken.failed, "repeated": taken.repeated},
    )  # fmt: skip
    return taken


def _take(payout: Payout, answer: Answer) -> None:
    payout.answered_at = clock.now()
    payout.bank_serial = answer.bank_serial
    payout.failure = answer.failure
    payout.state = PayoutState.PAID if answer.failure is None else PayoutState.FAILED
    db.session.flush()
    if answer.bank_serial is not None:
        settlements.record_paid(payout.statement_id, bank_serial=answer.bank_serial)
    else:
        settlements.record_failed(payout.statement_id, failure=answer.failure or "")
