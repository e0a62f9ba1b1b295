"""What is read of credits: the outcomes of sales, rules, and which years are locked."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.permissions import Permission
from partners.credits.errors import SaleNotCredited
from partners.credits.models import CountingRule, Credit, Decision, LockedYear, Sale
from partners.credits.reasons import RELEASED, ReasonCode
from partners.credits.rules import Outcome, Scheme, Stage, Standing
from partners.offices.queries import lies_in, list_region_codes
from partners.regions.queries import tree

_SCHEMES = list(Scheme)


def list_outcomes(line_ids: Sequence[UUID]) -> list[Outcome]:
    """Return what sales count for now, per sale as asked and in the schemes' order.

    Sales that were never judged are passed over. One round trip.
    """
    balances = (
        select(Credit.stage, func.sum(Credit.amount_fen).label("amount"))
        .where(Credit.cooperative_id == Decision.cooperative_id, Credit.decision_id == Decision.id)
        .group_by(Credit.stage)
        .having(func.sum(Credit.amount_fen) != 0)
        .limit(1)
        .lateral("balances")
    )
    # By way of the sales: their key is the line's id, that of the open decisions begins with the
    # owner, whom the caller need not know.
    open_decision = and_(
        Decision.cooperative_id == Sale.cooperative_id,
        Decision.sale_id == Sale.id,
        Decision.closed_on.is_(None),
    )
    rows = db.session.execute(
        select(Decision, Sale.held_on, balances.c.stage, balances.c.amount)
        .select_from(Sale)
        .join(Decision, open_decision)
        .outerjoin(balances, text("true"))
        .where(Sale.id.in_(line_ids))
        .execution_options(populate_existing=True)
    ).all()
    order = {line_id: place for place, line_id in enumerate(line_ids)}
    outcomes = [_outcome(row.Decision, row.held_on, row.stage, row.amount) for row in rows]
    outcomes.sort(key=lambda o: (order[o.line_id], _SCHEMES.index(o.scheme)))
    return outcomes


def _outcome(
    decision: Decision, held_on: date | None, stage: Stage | None, net_fen: int | None
) -> Outcome:
    reason = Text(decision.reason_zh, decision.reason_en)
    if decision.reason_code is ReasonCode.FLAGGED and held_on is None:
        # The sentence kept with the decision says that it waits; an office has let it go since.
        code = decision.region_code or ""
        place = tree().name(code) if code in tree() else ""
        reason = RELEASED[decision.scheme].format(place=place, unit=decision.buying_unit_name or "")
    return Outcome(
        line_id=decision.sale_id,
        scheme=decision.scheme,
        rule_id=decision.rule_id,
        standing=decision.standing,
        reason_code=decision.reason_code,
        reason=reason,
        stage=stage,
        kind=decision.kind,
        amount_fen=decision.amount_fen,
        net_fen=int(net_fen or 0),
        pairing_id=decision.pairing_id,
        rolls_up_to=tuple(decision.rolls_up_to),
        tied_pairing_ids=tuple(decision.tied_pairing_ids),
        region_code=decision.region_code,
        buying_unit_id=decision.buying_unit_id,
    )


def list_locked_figures(
    figures: Collection[tuple[str, str, int]],
) -> frozenset[tuple[str, str, int]]:
    """Return those of the figures (scheme, region, year) whose year is locked, and keep it so.

    A movement of a year that is over holds the year by a shared lock until it commits; locking
    the year waits for it.
    """
    years = sorted({year for _, _, year in figures})
    db.session.execute(
        text("select pg_advisory_xact_lock_shared(hashtext('credits.year'), y::integer) "
             "from unnest(cast(:years as bigint[])) as y"),
        {"years": years},
    ).all()  # fmt: skip
    locks = db.session.execute(
        select(LockedYear.scheme, LockedYear.region_code, LockedYear.year).where(
            LockedYear.year.in_(years)
        )
    ).all()
    regions = tree()
    return frozenset(
        (scheme, code, year)
        for scheme, code, year in figures
        if any(
            scheme == locked_scheme and year == locked_year and regions.is_inside(code, region)
            for locked_scheme, region, locked_year in locks
        )
    )


RULE_ORDER: cursors.Keys = [
    (CountingRule.scheme, "asc"),
    (CountingRule.version, "desc"),
    (CountingRule.id, "asc"),
]


def select_rules(*, on: date | None = None) -> Select[CountingRule]:
    """Select the versions of every scheme's rule, or those in force on a day."""
    statement = select(CountingRule)
    if on is not None:
        ends = or_(CountingRule.valid_to.is_(None), CountingRule.valid_to >= on)
        statement = statement.where(CountingRule.valid_from <= on, ends)
    return statement


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a sale counts, or would count, in a region of the actor's offices."""
    if actor.is_platform(Permission.REPORT_READ):
        return true()
    return _concerns(actor, Permission.REPORT_READ)


