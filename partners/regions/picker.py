"""Choosing a region in steps: province, city, county; each step is a select of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from partners.regions.queries import tree

STEPS = 3
REGION = "region"


@dataclass(frozen=True, slots=True)
class PickerStep:
    """One select: its field, the places to choose from, and the one chosen."""

    name: str
    choices: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Picker:
    """The selects to show, and the code once the choice has come to a place without parts."""

    steps: list[PickerStep]
    code: str | None
    prefix: str = REGION


def pick(chosen: Mapping[str, str], prefix: str = REGION) -> Picker:
    """Continue a choice from the posted fields ``region-1`` … ``region-3`` (or another prefix).

    A city chosen under another province than the one that now stands above it is forgotten.
    """
    steps: list[PickerStep] = []
    above: str | None = None
    for number in range(1, STEPS + 1):
        places = tree().places_in(above)
        if not places:
            break
        wanted = chosen.get(f"{prefix}-{number}", "")
        found = wanted if any(place.code == wanted for place in places) else ""
        choices = [(place.code, place.name) for place in places]
        steps.append(PickerStep(f"{prefix}-{number}", choices, found))
        if not found:
            return Picker(steps, None, prefix)
        above = found
    return Picker(steps, above, prefix)


def pick_code(code: str | None, prefix: str = REGION) -> Picker:
    """Show a region that is already chosen."""
    if code is None or code not in tree():
        return pick({}, prefix)
    nodes = [tree().get(at) for at in tree().path(code)]
    places = [node.code for node in nodes if not node.is_grouping]
    chosen = {f"{prefix}-{number}": place for number, place in enumerate(places, start=1)}
    return pick(chosen, prefix)


def pick_place(chosen: Mapping[str, str], prefix: str = REGION) -> str | None:
    """Return the narrowest place chosen so far, be it a county, a city or a province."""
    found = [step.chosen for step in pick(chosen, prefix).steps if step.chosen]
    return found[-1] if found else None
