"""What happens to the credit of sales: judged, credited, confirmed, reversed, held and let go.

Every change states what a sale is now (completed, returned so far, held) and posts the difference
between what its credits are and what they must be. A repeat of a cause writes nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

from marketplace import clock
from marketplace.database import db
from marketplace.days import book_day
from marketplace.outbox.kinds import EventKind
from marketplace.outbox.service import announcement, announcing
from marketplace.statements import Part, count_of, fetch_one, write_together
from partners.credits.errors import ReturnExceedsSale, SaleNotCredited
from partners.credits.facts import SaleFacts
from partners.credits.queries import list_locked_figures, list_outcomes
from partners.credits.rows import (
    Cause,
    Movement,
    Row,
    Standings,
    credit_rows,
    decision_row,
    differences,
    sale_row,
)
from partners.credits.rules import Outcome, Stage
from partners.credits.surroundings import surroundings_at
from partners.regions.queries import VERSIONS, get_versions, versions_of

LEDGER = "credits"

# The day to book sales on, and the versions of what they are judged by, as two columns. Read
# together with what else a caller reads, by a statement that has the value ``pretended``.
LOOK = f"book_day('credits', %(pretended)s) AS booked_on, {VERSIONS} AS versions"
# Facts, decisions and credits in one statement: a sale that is there already takes its decisions
# and credits away with it, whichever of two transactions came first.
_WRITE_SALES = """
credits_fresh AS (
    INSERT INTO sales
    SELECT * FROM jsonb_populate_recordset(NULL::sales, CAST(%(credits_sales)s AS jsonb))
    ON CONFLICT DO NOTHING RETURNING id
), credits_decided AS (
    INSERT INTO decisions
    SELECT d.*
    FROM jsonb_populate_recordset(NULL::decisions, CAST(%(credits_decisions)s AS jsonb)) AS d
    JOIN credits_fresh ON credits_fresh.id = d.sale_id RETURNING id
), credits_credited AS (
    INSERT INTO credits
    SELECT c.* FROM jsonb_populate_recordset(NULL::credits, CAST(%(credits)s AS jsonb)) AS c
    JOIN credits_decided ON credits_decided.id = c.decision_id RETURNING id
)"""
_WRITE_DECISIONS = """
decisions_made AS (
    INSERT INTO decisions
    SELECT * FROM jsonb_populate_recordset(NULL::decisions, CAST(%(decisions)s AS jsonb))
    RETURNING id
), credits_moved AS (
    INSERT INTO credits
    SELECT * FROM jsonb_populate_recordset(NULL::credits, CAST(%(credits)s AS jsonb))
    RETURNING id
)
"""
_LOCK_SALES = text(
    "select id, amount_fen from sales "
    "where cooperative_id = :cooperative_id and id = any(:line_ids) order by id for update"
)


def _changing(change: str) -> TextClause:
    """Return the statement that changes locked sales and reads what their credits then must be.

    The sales are locked, so its picture of them is the newest there is. A cause that has moved a
    credit of the sale before changes nothing.
    """
    return text(f"""
    WITH changed AS (
        UPDATE sales SET {change}
        WHERE cooperative_id = :cooperative_id AND id = ANY(:line_ids) AND NOT EXISTS (
            SELECT FROM decisions d JOIN credits c
              ON c.cooperative_id = d.cooperative_id AND c.decision_id = d.id
            WHERE d.cooperative_id = sales.cooperative_id AND d.sale_id = sales.id
              AND c.cause_kind = :cause_kind AND c.cause_id = :cause_id)
        RETURNING cooperative_id, id, amount_fen, returned_fen, completed_on, held_on
    )
    SELECT d.*, s.amount_fen AS sale_amount_fen, s.returned_fen, s.completed_on, s.held_on,
           r.confirms_at, coalesce(b.balances, '{{}}') AS balances
    FROM changed s
    JOIN decisions d ON d.cooperative_id = s.cooperative_id AND d.sale_id = s.id
    JOIN counting_rules r ON r.id = d.rule_id
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(stage, amount) AS balances FROM (
            SELECT stage, sum(amount_fen) AS amount FROM credits c
            WHERE c.cooperative_id = d.cooperative_id AND c.decision_id = d.id GROUP BY stage
        ) AS stages
    ) AS b ON true
    WHERE d.closed_on IS NULL AND d.standing <> 'not_counted'
    ORDER BY d.id
    """)  # noqa: S608 - the changes are the constants below


_COMPLETE = _changing("completed_on = coalesce(completed_on, :booked_on)")
_RETURN = _changing("returned_fen = greatest(returned_fen, :returned_fen)")
_HOLD = _changing("held_on = coalesce(held_on, :booked_on)")
_RELEASE = _changing("held_on = NULL")
READ = _changing("held_on = held_on")


def judge(
    facts: Sequence[SaleFacts], *, versions: Mapping[str, str] | None = None
) -> list[Outcome]:
    """Say what sales would count for, per sale in the schemes' order; writes nothing.

    ``versions``: as ``VERSIONS`` has just read them; asked for where they are not given.
    """
    surroundings = surroundings_at(get_versions() if versions is None else versions_of(versions))
    return [outcome for sale in facts for outcome in surroundings.judge(sale)]


def credit_sales(facts: Sequence[SaleFacts]) -> list[Outcome]:
    """Judge paid sales under every scheme and credit what counts; sales known already stay.

    Two round trips, however many sales. Returns the outcomes per sale in the schemes' order.
    """
    if not facts:
        return []
    looked = fetch_one(f"SELECT {LOOK}", {"pretended": clock.travelled_to()})
    part, outcomes = crediting(facts, booked_on=looked.booked_on, versions=looked.versions)
    if write_together(part).credits_fresh < len(facts):
        return list_outcomes([sale.line_id for sale in facts])
    return outcomes


def crediting(
    facts: Sequence[SaleFacts], *, booked_on: date, versions: Mapping[str, str] | None
) -> tuple[Part, list[Outcome]]:
    """Judge paid sales; return the writing of what counts, and the outcomes per sale.

    ``booked_on`` and ``versions`` are what ``LOOK`` has just read in this transaction.
    """
    surroundings = surroundings_at(versions_of(versions))
    at = clock.now()
    judged = [(sale, surroundings.judge(sale)) for sale in facts]
    decisions: list[Row] = []
    movements: list[Movement] = []
    for sale, outcomes in judged:
        cause = Cause(kind="paid", id=sale.line_id)
        for outcome in outcomes:
            decision = decision_row(sale, outcome, cause, at)
            decisions.append(decision)
            if outcome.stage is not None:
                expected = {outcome.stage: outcome.amount_fen}
                movements += differences(decision, {}, expected, cause)
    # In order of id: two calls with the same sales then wait for each other in one order.
    in_order = sorted(facts, key=lambda sale: sale.line_id)
    values = {
        "credits_sales": _json([sale_row(sale, at, booked_on) for sale in in_order]),
        "credits_decisions": _json(decisions),
        "credits": _json(_rows(movements, booked_on)),
    }
    outcomes = [outcome for _, found in judged for outcome in found]
    return Part(_WRITE_SALES, values, count_of("credits_fresh")), outcomes


def confirm_sales(*, cooperative_id: UUID, line_ids: Sequence[UUID], cause_id: UUID) -> None:
    """Confirm what sales of a cooperative count for: goods accepted, after-sales window closed.

    What is held stays held and is confirmed when it is released.
    """
    _change_sales(_COMPLETE, cooperative_id, line_ids, Cause(kind="completed", id=cause_id))


def reverse_sale(
    *, cooperative_id: UUID, line_id: UUID, cause_id: UUID, returned_fen_total: int
) -> None:
    """Take back the credit of what was returned of a sale so far, in the stage where it stands.

    ``returned_fen_total`` is the sum of all returns of the line's goods, this one included; a
    total lower than one seen before changes nothing. Raises ReturnExceedsSale.
    """
    _change_sales(
        _RETURN,
        cooperative_id,
        [line_id],
        Cause(kind="returned", id=cause_id),
        returned_fen=returned_fen_total,
    )


def hold_sale(*, cooperative_id: UUID, line_id: UUID, cause_id: UUID) -> None:
    """Hold a doubtful sale's credit until an office has looked at it."""
    _change_sales(_HOLD, cooperative_id, [line_id], Cause(kind="flagged", id=cause_id))


