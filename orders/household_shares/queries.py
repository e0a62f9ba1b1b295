"""Selects on household shares; reads by id start from what the actor may see."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor, ScopeKind
from marketplace.permissions import Permission
from orders.household_shares.errors import HouseholdShareUnknown
from orders.household_shares.kinds import ShareState
from orders.household_shares.models import HouseholdShare, HouseholdShareLine
from orders.settlements.models import Statement
from orders.settlements.states import StatementState
from partners.cooperatives.models import Cooperative
from partners.offices.queries import governed_by

SHARE_ORDER: cursors.Keys = [(HouseholdShare.id, "desc")]

# Attested shares of a year by the county of the households, in counts and sums only.
_BY_COUNTY = text("""
SELECT left(l.place_code, 6) AS county_code, l.kind, sum(l.households)::bigint AS households,
    sum(l.amount_fen)::bigint AS amount_fen, count(DISTINCT s.cooperative_id) AS cooperatives
FROM household_shares s
JOIN household_share_lines l ON l.cooperative_id = s.cooperative_id AND l.share_id = s.id
WHERE s.year = :year AND s.state = 'attested'
GROUP BY 1, 2 ORDER BY 1, 2
""")

# What cooperatives of a year have to tell: their statements, and which of them tell it.
_BY_HOME = text("""
SELECT c.region_code, count(*) AS statements, sum(t.payable_fen)::bigint AS payable_fen,
    count(s.id) FILTER (WHERE s.state = 'entered') AS waiting,
    count(s.id) FILTER (WHERE s.state = 'attested') AS attested,
    coalesce(sum(s.households) FILTER (WHERE s.state = 'attested'), 0)::bigint AS households,
    coalesce(sum(s.amount_fen) FILTER (WHERE s.state = 'attested'), 0)::bigint AS amount_fen
FROM statements t
JOIN cooperatives c ON c.id = t.cooperative_id
LEFT JOIN household_shares s ON s.cooperative_id = t.cooperative_id AND s.statement_id = t.id
    AND s.state IN ('entered', 'attested')
WHERE t.state <> 'draft' AND t.end_on > make_date(:year, 1, 1)
    AND t.end_on <= make_date(:year + 1, 1, 1)
GROUP BY c.region_code
""")


@dataclass(frozen=True, slots=True)
class ListedShare:
    """A share with its statement's number and its cooperative's name."""

    share: HouseholdShare
    statement_no: str
    cooperative_name: str


def is_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives' shares the actor may read: the own, and those of its office."""
    own = actor.scopes(Permission.HOUSEHOLD_SHARE_READ, ScopeKind.COOPERATIVE)
    governed = governed_by(actor, Permission.HOUSEHOLD_SHARE_READ, Cooperative.region_code)
    return or_(Cooperative.id.in_(own), governed)


def attestable_by(actor: Actor) -> ColumnElement[bool]:
    """Return which cooperatives' shares the actor's office attests."""
    return governed_by(actor, Permission.HOUSEHOLD_SHARE_ATTEST, Cooperative.region_code)


def statements_read_by(actor: Actor) -> ColumnElement[bool]:
    """Return the statements whose shares the actor may read."""
    seen = select(Cooperative.id).where(is_visible_to(actor))
    return and_(Statement.cooperative_id.in_(seen), Statement.state != StatementState.DRAFT)


def statements_written_by(actor: Actor) -> ColumnElement[bool]:
    """Return the statements for which the actor enters shares."""
    own = actor.scopes(Permission.HOUSEHOLD_SHARE_WRITE, ScopeKind.COOPERATIVE)
    return and_(Statement.cooperative_id.in_(own), Statement.state != StatementState.DRAFT)


def select_shares(seen: ColumnElement[bool], state: ShareState | None) -> Select[Any, Any, Any]:
    """Select shares with their statement's number and cooperative's name."""
    statement = (
        select(HouseholdShare, Statement.statement_no, Cooperative.name)
        .join(
            Statement,
            and_(
                Statement.cooperative_id == HouseholdShare.cooperative_id,
                Statement.id == HouseholdShare.statement_id,
            ),
        )
        .join(Cooperative, Cooperative.id == HouseholdShare.cooperative_id)
        .where(seen)
    )
    return statement if state is None else statement.where(HouseholdShare.state == state)


def get_share(share_id: uuid.UUID, seen: ColumnElement[bool]) -> ListedShare:
    """Return a share among those in a row filter; raises HouseholdShareUnknown."""
    found = db.session.execute(
        select_shares(seen, None)
        .where(HouseholdShare.id == share_id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise HouseholdShareUnknown
    return ListedShare(*found)


def list_revisions(statement: Statement) -> Sequence[HouseholdShare]:
    """Return the revisions of a statement's share, the newest first."""
    revisions = select(HouseholdShare).where(
        HouseholdShare.cooperative_id == statement.cooperative_id,
        HouseholdShare.statement_id == statement.id,
    )
    ordered = revisions.order_by(HouseholdShare.revision.desc())
    return db.session.scalars(ordered.execution_options(populate_existing=True)).all()


def list_lines(shares: Sequence[HouseholdShare]) -> dict[uuid.UUID, list[HouseholdShareLine]]:
    """Return the lines of shares, by share, in order of place."""
    found: dict[uuid.UUID, list[HouseholdShareLine]] = {share.id: [] for share in shares}
    statement = select(HouseholdShareLine).where(
        HouseholdShareLine.cooperative_id.in_({share.cooperative_id for share in shares}),
        HouseholdShareLine.share_id.in_(found),
    )
    ordered = statement.order_by(HouseholdShareLine.place_code, HouseholdShareLine.kind)
    for line in db.session.scalars(ordered):
        found[line.share_id].append(line)
    return found


def find_live(statement: Statement) -> HouseholdShare | None:
    """Return what stands for a statement now: waiting or attested."""
    live = select(HouseholdShare).where(
        HouseholdShare.cooperative_id == statement.cooperative_id,
        HouseholdShare.statement_id == statement.id,
        HouseholdShare.state.in_([ShareState.ENTERED, ShareState.ATTESTED]),
    )
    return db.session.scalar(live.execution_options(populate_existing=True))


def count_revisions(statement: Statement) -> int:
    """Return how many revisions a statement's share has."""
    statement_ = select(func.coalesce(func.max(HouseholdShare.revision), 0)).where(
        HouseholdShare.cooperative_id == statement.cooperative_id,
        HouseholdShare.statement_id == statement.id,
    )
    return int(db.session.scalars(statement_).one())


def find_home_code(statement: Statement) -> str:
    """Return the region of a statement's cooperative: where its households most often live."""
    home = select(Cooperative.region_code).where(Cooperative.id == statement.cooperative_id)
    return db.session.scalars(home).one()


def list_by_county(year: int) -> Sequence[Any]:
    """Return the attested counts and sums of a year by county and kind."""
    return db.session.execute(_BY_COUNTY, {"year": year}).all()


def list_by_home(year: int) -> Sequence[Any]:
    """Return a year's statements and attested shares by the region of the cooperatives."""
    return db.session.execute(_BY_HOME, {"year": year}).all()
