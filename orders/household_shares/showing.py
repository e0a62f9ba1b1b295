"""Shares with their lines, as they are shown."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.cursors import Page, paginate
from marketplace.identity.actor import Actor
from orders.household_shares import queries
from orders.household_shares.kinds import ShareState
from orders.household_shares.models import HouseholdShare, HouseholdShareLine
from orders.household_shares.queries import ListedShare
from orders.settlements.models import Statement
from orders.settlements.queries import get_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownShare:
    """A revision with its lines, its statement's number and its cooperative's name."""

    share: HouseholdShare
    statement_no: str
    cooperative_name: str
    lines: Sequence[HouseholdShareLine]


def show(listed: Sequence[ListedShare]) -> list[ShownShare]:
    """Return shares with their lines; one query more, however many shares."""
    lines = queries.list_lines([each.share for each in listed])
    return [
        ShownShare(
            share=each.share,
            statement_no=each.statement_no,
            cooperative_name=each.cooperative_name,
            lines=lines[each.share.id],
        )
        for each in listed
    ]


def show_one(listed: ListedShare) -> ShownShare:
    """Return one share with its lines."""
    return show([listed])[0]


def show_share(actor: Actor, share_id: uuid.UUID) -> ShownShare:
    """Return a share that the actor may read; raises HouseholdShareUnknown."""
    return show_one(queries.get_share(share_id, queries.is_visible_to(actor)))


def list_of_statement(actor: Actor, statement_id: uuid.UUID) -> list[ShownShare]:
    """Return the revisions of a statement's share, the newest first; raises StatementNotFound."""
    statement = get_statement(statement_id, queries.statements_read_by(actor))
    return show_revisions(statement)


def show_revisions(statement: Statement) -> list[ShownShare]:
    """Return the revisions of a statement that the caller has checked."""
    return show(
        [
            ListedShare(share, statement.statement_no, statement.cooperative_name)
            for share in queries.list_revisions(statement)
        ]
    )


def page_of_shares(
    actor: Actor, state: ShareState | None, limit: int, after: str | None
) -> Page[ShownShare]:
    """Return one page of the shares that the actor may read, the newest first."""
    found = queries.select_shares(queries.is_visible_to(actor), state)
    page = paginate(
        found, queries.SHARE_ORDER, limit, after, key_of=lambda row: [row[0].id], scalars=False
    )
    return Page(show([ListedShare(*row) for row in page.items]), page.next)
