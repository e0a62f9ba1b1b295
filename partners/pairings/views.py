"""The API of pairings: anyone reads, the platform adds and ends."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, check_if_match, etag_of, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.pairings import queries, service
from partners.pairings.models import Pairing
from partners.pairings.schemas import (
    AddPairingSchema,
    EndPairingSchema,
    PairingPageSchema,
    PairingQuerySchema,
    PairingSchema,
)

blp = ApiBlueprint(
    "pairings", __name__, url_prefix="/api/v1/pairings", description="结对关系 Paired regions"
)


@blp.route("", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.arguments(PairingQuerySchema, location="query")
@blp.response(200, PairingPageSchema)
def list_pairings(query: dict[str, Any]) -> Page[Pairing]:
    """List pairings: in force on a day, of an eastern or western region, of a relation."""
    limit, after = query.pop("limit"), query.pop("after")
    statement = queries.select_pairings(**query)
    return paginate(statement, queries.LIST_ORDER, limit, after)


@blp.route("", methods=["POST"])
@requires(Permission.PAIRING_WRITE)
@idempotent
@blp.arguments(AddPairingSchema)
@blp.response(201, PairingSchema)
def add_pairing(command: dict[str, Any]) -> Pairing:
    """Add a dated pairing; one that overlaps an existing one of the same relation is refused."""
    with transaction():
        return service.add_pairing(current_actor(), **command)


@blp.route("/<uuid:pairing_id>", methods=["GET"])
@requires(Permission.PUBLIC)
@blp.response(200, PairingSchema)
def get_pairing(pairing_id: UUID) -> tuple[Pairing, int, dict[str, str]]:
    """Show a pairing, in force or past."""
    pairing = queries.get_pairing(pairing_id)
    return pairing, 200, {"ETag": etag_of(pairing.version)}


@blp.route("/<uuid:pairing_id>/end", methods=["POST"])
@requires(Permission.PAIRING_WRITE)
@blp.arguments(EndPairingSchema)
@blp.response(200, PairingSchema)
def end_pairing(command: dict[str, Any], pairing_id: UUID) -> Pairing:
    """Set a pairing's last day; say by If-Match which version was read."""
    with transaction():
        pairing = queries.lock_pairing(pairing_id)
        check_if_match(pairing.version)
        return service.end_pairing(current_actor(), pairing, **command)
