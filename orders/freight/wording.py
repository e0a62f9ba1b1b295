"""Freight templates in words, and places as a clerk writes them."""

import re
from collections.abc import Sequence

from marketplace.language import Text
from marketplace.money import yuan
from orders.freight.models import Basis, FreightZone
from orders.freight.queries import WholeTemplate, WholeZone
from partners.regions.models import RegionLevel
from partners.regions.queries import tree
from partners.regions.tree import RegionNode

EVERYWHERE_ELSE = Text("其他地区", "Everywhere else")
EVERYWHERE = Text("全国", "Everywhere")
BETWEEN = "、"
_SEPARATORS = re.compile(r"[、，,;；\s]+")
_CODE = re.compile(r"[1-9][0-9]{5}")
_SHORT = str.maketrans("", "", "省市县区州盟旗")
_LEVELS = {RegionLevel.PROVINCE: 0, RegionLevel.CITY: 1, RegionLevel.COUNTY: 2}


def describe(whole: WholeTemplate) -> list[tuple[str, str]]:
    """Return what a template charges: per zone where, and how much."""
    rest = EVERYWHERE if len(whole.zones) == 1 else EVERYWHERE_ELSE
    return [
        (name_regions(zone) or str(rest), str(say_charges(whole.template.basis, zone.zone)))
        for zone in whole.zones
    ]


def name_regions(zone: WholeZone) -> str:
    """Return the names of a zone's regions; empty for everywhere else."""
    return write_regions(zone.region_codes)


def write_regions(codes: Sequence[str]) -> str:
    """Return regions as a clerk would write them."""
    return BETWEEN.join(tree().full_name(code) if code in tree() else code for code in codes)


def say_charges(basis: Basis, zone: FreightZone) -> Text:
    """Say what a zone charges."""
    if not zone.is_served:
        return Text("不配送", "Not delivered")
    free = []
    if zone.free_from_fen is not None:
        free.append(
            Text("满 {yuan} 元免运费", "free from {yuan} yuan").format(
                yuan=yuan(zone.free_from_fen)
            )
        )
    if zone.free_from_pieces is not None:
        free.append(Text("满 {n} 件免运费", "free from {n} pieces").format(n=zone.free_from_pieces))
    said = [_say_amounts(basis, zone), *free]
    return Text("；".join(one.zh for one in said), "; ".join(one.en for one in said))


def _say_amounts(basis: Basis, zone: FreightZone) -> Text:
    if not zone.first_fen and not zone.further_fen:
        return Text("免运费", "Free")
    amounts = {
        "first": yuan(zone.first_fen or 0),
        "further": yuan(zone.further_fen or 0),
        "n": zone.first_units,
        "m": zone.further_units,
    }
    unit = basis.unit
    if not zone.further_fen:
        return Text("每单 {first} 元", "{first} yuan an order").format(first=amounts["first"])
    return Text(
        f"首 {{n}} {unit.zh} {{first}} 元，每增 {{m}} {unit.zh}加 {{further}} 元",
        f"{{first}} yuan for the first {{n}} {unit.en},"
        f" {{further}} for each further {{m}} {unit.en}",
    ).format(**amounts)


def read_regions(written: str) -> tuple[list[str], list[str]]:
    """Return the codes of the regions that somebody wrote by name or code, and what names none.

    A name that several places share (鼓楼区) names none: it must be written with its city.
    """
    codes: list[str] = []
    unknown: list[str] = []
    for word in _SEPARATORS.split(written.strip()):
        if not word:
            continue
        code = word if _CODE.fullmatch(word) and word in tree() else _find(word)
        (codes if code else unknown).append(code or word)
    return list(dict.fromkeys(codes)), unknown


def _find(word: str) -> str | None:
    """Return the one region of a name: the highest level that has it, if it is alone there."""
    found = [node for node in tree().search(word, limit=50) if not node.is_grouping]
    hits = [node for node in found if _is_named(node, word)]
    if not hits and len(word) > 1:
        # 新疆 for 新疆维吾尔自治区
        hits = [node for node in found if node.name.startswith(word)]
    if not hits:
        return None
    top = min(_LEVELS[node.level] for node in hits)
    highest = [node for node in hits if _LEVELS[node.level] == top]
    return highest[0].code if len(highest) == 1 else None


def _is_named(node: RegionNode, word: str) -> bool:
    """Tell whether a word is a region's name or full name, with or without 省, 市, 县."""
    names = (node.name, tree().full_name(node.code))
    return word in names or word.translate(_SHORT) in [name.translate(_SHORT) for name in names]
