"""The API of payout accounts."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.payout_accounts import queries, service
from orders.payout_accounts.models import PayoutAccount
from orders.payout_accounts.schemas import PayoutAccountSchema, SetPayoutAccountSchema
from partners.cooperatives.queries import get_cooperative

blp = ApiBlueprint(
    "payout_accounts",
    __name__,
    url_prefix="/api/v1/settlements/payout-accounts",
    description="收款账户 Payout accounts",
)


@blp.route("/<uuid:cooperative_id>", methods=["GET"])
@requires(Permission.SETTLEMENT_READ)
@blp.response(200, PayoutAccountSchema)
def get_payout_account(cooperative_id: uuid.UUID) -> PayoutAccount:
    """Show where a cooperative is paid, masked."""
    get_cooperative(cooperative_id, queries.cooperatives_visible_to(current_actor()))
    return queries.get_in_use(cooperative_id)


@blp.route("/<uuid:cooperative_id>", methods=["PUT"])
@requires(Permission.PAYOUT_ACCOUNT_WRITE)
@blp.arguments(SetPayoutAccountSchema)
@blp.response(200, PayoutAccountSchema)
def set_payout_account(command: dict[str, Any], cooperative_id: uuid.UUID) -> PayoutAccount:
    """Say where a cooperative is paid from now on; needs a fresh second factor."""
    with transaction():
        return service.set_payout_account(current_actor(), cooperative_id, **command)
