"""The couriers to choose from, by the code under which a parcel is recorded."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from marketplace.language import Text

_DATA = Path(__file__).resolve().parent.parent / "fulfilment" / "data" / "couriers.csv"


@dataclass(frozen=True, slots=True)
class Courier:
    """A courier: its name, its code at Kuaidi100, and what its waybill numbers usually look like."""

    code: str
    name: Text
    kuaidi100_code: str
    waybill_pattern: re.Pattern[str]


def _read() -> dict[str, Courier]:
    with _DATA.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Courier(
                row["code"],
                Text(row["name_zh"], row["name_en"]),
                row["kuaidi100_code"],
                re.compile(row["waybill_pattern"]),
            )
            for row in csv.DictReader(file)
        }


BY_CODE = _read()
COURIERS = {code: courier.name for code, courier in BY_CODE.items()}


def courier_name(code: str) -> str:
    """Return a courier's name; an unknown one is told by its code."""
    return str(COURIERS[code]) if code in COURIERS else code


def tidy_waybill(number: str) -> str:
    """Return a waybill number as couriers write it: half-width capitals without any spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).upper()


def looks_usual(code: str, waybill_no: str) -> bool:
    """Tell whether a waybill number looks like those of its courier; an unknown courier's do."""
    courier = BY_CODE.get(code)
    return courier is None or courier.waybill_pattern.fullmatch(waybill_no) is not None
