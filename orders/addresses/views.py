"""The API of the address book."""

import uuid
from typing import Any

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import (
    ApiBlueprint,
    ListQuerySchema,
    check_if_match,
    etag_of,
    idempotent,
    requires,
)
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from orders.addresses import queries, service
from orders.addresses.models import Address
from orders.addresses.schemas import (
    AddAddressSchema,
    AddressPageSchema,
    AddressReceiptSchema,
    AddressSchema,
    ChangeAddressSchema,
)
from orders.addresses.service import Details, SeenAddress
from orders.shared_books.queries import select_rows

blp = ApiBlueprint(
    "addresses", __name__, url_prefix="/api/v1/addresses", description="收货地址 Addresses"
)


def _details(command: dict[str, Any]) -> Details:
    return Details(**{name: command.pop(name) for name in ("name", "phone", "address", "label")})


@blp.route("", methods=["GET"])
@requires(Permission.ADDRESS_WRITE)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, AddressPageSchema)
def list_addresses(query: dict[str, Any]) -> Page[SeenAddress]:
    """List the caller's own addresses and those shared by the units the caller buys for."""
    statement = select_rows(Address, current_actor())
    page = paginate(statement, [(Address.id, "desc")], **query)
    return Page(service.see(page.items), page.next)


@blp.route("", methods=["POST"])
@requires(Permission.ADDRESS_WRITE)
@idempotent
@blp.arguments(AddAddressSchema)
@blp.response(201, AddressReceiptSchema)
def add_address(command: dict[str, Any]) -> Address:
    """Write an address into the own book, or into a unit's; the first is the default."""
    details = _details(command)
    with transaction():
        return service.add_address(current_actor(), details, **command)


@blp.route("/<uuid:address_id>", methods=["GET"])
@requires(Permission.ADDRESS_WRITE)
@blp.response(200, AddressSchema)
def get_address(address_id: uuid.UUID) -> tuple[SeenAddress, int, dict[str, str]]:
    """Show one address."""
    seen = service.get_seen(current_actor(), address_id)
    return seen, 200, {"ETag": etag_of(seen.row.version)}


@blp.route("/<uuid:address_id>", methods=["PUT"])
@requires(Permission.ADDRESS_WRITE)
@blp.arguments(ChangeAddressSchema)
@blp.response(200, AddressSchema)
def change_address(command: dict[str, Any], address_id: uuid.UUID) -> SeenAddress:
    """Change an address; If-Match as read, because a unit's clerks share theirs."""
    actor, details = current_actor(), _details(command)
    with transaction():
        address = queries.lock_address(actor, address_id)
        check_if_match(address.version)
        service.change_address(actor, address, details, **command)
        return service.get_seen(actor, address_id)


@blp.route("/<uuid:address_id>", methods=["DELETE"])
@requires(Permission.ADDRESS_WRITE)
@blp.response(204)
def remove_address(address_id: uuid.UUID) -> None:
    """Delete an address; orders keep the one they were sent to."""
    with transaction():
        service.remove_address(current_actor(), address_id)


@blp.route("/<uuid:address_id>/default", methods=["POST"])
@requires(Permission.ADDRESS_WRITE)
@blp.response(200, AddressReceiptSchema)
def make_default_address(address_id: uuid.UUID) -> Address:
    """Let an address be the one that its book proposes first."""
    with transaction():
        return service.make_default(current_actor(), address_id)
