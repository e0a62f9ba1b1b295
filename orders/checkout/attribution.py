"""For whom an order counts: the buyer's unit, else the outlet's region, else where it is sent.

The default explains itself, and the buyer may choose otherwise while ordering.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.checkout.errors import (
    AttributionUnknown,
    BuyingUnitNotChosen,
    BuyingUnitNotYours,
    DeliveryRegionUnknown,
    RegionIsWestern,
)
from orders.trades.models import AttributionSource
from orders.trades.queries import find_last_unit
from partners.buying_units.models import BuyingUnit, BuyingUnitState
from partners.buying_units.queries import counts_as_budget_unit, select_buying_units
from partners.outlets.models import Outlet
from partners.outlets.queries import select_outlets
from partners.pairings.places import is_western
from partners.regions.queries import tree
from products.storefront.reader import recall_units_with

ONLINE = "online"

# The shop window judges for the same unit that checkout proposes.
recall_units_with(find_last_unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionChoice:
    """What the buyer says about it; every field may be left open. Several are settled in order:
    a source named by the buyer first, else the default chain.
    """

    source: AttributionSource | None = None
    buying_unit_id: uuid.UUID | None = None
    region_code: str | None = None
    outlet_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whom the order counts for, and the sentence that says why."""

    source: AttributionSource
    region_code: str
    channel: str
    explanation: Text
    buying_unit_id: uuid.UUID | None = None
    buying_unit_name: str | None = None
    buying_unit_kind: str | None = None
    # From this amount on the unit wants a second person to approve; None: never.
    approval_from_fen: int | None = None
    buying_unit_is_budget: bool = False
    outlet_id: uuid.UUID | None = None

    @property
    def region_name(self) -> str:
        return tree().full_name(self.region_code)


def attribute(
    actor: Actor, choice: AttributionChoice, ship_to_code: str
) -> tuple[Attribution, Sequence[BuyingUnit]]:
    """Settle whom an order counts for; also return the units the buyer could choose.

    Raises DeliveryRegionUnknown, AttributionUnknown, RegionIsWestern, BuyingUnitNotYours,
    BuyingUnitNotChosen.
    """
    check_delivery_region(ship_to_code)
    outlet = _outlet(choice.outlet_id)
    units = list_units_bought_for(actor)
    source = choice.source or _default_source(choice, units, outlet)
    if source is AttributionSource.BUYING_UNIT:
        settled = _for_unit(actor, choice, units, outlet)
    elif source is AttributionSource.OUTLET:
        settled = _for_outlet(outlet)
    elif source is AttributionSource.CHOSEN:
        settled = _for_chosen(choice, outlet)
    else:
        settled = _for_delivery(ship_to_code, outlet)
    return settled, units


def list_units_bought_for(actor: Actor) -> Sequence[BuyingUnit]:
    """Return the active units that the actor buys for, in the order of their names."""
    ids = actor.scopes(Permission.TRADE_PLACE, ScopeKind.BUYING_UNIT)
    if not ids:
        return []
    units = select_buying_units(BuyingUnit.id.in_(ids), state=BuyingUnitState.ACTIVE)
    return db.session.scalars(units.order_by(BuyingUnit.name, BuyingUnit.id)).all()


def check_delivery_region(code: str) -> None:
    """Refuse a delivery region that is unknown or has counties of its own to choose from."""
    if code not in tree() or len(tree().descendants(code)) > 1:
        raise DeliveryRegionUnknown


def _default_source(
    choice: AttributionChoice, units: Sequence[BuyingUnit], outlet: Outlet | None
) -> AttributionSource:
    if choice.region_code is not None:
        return AttributionSource.CHOSEN
    if choice.buying_unit_id is not None or units:
        return AttributionSource.BUYING_UNIT
    return AttributionSource.OUTLET if outlet is not None else AttributionSource.DELIVERY


def _outlet(outlet_id: uuid.UUID | None) -> Outlet | None:
    if outlet_id is None:
        return None
    open_now = select_outlets(open_on=clock.today())
    outlet = db.session.scalar(open_now.where(Outlet.id == outlet_id))
    if outlet is None:
        raise AttributionUnknown("outlet_id")
    return outlet


def _channel(outlet: Outlet | None) -> str:
    return ONLINE if outlet is None else str(outlet.kind)


def find_usual_unit(actor: Actor, units: Sequence[BuyingUnit]) -> BuyingUnit | None:
    """Return the unit to buy for unless the buyer says otherwise: the only one, or the one last
    bought for; None where there are several and nothing tells them apart.
    """
    if len(units) < 2:
        return units[0] if units else None
    last = find_last_unit(actor, [unit.id for unit in units])
    return next((unit for unit in units if unit.id == last), None)


def _for_unit(
    actor: Actor, choice: AttributionChoice, units: Sequence[BuyingUnit], outlet: Outlet | None
) -> Attribution:
    if choice.buying_unit_id is None:
        if not units:
            raise BuyingUnitNotYours
        usual = find_usual_unit(actor, units)
        if usual is None:
            raise BuyingUnitNotChosen
        unit = usual
    else:
        found = [unit for unit in units if unit.id == choice.buying_unit_id]
        if not found:
            raise BuyingUnitNotYours
        unit = found[0]
    return Attribution(
        source=AttributionSource.BUYING_UNIT,
        region_code=unit.region_code,
        channel=_channel(outlet),
        outlet_id=outlet.id if outlet else None,
        buying_unit_id=unit.id,
        buying_unit_name=unit.name,
        buying_unit_kind=str(unit.kind),
        approval_from_fen=unit.approval_from_fen,
        buying_unit_is_budget=counts_as_budget_unit(unit),
        explanation=Text(
            "为“{unit}”采购，归属{region}", "Bought for “{unit}”; counts for {region}"
        ).format(unit=unit.name, region=_name(unit.region_code)),
    )


def _for_outlet(outlet: Outlet | None) -> Attribution:
    if outlet is None:
        raise AttributionUnknown("outlet_id")
    return Attribution(
        source=AttributionSource.OUTLET,
        region_code=outlet.region_code,
        channel=_channel(outlet),
        outlet_id=outlet.id,
        explanation=Text(
            "由“{outlet}”销售，归属{region}", "Sold at “{outlet}”; counts for {region}"
        ).format(outlet=outlet.name, region=_name(outlet.region_code)),
    )


def _for_chosen(choice: AttributionChoice, outlet: Outlet | None) -> Attribution:
    code = choice.region_code
    region = tree().find(code) if code is not None else None
    # A sale counts for a county or a city; a province's figure is the sum of those inside it.
    if code is None or region is None or region.is_grouping or region.parent_code is None:
        raise AttributionUnknown("region_code")
    if is_western(code, clock.today()):
        raise RegionIsWestern(_name(code))
    return Attribution(
        source=AttributionSource.CHOSEN,
        region_code=code,
        channel=_channel(outlet),
        outlet_id=outlet.id if outlet else None,
        explanation=Text("按您的选择，归属{region}", "Counts for {region}, as you chose").format(
            region=_name(code)
        ),
    )


def _for_delivery(ship_to_code: str, outlet: Outlet | None) -> Attribution:
    return Attribution(
        source=AttributionSource.DELIVERY,
        region_code=ship_to_code,
        channel=_channel(outlet),
        outlet_id=outlet.id if outlet else None,
        explanation=Text(
            "按收货地区，归属{region}", "Counts for {region}, where it is sent"
        ).format(region=_name(ship_to_code)),
    )


def _name(code: str) -> str:
    return tree().full_name(code)
