"""Changes of pairings: loading the known ones, adding one, ending one."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from marketplace import audit, clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from partners.offices.service import open_offices
from partners.pairings.errors import (
    PairingAlreadyEnded,
    PairingEndsBeforeStart,
    PairingOfOneRegion,
    PairingOrganisationUnknown,
    PairingOverlaps,
)
from partners.pairings.models import Pairing, Relation
from partners.regions.queries import tree
from partners.regions.service import check_place

DATA = Path(__file__).parent / "data"

# Only pairings that are not there yet: what an officer has since ended or corrected stays so.
_INSERT_KNOWN = """
INSERT INTO pairings (id, east_code, west_code, relation, valid_from, valid_to, evidence,
                      is_assumed, version)
SELECT id, east_code, west_code, relation, valid_from, valid_to, evidence, is_assumed, 1
FROM jsonb_to_recordset(:rows) AS r (id uuid, east_code text, west_code text, relation text,
     valid_from date, valid_to date, evidence text, is_assumed boolean)
WHERE NOT EXISTS (
    SELECT FROM pairings p
    WHERE (p.east_code, p.west_code, p.relation) = (r.east_code, r.west_code, r.relation)
      AND p.west_organisation_code IS NULL
      AND daterange(p.valid_from, p.valid_to, '[]') && daterange(r.valid_from, r.valid_to, '[]'))
"""


def load_pairings() -> None:
    """Insert the pairings that ship with the product where they are missing; one statement."""
    with (DATA / "pairings.csv").open(encoding="utf-8", newline="") as lines:
        rows = [_known(row) for row in csv.DictReader(lines)]
    statement = text(_INSERT_KNOWN).bindparams(bindparam("rows", type_=JSONB))
    db.session.execute(statement, {"rows": rows})


def _known(row: dict[str, str]) -> dict[str, Any]:
    kept = ("east_code", "west_code", "relation", "valid_from", "evidence")
    return {
        "id": str(new_id()),
        "valid_to": row["valid_to"] or None,
        "is_assumed": "assumed" in row["evidence"],
        **{name: row[name] for name in kept},
    }


def add_pairing(
    actor: Actor,
    *,
    east_code: str,
    west_code: str,
    relation: Relation,
    valid_from: date,
    document: str,
    evidence: str,
    valid_to: date | None = None,
    is_assumed: bool = False,
    west_organisation_code: str | None = None,
) -> Pairing:
    """Add a dated pairing, both ends of the period included, and open the offices it needs.

    Raises ``PairingOverlaps`` where the same regions already have this relation on one of the days.
    """
    east, west = check_place(east_code, "east_code"), check_place(west_code, "west_code")
    if east.code in west.path or west.code in east.path:
        raise PairingOfOneRegion
    if valid_to is not None and valid_to < valid_from:
        raise PairingEndsBeforeStart(valid_from)
    if west_organisation_code is not None:
        body = tree().organisation(west_organisation_code)
        if body is None or body.region_code != west.code:
            raise PairingOrganisationUnknown
    pairing = Pairing(
        east_code=east.code,
        west_code=west.code,
        west_organisation_code=west_organisation_code,
        relation=relation,
        valid_from=valid_from,
        valid_to=valid_to,
        document=document,
        evidence=evidence,
        is_assumed=is_assumed,
    )
    with _overlap_refused():
        db.session.add(pairing)
    open_offices([east.code, west.code])
    audit.record("pairing.added", "pairing", pairing.id, actor=actor, after=_facts(pairing))
    return pairing


def end_pairing(actor: Actor, pairing: Pairing, *, valid_to: date, document: str) -> Pairing:
    """Set the last day of a pairing (from ``lock_pairing``); earlier sales keep what they found.

    Raises ``PairingAlreadyEnded`` once the last day has passed: reports may rest on it.
    """
    if pairing.valid_to is not None and pairing.valid_to < clock.today():
        raise PairingAlreadyEnded
    if valid_to < pairing.valid_from:
        raise PairingEndsBeforeStart(pairing.valid_from)
    before = _facts(pairing)
    with _overlap_refused():
        pairing.valid_to = valid_to
        pairing.end_document = document
    after = _facts(pairing)
    audit.record("pairing.ended", "pairing", pairing.id, actor=actor, before=before, after=after)
    return pairing


@contextmanager
def _overlap_refused() -> Iterator[None]:
    # One after another: of changes that overlap each other at one moment, the constraint alone would
    # have each wait for the other. A savepoint, so that the caller's transaction outlives a refusal.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('pairings'))"))
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise PairingOverlaps from refused
        raise


def _facts(pairing: Pairing) -> dict[str, Any]:
    return {
        "east_code": pairing.east_code,
        "west_code": pairing.west_code,
        "west_organisation_code": pairing.west_organisation_code,
        "relation": pairing.relation,
        "valid_from": pairing.valid_from.isoformat(),
        "valid_to": pairing.valid_to and pairing.valid_to.isoformat(),
        "document": pairing.document,
        "end_document": pairing.end_document,
        "is_assumed": pairing.is_assumed,
    }
