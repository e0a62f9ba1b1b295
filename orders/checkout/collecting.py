"""The part of the checkout page that offers pick-up points instead of a delivery."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marketplace import forms
from partners.buying_units.models import BuyingUnit
from partners.pickup_points.models import PickupPoint
from partners.pickup_points.queries import find_open, list_offered
from partners.pickup_points.schemas import PickupPointQuerySchema
from partners.regions.queries import tree

HOW, PICKUP, DELIVERY = "how", "pickup", "delivery"


@dataclass(frozen=True, slots=True)
class Collecting:
    """What the page offers: points near the buyer or of a word, and the one chosen."""

    is_chosen: bool
    points: Sequence[PickupPoint]
    point: PickupPoint | None

    @property
    def choices(self) -> list[tuple[uuid.UUID, str, str]]:
        """The points by id, with name, and place and hours."""
        shown = list(self.points)
        if self.point is not None and all(one.id != self.point.id for one in shown):
            shown.insert(0, self.point)
        return [
            (one.id, one.name, f"{tree().full_name(one.region_code)} {one.address} · {one.hours}")
            for one in shown
        ]


def read_collecting(
    raw: Mapping[str, str], units: Collection[BuyingUnit], codes: Collection[str | None]
) -> Collecting:
    """Read the choice of a point; ``codes`` are places around which points are offered."""
    unit_ids = [unit.id for unit in units]
    is_chosen = raw.get(HOW) == PICKUP
    word = forms.load(PickupPointQuerySchema(), {"q": raw.get("pickup_q", "")}).values.get("q")
    near = {_city(code) for code in [*codes, *(unit.region_code for unit in units)] if code}
    try:
        wanted = uuid.UUID(raw.get("pickup_point_id", ""))
    except ValueError:
        wanted = None
    point = find_open(wanted, unit_ids) if is_chosen and wanted is not None else None
    return Collecting(is_chosen, list_offered(unit_ids, near, word), point)


def _city(code: str) -> str:
    path = tree().path(code)
    return path[1] if len(path) > 1 else code
