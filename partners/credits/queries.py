"""What is read of credits: the outcomes of sales, rules, and which years are locked."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select, text

from marketplace.database import db
from marketplace.language import Text
from partners.credits.models import CountingRule, Credit, Decision, LockedYear
from partners.credits.rules import Outcome, Scheme, Stage
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
    rows = db.session.execute(
        select(Decision, balances.c.stage, balances.c.amount)
        .outerjoin(balances, text("true"))
        .where(Decision.sale_id.in_(line_ids), Decision.closed_on.is_(None))
        .execution_options(populate_existing=True)
    ).all()
    order = {line_id: place for place, line_id in enumerate(line_ids)}
    outcomes = [_outcome(row.Decision, row.stage, row.amount) for row in rows]
    outcomes.sort(key=lambda o: (order[o.line_id], _SCHEMES.index(o.scheme)))
    return outcomes


def _outcome(decision: Decision, stage: Stage | None, net_fen: int | None) -> Outcome:
    return Outcome(
        line_id=decision.sale_id,
        scheme=decision.scheme,
        rule_id=decision.rule_id,
        standing=decision.standing,
        reason_code=decision.reason_code,
        reason=Text(decision.reason_zh, decision.reason_en),
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


def select_rules() -> Select[tuple[CountingRule]]:
    """Select every version of every scheme's rule."""
    return select(CountingRule)
