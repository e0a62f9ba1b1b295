"""The API of the platform's decisions."""

import uuid
from typing import Any

from marshmallow import fields

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.fields import FenField, TextField
from marketplace.http import ApiBlueprint, ListQuerySchema, Schema, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.aftersales import queries
from orders.aftersales.models import AftersalesCase
from orders.aftersales.schemas import CasePageSchema
from orders.arbitration import service
from orders.arbitration.service import Outcome
from orders.orderbook.schemas import AftersalesCaseSchema
from orders.orderbook.showing import ShownCase, show_cases
from orders.trades.states import AftersalesState, By

blp = ApiBlueprint(
    "arbitration", __name__, url_prefix="/api/v1", description="平台裁定 Arbitration"
)


class DecisionSchema(Schema):
    """What the platform decides, and why; ``amount_fen`` refunds less than is asked for."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    decision = TextField(minimum=2, maximum=1000, required=True, multiline=True)
    amount_fen = FenField(load_default=None, allow_none=True, minimum=1)


class ArbitrationListQuerySchema(ListQuerySchema):
    """Those that wait, or all that ever came."""

    is_waiting = fields.Boolean(load_default=True)


@blp.route("/arbitrations", methods=["GET"])
@requires(Permission.AFTER_SALES_ARBITRATE)
@blp.arguments(ArbitrationListQuerySchema, location="query")
@blp.response(200, CasePageSchema)
def list_arbitrations(query: dict[str, Any]) -> Page[ShownCase]:
    """List the cases brought before the platform, the longest waiting first."""
    actor = current_actor()
    found = queries.arbitrated_cases(actor)
    if query["is_waiting"]:
        found = found.where(AftersalesCase.state == AftersalesState.IN_ARBITRATION)
    page = paginate(found, [(AftersalesCase.id, "asc")], query["limit"], query["after"])
    return Page(show_cases(actor, page.items, By.PLATFORM), page.next)


@blp.route("/arbitrations/<uuid:escalated_case_id>", methods=["POST"])
@requires(Permission.AFTER_SALES_DECIDE)
@blp.arguments(DecisionSchema)
@blp.response(200, AftersalesCaseSchema)
def decide_case(command: dict[str, Any], escalated_case_id: uuid.UUID) -> ShownCase:
    """Decide a case: the money goes back, the goods go back first, or the refusal stands."""
    actor = current_actor()
    with transaction():
        case = service.decide_case(actor, escalated_case_id, **command)
        return show_cases(actor, [case], By.PLATFORM)[0]
