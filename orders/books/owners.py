"""Whose account it is, in words: cooperatives, buying units and payment providers by their id."""

import uuid
from collections.abc import Iterable

from marketplace.language import Text
from orders.journal.chart import ACCOUNTS, OwnerKind
from orders.journal.entries import provider_owner
from orders.journal.models import AccountKind
from partners.buying_units import queries as buying_units
from partners.cooperatives import queries as cooperatives

# The providers that there are or were; one that is switched off keeps its accounts.
PROVIDERS: dict[str, Text] = {
    "sandbox": Text("沙盒支付（演示）", "Sandbox"),
    "stripe": Text("网上支付（银行卡、支付宝、微信）", "Stripe"),
    "bank_transfer": Text("对公转账", "Bank transfer"),
    "pay_later": Text("先货后款", "Pay later"),
}
_PROVIDERS = {provider_owner(name): title for name, title in PROVIDERS.items()}

Owned = tuple[AccountKind, uuid.UUID | None]


def name_owners(accounts: Iterable[Owned]) -> dict[uuid.UUID, str]:
    """Return the names of the owners of accounts; at most one query for each kind of owner."""
    wanted: dict[OwnerKind, set[uuid.UUID]] = {kind: set() for kind in OwnerKind}
    for account, owner_id in accounts:
        owner_kind = ACCOUNTS[account].owner_kind
        if owner_id is not None and owner_kind is not None:
            wanted[owner_kind].add(owner_id)
    names = {
        owner_id: str(_PROVIDERS[owner_id])
        for owner_id in wanted[OwnerKind.PROVIDER]
        if owner_id in _PROVIDERS
    }
    if wanted[OwnerKind.COOPERATIVE]:
        names |= cooperatives.find_names(wanted[OwnerKind.COOPERATIVE])
    if wanted[OwnerKind.BUYING_UNIT]:
        names |= buying_units.find_names(wanted[OwnerKind.BUYING_UNIT])
    return names
