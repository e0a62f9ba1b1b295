"""Selects on return addresses."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from marketplace.database import db
from partners.return_addresses.models import ReturnAddress


def find_sealed(cooperative_id: UUID) -> bytes | None:
    """Return a cooperative's sealed address for returned goods."""
    return db.session.scalar(
        select(ReturnAddress.sealed).where(ReturnAddress.cooperative_id == cooperative_id)
    )


def list_known(cooperative_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some cooperatives have an address on file."""
    statement = select(ReturnAddress.cooperative_id)
    return set(
        db.session.scalars(statement.where(ReturnAddress.cooperative_id.in_(cooperative_ids)))
    )