def release_sale(*, cooperative_id: UUID, line_id: UUID, cause_id: UUID) -> None:
    """Let a held sale's credit go on: to pending, or to confirmed if it was completed meanwhile."""
    _change_sales(_RELEASE, cooperative_id, [line_id], Cause(kind="released", id=cause_id))


def _change_sales(
    statement: TextClause,
    cooperative_id: UUID,
    line_ids: Sequence[UUID],
    cause: Cause,
    *,
    returned_fen: int = 0,
) -> None:
    """Change sales and post what their credits lack; three round trips, however many sales."""
    lock_sales(cooperative_id, line_ids, returned_fen=returned_fen)
    booked_on = book_day(LEDGER)
    movements: list[Movement] = []
    decisions = read_changed(
        statement, cooperative_id, line_ids, cause, booked_on, returned_fen=returned_fen
    )
    for decision in decisions:
        expected = standings_of(decision).expected(
            decision["amount_fen"], decision["standing"], decision["confirms_at"]
        )
        movements += differences(decision, decision["balances"], expected, cause)
    lines = {decision["id"]: decision["sale_id"] for decision in decisions}
    write_movements([], movements, booked_on, _told(movements, lines))


def _told(movements: Sequence[Movement], lines: Mapping[UUID, UUID]) -> list[dict[str, Any]]:
    """Return what is told of a change, for each scheme by itself: none adds to another."""
    announcements = []
    for one in movements:
        kind = _kind_of(one)
        if kind is not None:
            told = announcement(
                kind,
                subject_id=one.decision_id,
                cooperative_id=one.cooperative_id,
                facts={
                    "line_id": lines[one.decision_id],
                    "scheme": one.scheme,
                    "stage": one.stage,
                    "amount_fen": one.amount_fen,
                    "counting_year": one.sale_year,
                },
            )
            announcements.append(told)
    return announcements


