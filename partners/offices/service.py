"""Changes of offices: they are opened where a pairing needs them."""

from collections.abc import Iterable

from sqlalchemy import func, insert, select

from marketplace.database import db
from marketplace.ids import new_id
from partners.offices.models import Office
from partners.regions.models import RegionLevel
from partners.regions.queries import tree
from partners.regions.tree import RegionNode

_LOCK = 4_001_001


def open_offices(region_codes: Iterable[str]) -> None:
    """Open the offices that regions of a pairing need and that are not there yet.

    Those of the regions, of what governs them, and of the counties of a city: Lishui–Xinhe is one
    pairing and nine county tasks. Idempotent, one read and at most one insert.
    """
    needed = _needed(region_codes)
    # Two at once would each open the province's office and hang their counties under their own.
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    offices = db.session.execute(select(Office.region_code, Office.id))
    known = {row.region_code: row.id for row in offices}
    rows = []
    for node in sorted(needed.values(), key=lambda place: len(place.path)):
        if node.code in known:
            continue
        governor = tree().parent(node.code)
        known[node.code] = new_id()
        rows.append(
            {
                "id": known[node.code],
                "region_code": node.code,
                "level": node.level,
                "name": f"{node.name}对口办",
                "parent_id": known[governor.code] if governor else None,
            }
        )
    if rows:
        db.session.execute(insert(Office), rows)


def _needed(region_codes: Iterable[str]) -> dict[str, RegionNode]:
    regions = tree()
    needed: dict[str, RegionNode] = {}
    for code in region_codes:
        node = regions.get(code)
        if node.level is RegionLevel.CITY:
            needed |= {child.code: child for child in regions.children(code)}
        governor: RegionNode | None = node
        while governor is not None:
            needed[governor.code] = governor
            governor = regions.parent(governor.code)
    return needed
