"""Sample tasks of the year: what the paired regions of the east have to reach."""

from __future__ import annotations

from marketplace import clock
from marketplace.database import transaction
from partners.credits.rules import Scheme
from partners.pairings.queries import list_in_force
from partners.quotas.errors import QuotaExists
from partners.quotas.service import QuotaSubject, set_quota
from samples import people

DOCUMENT = "示例任务书（仅供演示）"

# East and west of a pairing, whose task, and how much: invented, and small enough to see move.
TASKS = (
    ("330783", "511922", "330783", 6_000_000),
    ("330782", "511902", "330782", 4_000_000),
    ("330700", "511900", "330700", 15_000_000),
    ("331100", "652925", "331100", 5_000_000),
    ("331100", "652925", "331122", 800_000),
    ("331100", "652925", "331102", 900_000),
    ("331100", "510500", "331100", 3_000_000),
    ("331100", "510500", "331122", 600_000),
    ("331100", "220581", "331100", 1_000_000),
)


def set_tasks() -> None:
    """Set each region's task for this year, by the approver of its city's office."""
    in_force = {(each.east_code, each.west_code): each.id for each in list_in_force(clock.today())}
    for east_code, west_code, region_code, amount_fen in TASKS:
        subject = QuotaSubject(
            scheme=Scheme.PAIRING,
            region_code=region_code,
            year=clock.today().year,
            pairing_id=in_force[east_code, west_code],
        )
        with transaction():
            # Cities set tasks, their own and those they hand down.
            approver = people.approver(f"{region_code[:4]}00")
            try:
                set_quota(approver, subject, amount_fen=amount_fen, document=DOCUMENT)
            except QuotaExists:
                continue
