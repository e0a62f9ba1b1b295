"""Changes of regions: loading the divisions that ship with the product."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from marketplace.database import db
from marketplace.ids import new_id
from partners.regions.errors import RegionNotAPlace
from partners.regions.models import GROUPING_NAMES
from partners.regions.queries import forget_tree, tree
from partners.regions.tree import RegionNode

DATA = Path(__file__).parent / "data"

# One statement per table, and no row written where nothing changed: loading again at every start
# of the product then costs milliseconds and leaves no dead rows behind.
_UPSERT_REGIONS = """
INSERT INTO regions (code, name, level, parent_code, path, is_grouping, pinyin, initials,
                     valid_from, delisted_year)
SELECT code, name, level, parent_code, path, is_grouping, pinyin, initials, valid_from,
       delisted_year
FROM jsonb_to_recordset(:rows) AS r (code text, name text, level text, parent_code text,
     path text[], is_grouping boolean, pinyin text, initials text, valid_from date,
     delisted_year bigint)
ON CONFLICT (code) DO UPDATE SET (name, level, parent_code, path, is_grouping, pinyin, initials,
     valid_from, delisted_year) = (excluded.name, excluded.level, excluded.parent_code,
     excluded.path, excluded.is_grouping, excluded.pinyin, excluded.initials,
     excluded.valid_from, excluded.delisted_year)
WHERE (regions.name, regions.level, regions.parent_code, regions.path, regions.is_grouping,
       regions.pinyin, regions.initials, regions.valid_from, regions.delisted_year)
   IS DISTINCT FROM (excluded.name, excluded.level, excluded.parent_code, excluded.path,
       excluded.is_grouping, excluded.pinyin, excluded.initials, excluded.valid_from,
       excluded.delisted_year)
"""
_UPSERT_ALIASES = """
INSERT INTO region_aliases (id, code, name, region_code, valid_from, valid_to, source)
SELECT id, code, name, region_code, valid_from, valid_to, source
FROM jsonb_to_recordset(:rows) AS r (id uuid, code text, name text, region_code text,
     valid_from date, valid_to date, source text)
ON CONFLICT ON CONSTRAINT uq_region_aliases_alias DO UPDATE
SET valid_to = excluded.valid_to, source = excluded.source
WHERE (region_aliases.valid_to, region_aliases.source)
   IS DISTINCT FROM (excluded.valid_to, excluded.source)
"""
_UPSERT_ORGANISATIONS = """
INSERT INTO region_organisations (code, name, region_code, member_codes)
SELECT code, name, region_code, member_codes
FROM jsonb_to_recordset(:rows) AS r (code text, name text, region_code text, member_codes text[])
ON CONFLICT (code) DO UPDATE SET (name, region_code, member_codes) =
    (excluded.name, excluded.region_code, excluded.member_codes)
WHERE (region_organisations.name, region_organisations.region_code,
       region_organisations.member_codes)
   IS DISTINCT FROM (excluded.name, excluded.region_code, excluded.member_codes)
"""


def load_regions() -> None:
    """Insert or renew the divisions, their former codes and the organisations that ship with us.

    Idempotent, three statements. A division missing from the files is left as it is: sales point
    to it, so it can end, but never go.
    """
    for statement, rows in (
        (_UPSERT_REGIONS, read_regions()),
        (_UPSERT_ALIASES, _read_aliases()),
        (_UPSERT_ORGANISATIONS, _read_organisations()),
    ):
        db.session.execute(
            text(statement).bindparams(bindparam("rows", type_=JSONB)), {"rows": rows}
        )
    forget_tree()


def read_regions() -> list[dict[str, Any]]:
    """Read the shipped divisions with their paths, pinyin and place among the 832 counties."""
    facts = {row["code"]: row for row in read_csv("region_facts.csv")}
    delisted = {row["code"]: int(row["delisted_year"]) for row in read_csv("counties_832.csv")}
    paths: dict[str, list[str]] = {}
    rows: list[dict[str, Any]] = []
    # Provinces, cities, counties: each finds its parent's path already made.
    order = {"province": 0, "city": 1, "county": 2}
    for row in sorted(read_csv("regions.csv"), key=lambda r: (order[r["level"]], r["code"])):
        code, parent = row["code"], row["parent_code"] or None
        paths[code] = [*(paths[parent] if parent else []), code]
        rows.append(
            {
                "code": code,
                "name": row["name"],
                "level": row["level"],
                "parent_code": parent,
                "path": paths[code],
                "is_grouping": row["level"] == "city" and row["name"] in GROUPING_NAMES,
                "pinyin": facts[code]["pinyin"],
                "initials": facts[code]["initials"],
                "valid_from": facts[code]["valid_from"] or None,
                "delisted_year": delisted.get(code),
            }
        )
    return rows


def _read_aliases() -> list[dict[str, Any]]:
    return [
        {"id": str(new_id())} | {key: value or None for key, value in row.items()}
        for row in read_csv("region_aliases.csv")
    ]


def _read_organisations() -> list[dict[str, Any]]:
    return [
        row | {"member_codes": row["member_codes"].split(";")}
        for row in read_csv("region_organisations.csv")
    ]


def read_csv(name: str) -> list[dict[str, str]]:
    """Read one of the shipped tables of this capability."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def check_place(code: str, field: str, on: date | None = None) -> RegionNode:
    """Return the region that a request's field names; refuses unknown codes and mere headings.

    With ``on``, a former code is understood as of that day.
    """
    found = tree().find(code) if on is None else tree().resolve(code, on)
    if found is None or found.is_grouping:
        raise RegionNotAPlace(field)
    return found
