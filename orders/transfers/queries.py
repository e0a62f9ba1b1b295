"""Selects on connected accounts and on payouts by transfer; finance officers see them whole."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from marketplace.database import db
from orders.payout_accounts.models import PayoutChannel
from orders.payouts.models import Payout, PayoutBatch, PayoutState
from orders.transfers.errors import TransferAccountNotFound
from orders.transfers.models import TransferAccount
from partners.cooperatives.models import Cooperative


def list_accounts(limit: int = 200) -> Sequence[TransferAccount]:
    """Return what was named, the newest first."""
    statement = select(TransferAccount).order_by(TransferAccount.id.desc()).limit(limit)
    return db.session.scalars(statement.execution_options(populate_existing=True)).all()


def lock_account(account_id: uuid.UUID) -> TransferAccount:
    """Return a connected account, locked; raises TransferAccountNotFound."""
    found = db.session.get(
        TransferAccount, account_id, with_for_update=True, populate_existing=True
    )
    if found is None:
        raise TransferAccountNotFound
    return found


def list_unsent(limit: int) -> Sequence[uuid.UUID]:
    """Return the payouts by transfer of which nothing was heard yet, oldest first."""
    statement = (
        select(Payout.id)
        .join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
        .where(PayoutBatch.channel == PayoutChannel.TRANSFER, Payout.state == PayoutState.SENT)
        .order_by(Payout.id)
        .limit(limit)
    )
    return db.session.scalars(statement).all()


def lock_payout(payout_id: uuid.UUID) -> Payout | None:
    """Return a payout by transfer, locked; None if there is no such payout."""
    statement = (
        select(Payout)
        .join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
        .where(PayoutBatch.channel == PayoutChannel.TRANSFER, Payout.id == payout_id)
    )
    return db.session.scalar(
        statement.with_for_update(of=Payout).execution_options(populate_existing=True)
    )


def list_cooperatives(limit: int = 500) -> list[tuple[str, str]]:
    """Return the cooperatives that may be paid, by name, for a form."""
    statement = select(Cooperative.id, Cooperative.name).order_by(Cooperative.name, Cooperative.id)
    return [(str(row.id), row.name) for row in db.session.execute(statement.limit(limit))]
