"""How pairings and products are put into words and drawings for the shop window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.language import Text
from partners.pairings.book import PairingEntry
from partners.pairings.models import Relation
from partners.regions.queries import tree
from products.storefront.flow import Flow, Link, draw

_TONES = {
    Relation.EAST_WEST_COOPERATION: "",
    Relation.COUNTERPART_SUPPORT: "support",
    Relation.COUNTERPART_COOPERATION: "exchange",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingCard:
    """A pairing as an entrance to its western region's goods."""

    east: str
    east_parent: str
    west: str
    west_parent: str
    relation: str
    since: str
    href: str
    mine: bool


def month(day: date) -> str:
    """Write a day as its month: 2021 年 4 月, 2021-04."""
    return str(Text(f"{day.year} 年 {day.month} 月", f"{day:%Y-%m}"))


def parent_name(code: str) -> str:
    """Return the name of the place that governs a region; empty for a province."""
    parent = tree().parent(code)
    return parent.name if parent else ""


def place(code: str | None) -> str:
    """Return a region with the place above it, as a card shows it: 巴中市 · 南江县."""
    if code is None:
        return str(Text("产地待补充", "origin not stated"))
    return " · ".join(name for name in (parent_name(code), tree().name(code)) if name)


def pairing_card(entry: PairingEntry, my_regions: Sequence[str] = ()) -> PairingCard:
    """Put a pairing on a card."""
    return PairingCard(
        east=tree().name(entry.east_code),
        east_parent=parent_name(entry.east_code),
        west=tree().name(entry.west_code),
        west_parent=parent_name(entry.west_code),
        relation=str(entry.relation.label),
        since=str(Text("{month}起", "since {month}").format(month=month(entry.valid_from))),
        href=f"/products?region={entry.west_code}&for={entry.east_code}",
        mine=is_mine(entry, my_regions),
    )


def is_mine(entry: PairingEntry, my_regions: Sequence[str]) -> bool:
    """Tell whether one of the reader's regions lies in the pairing's east."""
    return any(tree().is_inside(code, entry.east_code) for code in my_regions)


def flow(entries: Sequence[PairingEntry], my_regions: Sequence[str] = ()) -> Flow:
    """Draw the pairings as bands from west to east."""
    links = [
        Link(
            west=tree().name(entry.west_code),
            east=tree().name(entry.east_code),
            tone=_TONES[entry.relation],
            mine=is_mine(entry, my_regions),
        )
        for entry in entries
    ]
    relations = {entry.relation: None for entry in entries}
    said = ", ".join(
        str(Text("{west}对{east}", "{west} with {east}").format(west=link.west, east=link.east))
        for link in links
    )
    return draw(
        links,
        title=str(Text("结对关系图：{said}", "Pairings: {said}").format(said=said)),
        relations=[
            (_TONES[relation] or "cooperation", str(relation.label)) for relation in relations
        ],
    )
