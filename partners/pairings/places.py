"""The eastern places that a purchase can count for: the paired regions and the counties in them."""

from __future__ import annotations

from datetime import date

from partners.pairings.queries import list_in_force
from partners.regions.queries import tree


def is_western(code: str, on: date) -> bool:
    """Tell whether a region lies in the west of a pairing of that day, and in the east of none."""
    in_force = list_in_force(on)
    regions = tree()
    return any(regions.is_inside(code, entry.west_code) for entry in in_force) and not any(
        regions.is_inside(code, entry.east_code) for entry in in_force
    )


def eastern_places(on: date) -> list[tuple[str, str]]:
    """Return code and name of every eastern place in force on a day, wider places before their parts."""
    codes: set[str] = set()
    for entry in list_in_force(on):
        codes.add(entry.east_code)
        codes.update(place.code for place in tree().places_in(entry.east_code))
    return [(code, tree().full_name(code)) for code in sorted(codes)]
