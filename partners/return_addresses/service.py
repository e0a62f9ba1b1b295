"""Say where goods go back to; whoever calls has checked that the cooperative is the actor's."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor
from partners.return_addresses import queries
from partners.return_addresses.models import ReturnAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignee:
    """Who takes returned goods in, and where."""

    name: str
    phone: str
    address: str

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        return secrets.seal(orjson.dumps(asdict(self)).decode())

    @classmethod
    def unseal(cls, sealed: bytes) -> "Consignee":
        """Read what ``seal`` made."""
        return cls(**orjson.loads(secrets.unseal(sealed)))


def find_return_address(cooperative_id: UUID) -> Consignee | None:
    """Return where a cooperative has goods sent back to."""
    sealed = queries.find_sealed(cooperative_id)
    return None if sealed is None else Consignee.unseal(sealed)


def keep_return_address(actor: Actor, cooperative_id: UUID, consignee: Consignee) -> None:
    """Say where goods are sent back to from now on; open cases keep the address they were told."""
    values = {"sealed": consignee.seal(), "changed_at": clock.now()}
    db.session.execute(
        insert(ReturnAddress)
        .values(cooperative_id=cooperative_id, **values)
        .on_conflict_do_update(index_elements=[ReturnAddress.cooperative_id], set_=values)
    )
    audit.record("return_address.changed", "cooperative", cooperative_id, actor=actor)


def list_without(cooperative_ids: Collection[UUID]) -> list[UUID]:
    """Return which of some cooperatives have not said where goods go back to."""
    known = queries.list_known(cooperative_ids)
    return sorted(set(cooperative_ids) - known)
