"""Selects on addresses; each starts from the books that the actor may open."""

import uuid
from collections.abc import Sequence

from marketplace.identity.actor import Actor
from orders.addresses.models import Address
from orders.shared_books import queries as books


def list_addresses(actor: Actor) -> Sequence[Address]:
    """Return every address the actor may use: each book's default first, then the newest."""
    return books.list_rows(Address, actor)


def get_address(actor: Actor, address_id: uuid.UUID) -> Address:
    """Return an address the actor may use; raises AddressNotFound."""
    return books.get_row(Address, actor, address_id)


def lock_address(actor: Actor, address_id: uuid.UUID) -> Address:
    """Return an address the actor may change, its whole book held; raises AddressNotFound."""
    return books.lock_row(Address, actor, address_id)
