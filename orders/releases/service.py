"""Releasing several statements: one step-up, and for each its own two officers and audit row."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from marketplace.errors import Problem
from marketplace.identity.actor import Actor
from orders.settlements.models import Statement
from orders.settlements.queries import get_statement, visible_to
from orders.settlements.service import release_statement

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one statement: released, agreed to by the first officer, or why not."""

    statement_id: uuid.UUID
    statement: Statement | None
    refusal: Problem | None = None


def release_statements(actor: Actor, statement_ids: Collection[uuid.UUID]) -> list[Outcome]:
    """Release each statement as by itself, in order of id; one that cannot be does not stop the others.

    A refusal has changed nothing, so that the others are committed together.
    """
    return [_release(actor, statement_id) for statement_id in sorted(set(statement_ids))]


def _release(actor: Actor, statement_id: uuid.UUID) -> Outcome:
    statement = None
    try:
        statement = get_statement(statement_id, visible_to(actor))
        return Outcome(statement_id, release_statement(actor, statement_id))
    except Problem as refused:
        return Outcome(statement_id, statement, refused)
