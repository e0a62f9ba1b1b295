"""Selects on payout accounts; each starts from what the actor may see."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, select, true

from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.payout_accounts.errors import PayoutAccountNotSet
from orders.payout_accounts.models import PayoutAccount
from partners.cooperatives.models import Cooperative


def cooperatives_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return of which cooperatives the actor may see the account: the own ones, all for finance."""
    if actor.is_platform(Permission.SETTLEMENT_READ):
        return true()
    return Cooperative.id.in_(actor.scopes(Permission.SETTLEMENT_READ, ScopeKind.COOPERATIVE))


def cooperatives_manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return of which cooperatives the actor may change the account."""
    return Cooperative.id.in_(actor.scopes(Permission.PAYOUT_ACCOUNT_WRITE, ScopeKind.COOPERATIVE))


def find_in_use(cooperative_id: uuid.UUID) -> PayoutAccount | None:
    """Return the account that a cooperative is paid to now."""
    return db.session.scalar(
        select(PayoutAccount).where(
            PayoutAccount.cooperative_id == cooperative_id, PayoutAccount.replaced_at.is_(None)
        )
    )


def get_in_use(cooperative_id: uuid.UUID) -> PayoutAccount:
    """Return the account that a cooperative is paid to now; raises PayoutAccountNotSet."""
    account = find_in_use(cooperative_id)
    if account is None:
        raise PayoutAccountNotSet
    return account


def list_accounts(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, PayoutAccount]:
    """Return accounts by id, in use or replaced."""
    found = db.session.scalars(select(PayoutAccount).where(PayoutAccount.id.in_(account_ids)))
    return {account.id: account for account in found}
