"""The JSON API of releasing several statements."""

from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.releases.schemas import ReleaseOutcomesSchema, ReleaseStatementsSchema
from orders.releases.service import release_statements

blp = ApiBlueprint(
    "releases", __name__, url_prefix="/api/v1/settlements/releases", description="放款 Releases"
)


@blp.route("", methods=["POST"])
@requires(Permission.STATEMENT_RELEASE)
@blp.arguments(ReleaseStatementsSchema)
@blp.response(200, ReleaseOutcomesSchema)
def release_statements_together(command: dict[str, Any]) -> dict[str, Any]:
    """Release several statements with one second factor; each still takes two different officers.

    One that cannot be released does not stop the others; its row says why.
    """
    with transaction():
        return {"items": release_statements(current_actor(), command["statement_ids"])}
