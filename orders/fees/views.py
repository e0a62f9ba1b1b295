"""The API of the fee schedule: public to read, the platform's to set."""

from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, ListQuerySchema, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.fees import queries, service
from orders.fees.models import FeeRate
from orders.fees.schemas import FeeRatePageSchema, FeeRateSchema, SetFeeRateSchema

blp = ApiBlueprint(
    "fees", __name__, url_prefix="/api/v1/settlements/fee-rates", description="平台服务费 Fees"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, FeeRatePageSchema)
def list_fee_rates(query: dict[str, Any]) -> Page[FeeRate]:
    """List the fee rates, those of the latest days first; where none applies, the fee is zero."""
    return paginate(queries.select_fee_rates(), queries.LIST_ORDER, **query)


@blp.route("", methods=["POST"])
@requires(Permission.FEE_WRITE)
@idempotent
@blp.arguments(SetFeeRateSchema)
@blp.response(201, FeeRateSchema)
def set_fee_rate(command: dict[str, Any]) -> FeeRate:
    """Set a rate from a day on; lines ordered before keep theirs."""
    with transaction():
        return service.set_fee_rate(current_actor(), **command)
