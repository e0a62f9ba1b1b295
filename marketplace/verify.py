"""The command ``python -m marketplace.verify``: run every invariant on the configured database.

Reads only, in one snapshot, so it may run beside live sales. Prints a line for each of I1–I9
and ends with status 1 if any is broken, or is stated nowhere.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from config.settings import Settings
from marketplace import capabilities
from marketplace.app import create_app
from marketplace.database import db
from marketplace.invariants import Invariant
from marketplace.language import Text

SHOWN = 20

TITLES: dict[str, Text] = {
    "I1": Text("每笔分录借贷平衡", "every journal entry balances"),
    "I2": Text("库存与流水、占用相符", "stock equals its moves and reservations"),
    "I3": Text("应付、实收、退款相符", "totals, captures and refunds agree"),
    "I4": Text("计入额等于销售减退款", "credits equal sales less refunds"),
    "I5": Text("应结货款不重不漏", "what is due is due once"),
    "I6": Text("跨主体关联无悬空", "no orphan across owners"),
    "I7": Text("摘要链可复算", "digests recompute"),
    "I8": Text("订单状态与收款、发货、售后相符", "states agree with payments, shipments, refunds"),
    "I9": Text("日汇总等于明细之和", "daily sums equal what they sum up"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant, how many rows break it, and the first of them."""

    invariant: Invariant
    violations: int
    rows: list[str]


def collect() -> list[Invariant]:
    """Return the invariants that the capabilities state (``INVARIANTS`` or ``list_invariants``)."""
    found: list[Invariant] = []
    for module in capabilities.modules("invariants"):
        if hasattr(module, "list_invariants"):
            found += module.list_invariants()
        found += getattr(module, "INVARIANTS", ())
    return sorted(found, key=lambda each: each.code)


def check(connection: Connection, invariants: Iterable[Invariant]) -> list[Finding]:
    """Run the statements and return what each found."""
    return [_check_one(connection, invariant) for invariant in invariants]


def _check_one(connection: Connection, invariant: Invariant) -> Finding:
    statement = f"SELECT count(*) OVER (), v.* FROM ({invariant.sql}) AS v LIMIT {SHOWN}"  # noqa: S608 - written in code
    parameters = invariant.parameters() if invariant.parameters is not None else {}
    rows = connection.execute(text(statement), dict(parameters)).all()
    shown = [" ".join(str(value) for value in row[1:]) for row in rows]
    return Finding(invariant, int(rows[0][0]) if rows else 0, shown)


def report(findings: list[Finding]) -> list[str]:
    """Return the lines to print: one for each code, and the offending rows below it."""
    lines = []
    for code, title in TITLES.items():
        mine = [finding for finding in findings if finding.invariant.code == code]
        if not mine:
            lines.append(f"{code} not stated · {title.zh} ({title.en})")
            continue
        total = sum(finding.violations for finding in mine)
        lines.append(f"{code} {total} violations · {title.zh} ({title.en})")
        for finding in mine:
            if finding.violations:
                lines.append(f"   {finding.violations} × {finding.invariant.title}")
                lines += [f"      {row}" for row in finding.rows]
    return lines


def main() -> int:
    """Check the configured database and print the report."""
    app = create_app(Settings.from_env())
    with app.app_context():
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ")
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            findings = check(connection, collect())
        db.engine.dispose()
    sys.stdout.write("\n".join(report(findings)) + "\n")
    stated = {finding.invariant.code for finding in findings}
    is_whole = stated >= set(TITLES) and not any(finding.violations for finding in findings)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
