"""The form of a freight template: numbered zones of text fields, to and from what services take."""

from collections.abc import Mapping
from typing import Any

from marketplace import forms
from marketplace.language import Text
from marketplace.money import yuan
from orders.freight.models import Basis
from orders.freight.queries import WholeTemplate
from orders.freight.wording import read_regions, write_regions

_AMOUNTS = ("first_fen", "further_fen", "free_from_fen")
_COUNTS = ("first_units", "further_units", "free_from_pieces")
_CHARGES = ("first_units", "first_fen", "further_units", "further_fen")
# More than a template may have, so that the schema says what is wrong.
_MOST = 60

Raw = dict[str, str]


def blank(cooperative_id: str) -> Raw:
    """Return the form of a new template: one charge for the whole country."""
    return {
        "cooperative_id": cooperative_id,
        "basis": str(Basis.PIECE),
        "zones": "1",
        "zone-0-first_units": "1",
        "zone-0-further_units": "1",
        "zone-0-rest": "yes",
    }


def grown(raw: Raw) -> Raw:
    """Return a form with one more zone to fill in."""
    return raw | {"zones": str(min(count_zones(raw) + 1, _MOST))}


def count_zones(raw: Mapping[str, str]) -> int:
    """Return how many zones the form shows."""
    return min(max(forms.whole_of(raw.get("zones", "")) or 1, 1), _MOST)


def basis_of(raw: Mapping[str, str]) -> Basis:
    """Return the measure that the form has chosen so far."""
    given = raw.get("basis", "")
    return Basis(given) if given in set(Basis) else Basis.PIECE


def raw_of(whole: WholeTemplate) -> Raw:
    """Return a template as its form."""
    raw = {
        "name": whole.template.name,
        "basis": str(whole.template.basis),
        "is_default": "yes" if whole.template.is_default else "",
        "version": str(whole.template.version),
        "zones": str(len(whole.zones)),
    }
    for number, entry in enumerate(whole.zones):
        prefix, zone = f"zone-{number}-", entry.zone
        raw[f"{prefix}rest"] = "yes" if zone.covers_rest else ""
        raw[f"{prefix}regions"] = write_regions(entry.region_codes)
        raw[f"{prefix}refused"] = "" if zone.is_served else "yes"
        for name in _COUNTS:
            value = getattr(zone, name)
            raw[prefix + name] = "" if value is None else str(value)
        for name in _AMOUNTS:
            value = getattr(zone, name)
            raw[prefix + name] = "" if value is None else yuan(value).replace(",", "")
    return raw


def values_of(raw: Raw) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the command that a form makes, and what cannot be read of it by field.

    A zone of which nothing is filled in is left out.
    """
    errors: dict[str, str] = {}
    zones = [_zone(raw, number, errors) for number in _filled(raw)]
    return {
        "name": raw.get("name", ""),
        "basis": raw.get("basis", ""),
        "is_default": raw.get("is_default") == "yes",
        "zones": zones,
    }, errors


def at_fields(raw: Raw, errors: dict[str, str]) -> dict[str, str]:
    """Return errors by the form's field names: zones.1.first_fen stands at zone-3-first_fen."""
    filled = _filled(raw)
    moved = {}
    for name, said in errors.items():
        parts = name.split(".")
        if parts[0] == "zones" and len(parts) > 1 and parts[1].isdigit():
            number = filled[int(parts[1])]
            field = "regions" if parts[2:3] in ([], ["region_codes"]) else parts[2]
            moved[f"zone-{number}-{field}"] = said
        else:
            moved[name] = said
    return moved


def _filled(raw: Raw) -> list[int]:
    return [
        number
        for number in range(count_zones(raw))
        if any(
            raw.get(f"zone-{number}-{name}", "").strip()
            for name in ("rest", "regions", "refused", *_CHARGES)
        )
    ]


def _zone(raw: Raw, number: int, errors: dict[str, str]) -> dict[str, Any]:
    prefix = f"zone-{number}-"
    codes: list[str] = []
    if raw.get(f"{prefix}rest") != "yes":
        codes, unknown = read_regions(raw.get(f"{prefix}regions", ""))
        if unknown:
            errors[f"{prefix}regions"] = str(
                Text(
                    "没有找到：{names}。请写全称，如浙江省丽水市",
                    "Not found: {names}. Write the full name",
                ).format(names="、".join(unknown))
            )
        elif not codes:
            errors[f"{prefix}regions"] = str(
                Text("请填写地区，或选“其他地区”", "Name the regions, or tick everywhere else")
            )
    zone: dict[str, Any] = {
        "region_codes": codes,
        "is_served": raw.get(f"{prefix}refused") != "yes",
    }
    if not zone["is_served"]:
        return zone
    for name in (*_COUNTS, *_AMOUNTS):
        given = raw.get(prefix + name, "").strip()
        if not given:
            if name in _CHARGES:
                errors[prefix + name] = str(Text("此项必填", "Required"))
            continue
        value = forms.whole_of(given) if name in _COUNTS else forms.fen_of(given)
        if value is None:
            wrong = forms.NUMBER_UNREADABLE if name in _COUNTS else forms.AMOUNT_UNREADABLE
            errors[prefix + name] = str(wrong)
        else:
            zone[name] = value
    return zone