def manageable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor's office answers for the eastern end of a sale."""
    return _concerns(actor, Permission.CREDIT_REVIEW, Decision.scheme == Scheme.PAIRING)


def _concerns(
    actor: Actor, permission: Permission, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    region = func.coalesce(Decision.region_code, Decision.attribution_code)
    decisions = select(Decision.id).where(
        Decision.cooperative_id == Sale.cooperative_id,
        Decision.sale_id == Sale.id,
        Decision.closed_on.is_(None),
        lies_in(region, list_region_codes(actor, permission)),
        *conditions,
    )
    return decisions.exists()


def get_sale(actor: Actor, line_id: UUID) -> Sale:
    """Return a sale that the actor may see; raises SaleNotCredited."""
    sale = db.session.scalar(select(Sale).where(Sale.id == line_id, visible_to(actor)))
    if sale is None:
        raise SaleNotCredited
    return sale


def get_manageable_sale(actor: Actor, line_id: UUID) -> Sale:
    """Return a sale that the actor may decide on; raises SaleNotCredited."""
    sale = db.session.scalar(select(Sale).where(Sale.id == line_id, manageable_by(actor)))
    if sale is None:
        raise SaleNotCredited
    return sale


def lock_manageable_sale(actor: Actor, line_id: UUID) -> Sale:
    """Return a sale that the actor may decide on, locked; raises SaleNotCredited."""
    statement = (
        select(Sale).where(Sale.id == line_id, manageable_by(actor)).with_for_update(of=Sale)
    )
    sale = db.session.scalar(statement.execution_options(populate_existing=True))
    if sale is None:
        raise SaleNotCredited
    return sale


def count_caused_by(cause_id: UUID) -> int:
    """Return how many decisions a cause has made; scans, so for runs over many sales only."""
    statement = select(func.count()).select_from(Decision).where(Decision.cause_id == cause_id)
    return db.session.scalar(statement) or 0


HELD_ORDER: cursors.Keys = [(Sale.id, "asc")]


def select_held(actor: Actor) -> Select[Sale]:
    """Select the sales that wait for an office: doubtful ones, and those that pairings tie for."""
    tied = select(Decision.sale_id).where(
        Decision.standing == Standing.HELD, Decision.closed_on.is_(None)
    )
    return select(Sale).where(visible_to(actor), or_(Sale.held_on.is_not(None), Sale.id.in_(tied)))


def list_movements(sale: Sale) -> list[Credit]:
    """Return every credit of a sale under every scheme, in the order they were booked."""
    statement = (
        select(Credit)
        .join(
            Decision,
            and_(
                Decision.cooperative_id == Credit.cooperative_id,
                Decision.id == Credit.decision_id,
            ),
        )
        .where(Decision.cooperative_id == sale.cooperative_id, Decision.sale_id == sale.id)
        .order_by(Credit.booked_on, Credit.id)
    )
    return list(db.session.scalars(statement))
