"""A purchase sent to an address of the book: named by its id, copied onto the order."""

from typing import Any

from marketplace.identity.actor import Actor
from orders.addresses.service import get_seen


def fill_in_address(actor: Actor, command: dict[str, Any]) -> None:
    """Replace a command's ``address_id`` by the division and the recipient that stand in the book.

    Raises AddressNotFound for an address of others. Reads nothing where no address is named.
    """
    address_id = command.pop("address_id", None)
    if address_id is None:
        return
    seen = get_seen(actor, address_id)
    command["ship_to_code"] = seen.region_code
    command["ship_to"] = {
        "name": seen.details.name,
        "phone": seen.details.phone,
        "address": seen.details.address,
    }
