"""What an office decides about sales that it answers for: hold, let go, refuse, choose, move."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from marketplace import audit
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from marketplace.language import Text
from partners.buying_units.queries import counts_as_budget_unit, find_active_unit
from partners.credits import attributions, service
from partners.credits.errors import AttributionWrong, SaleIsHeld, SaleNotHeld
from partners.credits.models import Sale
from partners.credits.queries import get_manageable_sale, lock_manageable_sale
from partners.credits.rows import Attribution
from partners.regions.service import check_place


@dataclass(frozen=True, slots=True)
class _Deed:
    """One decision of an office on one sale; its id is the cause of what it moves."""

    actor: Actor
    sale: Sale
    id: UUID

    @property
    def names(self) -> dict[str, UUID]:
        return {
            "cooperative_id": self.sale.cooperative_id,
            "line_id": self.sale.id,
            "cause_id": self.id,
        }

    def record(self, action: str, note: str, **more: Any) -> None:
        after = {"note": note, "cause_id": str(self.id)} | more
        audit.record(action, "sale", self.sale.id, actor=self.actor, after=after)
        db.session.expire_all()


def _begin(actor: Actor, line_id: UUID) -> _Deed:
    return _Deed(actor, lock_manageable_sale(actor, line_id), new_id())


def hold_sale(actor: Actor, line_id: UUID, *, note: str) -> None:
    """Hold a doubtful sale; it goes on as usual, its credit waits. Raises SaleIsHeld."""
    deed = _begin(actor, line_id)
    if deed.sale.held_on is not None:
        raise SaleIsHeld
    service.hold_sale(**deed.names)
    deed.record("credit.held", note)


def release_sale(actor: Actor, line_id: UUID, *, note: str) -> None:
    """Let a held sale's credit go on. Raises SaleNotHeld."""
    deed = _begin(actor, line_id)
    if deed.sale.held_on is None:
        raise SaleNotHeld
    service.release_sale(**deed.names)
    deed.record("credit.released", note)


def refuse_sale(actor: Actor, line_id: UUID, *, note: str) -> None:
    """Let a held sale count nowhere. Raises SaleNotHeld."""
    deed = _begin(actor, line_id)
    if deed.sale.held_on is None:
        raise SaleNotHeld
    attributions.refuse_sale(**deed.names)
    service.release_sale(**deed.names)
    deed.record("credit.refused", note)


def settle_tie(actor: Actor, line_id: UUID, *, pairing_id: UUID, note: str) -> None:
    """Choose the pairing that a sale counts for. Raises NoTieToSettle, PairingNotAmongTied."""
    deed = _begin(actor, line_id)
    attributions.settle_tie(**deed.names, pairing_id=pairing_id)
    deed.record("credit.tie_settled", note, pairing_id=str(pairing_id))


def reattribute_sale(
    actor: Actor,
    line_id: UUID,
    *,
    note: str,
    attribution_code: str | None = None,
    buying_unit_id: UUID | None = None,
) -> None:
    """Let a sale count for another unit, or for a region without a unit.

    An order counts as a whole: with one of its sales, the order and its other sales move. Raises
    AttributionWrong unless exactly one of the two is named and known.
    """
    attribution, cause_id = _attribution(attribution_code, buying_unit_id), new_id()
    lock = partial(lock_manageable_sale, actor, line_id)
    sale = get_manageable_sale(actor, line_id)
    mover = _movers.get(sale.line_kind)
    # What was sold is locked before its credit, as everything does that changes both.
    deed = _Deed(actor, sale if mover is not None else lock(), cause_id)
    if mover is not None:
        mover(line_id, attribution, cause_id, lock)
    attributions.reattribute_sale(**deed.names, attribution=attribution)
    deed.record("credit.reattributed", note, attribution_code=attribution.attribution_code)


# By the kind of a sale's line: what moves the thing sold, where it is known, and all its sales. It
# calls the last argument, which locks the sale by the actor's right, when it has locked the thing.
Mover = Callable[[UUID, Attribution, UUID, Callable[[], object]], None]
_movers: dict[str, Mover] = {}


def move_with(line_kind: str, mover: Mover) -> None:
    """Let ``mover`` move what lines of a kind belong to, when the sale of one is moved."""
    _movers[line_kind] = mover


def _attribution(attribution_code: str | None, buying_unit_id: UUID | None) -> Attribution:
    if (attribution_code is None) == (buying_unit_id is None):
        wrong = Text("请选择采购单位或地区其中之一", "Name either a buying unit or a region")
        raise AttributionWrong(fields={"attribution_code": wrong})
    if attribution_code is not None:
        place = check_place(attribution_code, "attribution_code")
        return Attribution(attribution_code=place.code)
    unit = find_active_unit(buying_unit_id) if buying_unit_id else None
    if unit is None:
        wrong = Text("没有这个采购单位", "There is no such buying unit")
        raise AttributionWrong(fields={"buying_unit_id": wrong})
    return Attribution(
        attribution_code=unit.region_code,
        buying_unit_id=unit.id,
        buying_unit_name=unit.name,
        buying_unit_kind=str(unit.kind),
        buying_unit_is_budget=counts_as_budget_unit(unit),
    )
