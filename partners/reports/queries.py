"""What is read for reports: sums of folded days and of what came after, and the lines behind them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from marketplace import clock, cursors
from marketplace.cursors import Page
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from partners.buying_units.models import BuyingUnit
from partners.credits.rules import Kind, Scheme, Stage
from partners.offices.queries import list_region_codes
from partners.pairings.queries import current_book
from partners.regions.queries import tree
from partners.reports.errors import ReportUnknown
from partners.reports.figures import Sum

FOREVER = date(9999, 12, 31)

# Folded days by their sums, later ones by their credits: in one statement, so that a day that is
# being folded is read on one side or the other, never on both or neither.
_FIGURES = """
    SELECT region_code, pairing_id, rolls_up_to, buying_unit_id, kind, stage, corrects_year,
           booked_on, amount_fen
    FROM credit_daily_sums
    WHERE region_code = ANY(:codes) AND scheme = :scheme AND counting_year = :year
      AND booked_on <= :on
    UNION ALL
    SELECT c.region_code, c.pairing_id, d.rolls_up_to,
           CASE WHEN c.scheme = 'reserved_share' THEN d.buying_unit_id END,
           c.kind, c.stage, c.corrects_year, c.booked_on, c.amount_fen
    FROM credits c
    JOIN decisions d ON d.cooperative_id = c.cooperative_id AND d.id = c.decision_id
    WHERE c.region_code = ANY(:codes) AND c.scheme = :scheme AND c.counting_year = :year
      AND c.booked_on <= :on
      AND c.booked_on > coalesce(
        (SELECT max(folded_on) FROM folded_days WHERE ledger = 'credits'), DATE '1970-01-01')
"""
_SUMS = text(f"""
SELECT region_code, pairing_id, rolls_up_to, buying_unit_id, kind, stage, corrects_year,
       sum(amount_fen)::bigint AS amount_fen
FROM ({_FIGURES}) AS figures
GROUP BY region_code, pairing_id, rolls_up_to, buying_unit_id, kind, stage, corrects_year
""")  # noqa: S608 - a constant
_MONTHS = text(f"""
SELECT date_trunc('month', booked_on)::date AS month, stage, sum(amount_fen)::bigint AS amount_fen
FROM ({_FIGURES}) AS figures GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608 - a constant

# Each region's newest lines by the index, then the newest of all: a province reads a page of each
# of its counties, never the year of one.
_LINES = """
SELECT c.id, c.booked_on, c.stage, c.kind, c.amount_fen, c.counting_year, c.corrects_year,
       c.cause_kind, c.region_code, c.pairing_id, c.scheme,
       s.id AS line_id, s.sale_on, s.line_kind, s.cooperative_name, s.product_name, s.category,
       s.origin_code, s.quantity, s.unit, s.amount_fen AS sale_amount_fen, s.channel,
       s.certificate_no, c.buying_unit_name, c.attribution_code, c.reason_zh, c.reason_en,
       r.version AS rule_version, r.document AS rule_document
FROM unnest(CAST(:codes AS text[])) AS regions (code)
CROSS JOIN LATERAL (
    SELECT c.*, d.sale_id, d.rule_id, d.buying_unit_name, d.attribution_code, d.reason_zh,
           d.reason_en
    FROM credits c
    JOIN decisions d ON d.cooperative_id = c.cooperative_id AND d.id = c.decision_id
    WHERE c.region_code = regions.code AND c.scheme = :scheme AND c.counting_year = :year
    {conditions}
    ORDER BY c.booked_on DESC, c.id DESC LIMIT :limit
) AS c
JOIN sales s ON s.cooperative_id = c.cooperative_id AND s.id = c.sale_id
JOIN counting_rules r ON r.id = c.rule_id
ORDER BY c.booked_on DESC, c.id DESC LIMIT :limit
"""
_CONDITIONS = {
    "stage": "AND c.stage = :stage",
    "kind": "AND c.kind = :kind",
    "pairing_id": "AND (d.pairing_id = :pairing_id OR :pairing_id = ANY(d.rolls_up_to))",
    "booked_on": "AND (c.booked_on, c.id) < (:booked_on, :id)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureQuery:
    """Which figure: a region with all in it, a year, a scheme, and parts of it if wanted."""

    region_code: str
    year: int
    scheme: Scheme
    stage: Stage | None = None
    kind: Kind | None = None
    pairing_id: UUID | None = None


def check_visible(actor: Actor, region_code: str) -> None:
    """Raise ReportUnknown unless the region lies in one that the actor's office answers for."""
    regions = tree()
    node = regions.find(region_code)
    if node is None or node.is_grouping:
        raise ReportUnknown
    if actor.is_platform(Permission.REPORT_READ):
        return
    own = list_region_codes(actor, Permission.REPORT_READ)
    if not any(regions.is_inside(region_code, code) for code in own):
        raise ReportUnknown


def list_own_regions(actor: Actor) -> list[str]:
    """Return the regions whose reports are the actor's first: its offices', or the east's provinces."""
    if not actor.is_platform(Permission.REPORT_READ):
        return sorted(list_region_codes(actor, Permission.REPORT_READ))
    book = current_book()
    return sorted({tree().path(p.east_code)[0] for p in book.in_force(clock.today())})


def list_sums(region_codes: Sequence[str], scheme: Scheme, year: int, on: date) -> list[Sum]:
    """Return a year's credits of regions as booked by a day, summed; never scans history."""
    rows = db.session.execute(
        _SUMS, {"codes": list(region_codes), "scheme": scheme, "year": year, "on": on}
    )
    return [
        Sum(
            region_code=row.region_code,
            pairing_id=row.pairing_id,
            rolls_up_to=tuple(row.rolls_up_to),
            buying_unit_id=row.buying_unit_id,
            kind=Kind(row.kind),
            stage=Stage(row.stage),
            corrects_year=row.corrects_year,
            amount_fen=row.amount_fen,
        )
        for row in rows
    ]


def list_unit_names(unit_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the names of buying units by id; no round trip where there are none."""
    if not unit_ids:
        return {}
    rows = db.session.execute(
        select(BuyingUnit.id, BuyingUnit.name).where(BuyingUnit.id.in_(unit_ids))
    )
    return {row.id: row.name for row in rows}


def list_months(
    region_codes: Sequence[str], scheme: Scheme, year: int
) -> list[tuple[date, Stage, int]]:
    """Return what each month moved of a year's figures, by stage."""
    rows = db.session.execute(
        _MONTHS, {"codes": list(region_codes), "scheme": scheme, "year": year, "on": FOREVER}
    )
    return [(row.month, Stage(row.stage), row.amount_fen) for row in rows]


def list_lines(query: FigureQuery, *, limit: int, after: str | None) -> Page[Any]:
    """Return the credits behind a figure, the newest first; their amounts add up to it."""
    values: dict[str, Any] = {
        "codes": tree().descendants(query.region_code),
        "scheme": query.scheme,
        "year": query.year,
        "limit": limit + 1,
    }
    wanted = {"stage": query.stage, "kind": query.kind, "pairing_id": query.pairing_id}
    values |= {name: value for name, value in wanted.items() if value is not None}
    if after is not None:
        values["booked_on"], values["id"] = cursors.decode(after, [date, UUID])
    conditions = " ".join(sql for name, sql in _CONDITIONS.items() if name in values)
    rows = list(db.session.execute(text(_LINES.format(conditions=conditions)), values))
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], cursors.encode([last.booked_on, last.id]))
