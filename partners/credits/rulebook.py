"""Changes of the counting rules: the known versions, and a new one that ends the one before."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from marketplace import audit
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from partners.credits.errors import RuleEndsBeforeItBegins, RuleOverlaps
from partners.credits.models import CountingRule

DATA = Path(__file__).parent / "data"


def load_rules() -> None:
    """Insert the rule versions that ship with the product where they are missing."""
    with (DATA / "counting_rules.csv").open(encoding="utf-8", newline="") as lines:
        rows = [_known(row) for row in csv.DictReader(lines)]
    missing = insert(CountingRule).values(rows)
    db.session.execute(missing.on_conflict_do_nothing())


def _known(row: dict[str, str]) -> dict[str, Any]:
    lists = ("waived_relations", "waived_origins", "budget_unit_kinds")
    return row | {
        "id": new_id(),
        "version": int(row["version"]),
        "valid_to": row["valid_to"] or None,
        "counts_freight": row["counts_freight"] == "yes",
        "private_buyer_kind": row["private_buyer_kind"] or None,
        **{name: [part for part in row[name].split(";") if part] for name in lists},
    }


def add_rule_version(actor: Actor, **settings: Any) -> CountingRule:
    """Add the next version of a scheme's rule; the one in force ends on the day before.

    Sales keep the version that judged them. Raises RuleEndsBeforeItBegins, and RuleOverlaps where
    a version begins later.
    """
    if settings["valid_to"] is not None and settings["valid_to"] < settings["valid_from"]:
        wrong = RuleEndsBeforeItBegins.title
        raise RuleEndsBeforeItBegins(fields={"valid_to": wrong})
    rule = CountingRule(version=_last_version(settings["scheme"]) + 1, **settings)
    db.session.execute(
        text(
            "update counting_rules set valid_to = :last_day "
            "where scheme = :scheme and valid_from <= :last_day "
            "and (valid_to is null or valid_to > :last_day)"
        ),
        {"scheme": rule.scheme, "last_day": rule.valid_from - timedelta(days=1)},
    )
    try:
        # A savepoint, so that the refusal leaves the caller's transaction usable.
        with db.session.begin_nested():
            db.session.add(rule)
            db.session.flush()
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise RuleOverlaps from None
        raise
    db.session.expire_all()
    audit.record(
        "rule.added",
        "counting_rule",
        rule.id,
        actor=actor,
        after={"scheme": rule.scheme, "version": rule.version, "document": rule.document},
    )
    return rule


def _last_version(scheme: str) -> int:
    return (
        db.session.scalar(
            select(func.max(CountingRule.version)).where(CountingRule.scheme == scheme)
        )
        or 0
    )