def _kind_of(movement: Movement) -> EventKind | None:
    if movement.cause.kind == "completed" and movement.stage is Stage.CONFIRMED:
        return EventKind.CREDIT_CONFIRMED
    if movement.cause.kind == "returned" and movement.amount_fen < 0:
        return EventKind.CREDIT_REVERSED
    return None


def lock_sales(cooperative_id: UUID, line_ids: Sequence[UUID], *, returned_fen: int = 0) -> None:
    """Lock sales of a cooperative; raises SaleNotCredited if one is missing."""
    locked = db.session.execute(
        _LOCK_SALES, {"cooperative_id": cooperative_id, "line_ids": list(line_ids)}
    ).all()
    if len(locked) < len(set(line_ids)):
        raise SaleNotCredited
    if any(returned_fen > row.amount_fen for row in locked):
        raise ReturnExceedsSale


def read_changed(
    statement: TextClause,
    cooperative_id: UUID,
    line_ids: Sequence[UUID],
    cause: Cause,
    booked_on: date,
    *,
    returned_fen: int = 0,
) -> list[Row]:
    """Change locked sales; return their open, counting decisions with balances by stage."""
    values: dict[str, Any] = {
        "cooperative_id": cooperative_id,
        "line_ids": list(line_ids),
        "cause_kind": cause.kind,
        "cause_id": cause.id,
    }
    wanted = {"booked_on": booked_on, "returned_fen": returned_fen}
    values |= {name: value for name, value in wanted.items() if name in statement.compile().params}
    return [dict(row) for row in db.session.execute(statement, values).mappings()]


def standings_of(row: Row) -> Standings:
    """Return where a sale stands, from a row of ``read_changed``."""
    return Standings(
        sale_amount_fen=row["sale_amount_fen"],
        returned_fen=row["returned_fen"],
        is_completed=row["completed_on"] is not None,
        is_held=row["held_on"] is not None,
    )


def write_movements(
    decisions: Sequence[Row],
    movements: Sequence[Movement],
    booked_on: date,
    told: Sequence[dict[str, Any]] = (),
) -> None:
    """Write new decisions, movements and what is told of them in one statement, if there are any."""
    if decisions or movements:
        values = {"decisions": _json(decisions), "credits": _json(_rows(movements, booked_on))}
        made = ", ".join(map(count_of, ("decisions_made", "credits_moved")))
        parts = [Part(_WRITE_DECISIONS, values, made)]
        write_together(*parts, *([announcing(told)] if told else []))


def _rows(movements: Sequence[Movement], booked_on: date) -> list[Row]:
    late = {movement.figure for movement in movements if movement.sale_year < booked_on.year}
    locked = list_locked_figures(late) if late else frozenset()
    return credit_rows(movements, booked_on, clock.now(), locked)


def _json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows).decode()
