"""Deciding anew for whom a sale counts: a changed attribution, or an office's choice in a tie.

The open decision is closed, its movements are reversed, and another is opened under the rule of
the day of the sale; what was returned meanwhile stays returned.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, text

from marketplace import clock
from marketplace.database import db
from marketplace.days import book_day
from partners.credits import service
from partners.credits.errors import NoTieToSettle, PairingNotAmongTied
from partners.credits.judging import kind_of, not_counted, settle_on
from partners.credits.models import Decision, Sale
from partners.credits.reasons import ReasonCode
from partners.credits.rows import (
    Attribution,
    Cause,
    Movement,
    Row,
    Standings,
    decision_row,
    differences,
    facts_of,
)
from partners.credits.rules import Outcome, Scheme, Standing
from partners.credits.surroundings import Surroundings, surroundings_at
from partners.regions.queries import get_versions

_CLOSE = text(
    "update decisions set closed_on = :booked_on "
    "where cooperative_id = :cooperative_id and id = any(:ids) and closed_on is null"
)


def reattribute_sale(
    *, cooperative_id: UUID, line_id: UUID, attribution: Attribution, cause_id: UUID
) -> None:
    """Let a sale count for another unit or region; a repeat of the cause changes nothing."""
    cause = Cause(kind="reattributed", id=cause_id)
    service.lock_sales(cooperative_id, [line_id])
    if _was_caused(cooperative_id, line_id, cause):
        return
    surroundings = surroundings_at(get_versions())
    sale = _get_sale(cooperative_id, line_id)
    facts = facts_of(sale, attribution)
    _decide(sale, attribution, surroundings.judge(facts), surroundings, cause)


def settle_tie(*, cooperative_id: UUID, line_id: UUID, pairing_id: UUID, cause_id: UUID) -> None:
    """Let a sale that several pairings tie for count for the one that the office chose.

    Raises NoTieToSettle, PairingNotAmongTied.
    """
    service.lock_sales(cooperative_id, [line_id])
    cause = Cause(kind="tie_settled", id=cause_id)
    if _was_caused(cooperative_id, line_id, cause):
        return
    tied = _find_tie(cooperative_id, line_id)
    if tied is None:
        raise NoTieToSettle
    if pairing_id not in tied.tied_pairing_ids:
        raise PairingNotAmongTied
    surroundings = surroundings_at(get_versions())
    sale = _get_sale(cooperative_id, line_id)
    attribution = attribution_of(tied)
    outcome = _chosen(sale, tied, pairing_id, surroundings)
    _decide(sale, attribution, [outcome], surroundings, cause)


def refuse_sale(*, cooperative_id: UUID, line_id: UUID, cause_id: UUID) -> None:
    """Let a sale count nowhere, because an office has looked at it and says so."""
    service.lock_sales(cooperative_id, [line_id])
    cause = Cause(kind="refused", id=cause_id)
    if _was_caused(cooperative_id, line_id, cause):
        return
    sale = _get_sale(cooperative_id, line_id)
    open_now = _list_open(sale)
    attribution = attribution_of(open_now[Scheme.PAIRING])
    facts = facts_of(sale, attribution)
    outcomes = [
        not_counted(facts, decision.scheme, decision.rule_id, ReasonCode.REFUSED)
        for decision in open_now.values()
        if decision.standing is not Standing.NOT_COUNTED
    ]
    _decide(sale, attribution, outcomes, surroundings_at(get_versions()), cause)


# What an office has decided about one sale is not undone by a run over many.
BY_AN_OFFICE = frozenset({"refused", "tie_settled"})


def recount_sale(*, cooperative_id: UUID, line_id: UUID, scheme: Scheme, cause_id: UUID) -> bool:
    """Judge a sale again under one scheme, as of its day but by today's rules and pairings.

    Returns whether another decision came of it; a repeat of the cause changes nothing.
    """
    cause = Cause(kind="recounted", id=cause_id)
    service.lock_sales(cooperative_id, [line_id])
    if _was_caused(cooperative_id, line_id, cause):
        return False
    surroundings = surroundings_at(get_versions())
    sale = _get_sale(cooperative_id, line_id)
    old = _list_open(sale)[scheme]
    outcome = judge_again(surroundings, sale, old)
    if outcome is None:
        return False
    _decide(sale, attribution_of(old), [outcome], surroundings, cause)
    return True


def judge_again(surroundings: Surroundings, sale: Sale, old: Decision) -> Outcome | None:
    """Return what a decision would be now; None if it is the same, or was an office's own."""
    if old.cause_kind in BY_AN_OFFICE:
        return None
    outcomes = surroundings.judge(facts_of(sale, attribution_of(old)))
    (outcome,) = [each for each in outcomes if each.scheme is old.scheme]
    return None if has_same_effect(old, outcome) else outcome


