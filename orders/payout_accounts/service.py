"""Changing where a cooperative is paid: by its manager, with a fresh second factor."""

import uuid

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from orders.payout_accounts import queries
from orders.payout_accounts.models import PayoutAccount
from partners.cooperatives.queries import lock_cooperative


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
    account = PayoutAccount(
        cooperative_id=cooperative_id,
        bank_name=bank_name,
        holder_sealed=secrets.seal(holder),
        account_sealed=secrets.seal(account_no),
        account_index=index,
        account_tail=account_no[-4:],
        set_by=actor.account_id,
        set_at=clock.now(),
    )
    db.session.add(account)
    db.session.flush()
    audit.record(
        "payout_account.set", "cooperative", cooperative_id, actor=actor,
        before=None if before is None else {"payout_account_id": str(before.id)},
        after={"payout_account_id": str(account.id)},
    )  # fmt: skip
    return account
