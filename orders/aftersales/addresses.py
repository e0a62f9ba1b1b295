"""Where goods are sent back to: a cooperative's address, sealed, copied to each case it agrees to."""

from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert

from marketplace import audit, clock, secrets
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.aftersales import queries
from orders.aftersales.errors import AftersalesCaseNotFound
from orders.aftersales.models import ReturnAddress


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


def require_answering(actor: Actor, cooperative_id: UUID) -> None:
    """Raise a 404 unless the actor answers after-sales for a cooperative."""
    if cooperative_id not in actor.scopes(Permission.AFTER_SALES_ANSWER, ScopeKind.COOPERATIVE):
        raise AftersalesCaseNotFound


def find_return_address(cooperative_id: UUID) -> Consignee | None:
    """Return where a cooperative has goods sent back to."""
    sealed = queries.find_sealed_address(cooperative_id)
    return None if sealed is None else Consignee.unseal(sealed)


def set_return_address(actor: Actor, cooperative_id: UUID, consignee: Consignee) -> None:
    """Say where goods are sent back to from now on; open cases keep the address they were told."""
    require_answering(actor, cooperative_id)
    values = {"sealed": consignee.seal(), "changed_at": clock.now()}
    db.session.execute(
        insert(ReturnAddress)
        .values(cooperative_id=cooperative_id, **values)
        .on_conflict_do_update(index_elements=[ReturnAddress.cooperative_id], set_=values)
    )
    audit.record("return_address.changed", "cooperative", cooperative_id, actor=actor)
