"""A sample of settlement: a disputed line put right by two officers, in the next statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.payout_accounts.service import set_payout_account
from orders.settlement_schedules.models import Rhythm
from orders.settlement_schedules.service import set_schedule
from orders.settlements import correcting, jobs, running, service
from orders.settlements.models import CorrectionPart, SettlementLine, SettlementRun, Statement
from orders.settlements.queries import within
from partners.cooperatives.models import Cooperative
from samples import people
from samples.purchases import manager_of

# The first purchase of the samples is completed by then, the second only later.
FIRST_RUN_AGO, CORRECTED_AGO = timedelta(days=8), timedelta(days=7)
SHORT_FEN = 1_200


def settle_sellers() -> None:
    """Settle what the sample purchases made payable, once: an old statement and a new one."""
    with transaction():
        if db.session.scalar(select(SettlementRun.id).limit(1)) is not None:
            return
        officers = people.finance_officers()
    with clock.travel(clock.now() - FIRST_RUN_AGO):
        with transaction():
            owed = db.session.scalars(select(SettlementLine.cooperative_id).distinct()).all()
            _give_accounts(owed)
        _run(officers[0])
    with clock.travel(clock.now() - CORRECTED_AGO):
        _dispute_and_correct(officers)
    _run(officers[0])
    with transaction():
        set_schedule(officers[0], rhythm=Rhythm.MONTHLY, valid_from=clock.today())


def _give_accounts(cooperative_ids: Sequence[UUID]) -> None:
    for cooperative_id in cooperative_ids:
        seller = db.session.get_one(Cooperative, cooperative_id)
        set_payout_account(
            manager_of(cooperative_id),
            cooperative_id,
            bank_name="示例农商银行示例支行",
            holder=seller.name,
            account_no="0000000000000002",
        )


def _run(officer: Actor) -> None:
    with transaction():
        run_id = running.start_run(officer, end_on=clock.today()).id
    jobs.settle_run.func(run_id=str(run_id))
    jobs.issue_statements.func(run_id=str(run_id))


def _dispute_and_correct(officers: tuple[Actor, Actor]) -> None:
    with transaction():
        statement = db.session.scalars(
            select(Statement).order_by(Statement.payable_fen.desc(), Statement.id).limit(1)
        ).first()
        if statement is None:
            return
        line = db.session.scalars(
            select(SettlementLine).where(within(statement)).order_by(SettlementLine.id).limit(1)
        ).one()
        seller = manager_of(statement.cooperative_id)
        service.dispute_line(
            seller, statement.id, line_id=line.id, reason="示例：冷链箱的运费少算了 12 元"
        )
        correction = correcting.propose_correction(
            officers[0],
            statement.id,
            line_id=line.id,
            part=CorrectionPart.AMOUNT,
            amount_fen=SHORT_FEN,
            reason="示例：已核对运单，补给 12 元",
        )
        correcting.confirm_correction(officers[1], correction.id)
        service.confirm_statement(seller, statement.id)