def _chosen(sale: Sale, tied: Decision, pairing_id: UUID, surroundings: Surroundings) -> Outcome:
    facts = facts_of(sale, attribution_of(tied))
    rule = next(r for r in surroundings.rules if r.id == tied.rule_id)
    in_force = [c for c in surroundings.candidates(facts) if c.is_in_force(sale.sale_on)]
    winner = next(c for c in in_force if c.pairing_id == pairing_id)
    kind, east = kind_of(facts, rule), surroundings.place(facts.attribution_code, sale.sale_on)
    if kind is None or east is None:
        raise NoTieToSettle
    return settle_on(facts, rule, winner, in_force=in_force, kind=kind, east=east)


def _decide(
    sale: Sale,
    attribution: Attribution,
    outcomes: Sequence[Outcome],
    surroundings: Surroundings,
    cause: Cause,
) -> None:
    """Replace the open decisions that come out differently now."""
    booked_on, at = book_day(service.LEDGER), clock.now()
    facts = facts_of(sale, attribution)
    open_now = _list_open(sale)
    balances = _balances(sale, cause, booked_on)
    standings = Standings(
        sale_amount_fen=sale.amount_fen,
        returned_fen=sale.returned_fen,
        is_completed=sale.completed_on is not None,
        is_held=sale.held_on is not None,
    )
    confirms_at = {rule.id: rule.confirms_at for rule in surroundings.rules}
    closed: list[UUID] = []
    decisions: list[Row] = []
    movements: list[Movement] = []
    for outcome in outcomes:
        old = open_now[outcome.scheme]
        if _is_same(old, outcome, attribution):
            continue
        closed.append(old.id)
        if old.id in balances:
            movements += differences(balances[old.id], balances[old.id]["balances"], {}, cause)
        new = decision_row(facts, outcome, cause, at)
        decisions.append(new)
        if outcome.rule_id is not None and outcome.standing is not Standing.NOT_COUNTED:
            expected = standings.expected(
                outcome.amount_fen, outcome.standing, confirms_at[outcome.rule_id]
            )
            movements += differences(new, {}, expected, cause)
    _close(sale.cooperative_id, closed, booked_on)
    service.write_movements(decisions, movements, booked_on)
    db.session.expire_all()


def _is_same(old: Decision, new: Outcome, attribution: Attribution) -> bool:
    return has_same_effect(old, new) and attribution_of(old) == attribution


def has_same_effect(old: Decision, new: Outcome) -> bool:
    """Tell whether a judgement comes out as the decision that stands."""
    subject = (old.standing, old.kind, old.pairing_id, old.region_code, old.reason_code)
    return (*subject, old.amount_fen, tuple(old.rolls_up_to)) == (
        new.standing,
        new.kind,
        new.pairing_id,
        new.region_code,
        new.reason_code,
        new.amount_fen,
        new.rolls_up_to,
    )


def attribution_of(decision: Decision) -> Attribution:
    """Return for whom a decision was made."""
    return Attribution(
        attribution_code=decision.attribution_code,
        buying_unit_id=decision.buying_unit_id,
        buying_unit_name=decision.buying_unit_name,
        buying_unit_kind=decision.buying_unit_kind,
        buying_unit_is_budget=decision.buying_unit_is_budget is not False,
    )


def _was_caused(cooperative_id: UUID, line_id: UUID, cause: Cause) -> bool:
    statement = select(Decision.id).where(
        Decision.cooperative_id == cooperative_id,
        Decision.sale_id == line_id,
        Decision.cause_kind == cause.kind,
        Decision.cause_id == cause.id,
    )
    return db.session.scalar(statement.limit(1)) is not None


def _get_sale(cooperative_id: UUID, line_id: UUID) -> Sale:
    statement = select(Sale).where(Sale.cooperative_id == cooperative_id, Sale.id == line_id)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def _list_open(sale: Sale) -> dict[Scheme, Decision]:
    statement = select(Decision).where(
        Decision.cooperative_id == sale.cooperative_id,
        Decision.sale_id == sale.id,
        Decision.closed_on.is_(None),
    )
    return {decision.scheme: decision for decision in db.session.scalars(statement)}


def _find_tie(cooperative_id: UUID, line_id: UUID) -> Decision | None:
    statement = select(Decision).where(
        Decision.cooperative_id == cooperative_id,
        Decision.sale_id == line_id,
        Decision.scheme == Scheme.PAIRING,
        Decision.standing == Standing.HELD,
        Decision.closed_on.is_(None),
    )
    return db.session.scalar(statement)


def _balances(sale: Sale, cause: Cause, booked_on: date) -> dict[UUID, Row]:
    rows = service.read_changed(service.READ, sale.cooperative_id, [sale.id], cause, booked_on)
    return {row["id"]: row for row in rows}


def _close(cooperative_id: UUID, ids: Sequence[UUID], booked_on: date) -> None:
    if ids:
        db.session.execute(
            _CLOSE, {"cooperative_id": cooperative_id, "ids": list(ids), "booked_on": booked_on}
        )
