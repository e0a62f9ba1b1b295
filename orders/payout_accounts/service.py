"""Changing where a cooperative is paid: by its manager, with a fresh second factor."""

import uuid

from sqlalchemy import true

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.payout_accounts import queries
from orders.payout_accounts.models import PayoutAccount, PayoutChannel
from partners.cooperatives.queries import lock_cooperative

# What stands on statements in the place of a bank.
TRANSFER_BANK = "支付渠道账户"


def set_payout_account(
    actor: Actor, cooperative_id: uuid.UUID, *, bank_name: str, holder: str, account_no: str
) -> PayoutAccount:
    """Have a cooperative paid to another account; statements issued before keep the old one.

    Naming the account that is in use changes nothing. Raises CooperativeUnknown.
    """
    lock_cooperative(cooperative_id, queries.cooperatives_manageable_by(actor))
    before = queries.find_in_use(cooperative_id)
    index = secrets.blind_index(account_no)
    if before is not None:
        same = (before.account_index, before.bank_name, before.holder)
        if same == (index, bank_name, holder):
            return before
        before.replaced_at = clock.now()
        db.session.flush()
    account = _put_in_use(
        actor, cooperative_id, bank_name=bank_name, holder=holder, account_no=account_no
    )
    _audit(actor, account, before)
    return account


def set_transfer_account(
    actor: Actor, cooperative_id: uuid.UUID, *, reference: str
) -> PayoutAccount:
    """Have a cooperative paid inside the payment provider; two officers have agreed to it.

    Statements issued before keep the account they have. Raises CooperativeUnknown.
    """
    cooperative = lock_cooperative(cooperative_id, true())
    before = queries.find_in_use(cooperative_id)
    if before is not None:
        before.replaced_at = clock.now()
        db.session.flush()
    account = _put_in_use(
        actor, cooperative_id, bank_name=TRANSFER_BANK, holder=cooperative.name,
        account_no=reference, channel=PayoutChannel.TRANSFER,
    )  # fmt: skip
    _audit(actor, account, before)
    return account


def _put_in_use(
    actor: Actor,
    cooperative_id: uuid.UUID,
    *,
    bank_name: str,
    holder: str,
    account_no: str,
    channel: PayoutChannel = PayoutChannel.BANK,
) -> PayoutAccount:
    account = PayoutAccount(
        cooperative_id=cooperative_id,
        channel=channel,
        bank_name=bank_name,
        holder_sealed=secrets.seal(holder),
        account_sealed=secrets.seal(account_no),
        account_index=secrets.blind_index(account_no),
        account_tail=account_no[-4:],
        set_by=actor.account_id,
        set_at=clock.now(),
    )
    db.session.add(account)
    db.session.flush()
    return account


def _audit(actor: Actor, account: PayoutAccount, before: PayoutAccount | None) -> None:
    audit.record(
        "payout_account.set", "cooperative", account.cooperative_id, actor=actor,
        before=None if before is None else {"payout_account_id": str(before.id)},
        after={"payout_account_id": str(account.id)},
    )  # fmt: skip
