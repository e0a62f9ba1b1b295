"""Addresses in a book."""

import uuid
from typing import Any

from marketplace.identity.actor import Actor
from orders.addresses.models import Address
from orders.addresses.service import Details, add_address

DONGYANG = "330783"


def make_address(
    actor: Actor,
    *,
    region_code: str = DONGYANG,
    buying_unit_id: uuid.UUID | None = None,
    is_default: bool = False,
    **details: Any,
) -> Address:
    """Write an address of plainly no person into a book of the actor's."""
    facts = {"name": "示例收货人", "phone": "13800000000", "address": "示例路 1 号"} | details
    return add_address(
        actor,
        Details(**facts),
        region_code=region_code,
        buying_unit_id=buying_unit_id,
        is_default=is_default,
    )
