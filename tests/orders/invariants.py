"""Running the invariants inside a test, on the rows of that test."""

from marketplace import verify
from marketplace.database import db


def broken() -> list[str]:
    """Return what is broken now: one line for each invariant with rows that break it."""
    db.session.flush()
    findings = verify.check(db.session.connection(), verify.collect())
    return [
        f"{finding.invariant.code} {finding.invariant.title}: {finding.rows}"
        for finding in findings
        if finding.violations
    ]
