"""What a reader may do about a statement now, and what its page says of who did what."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.identity.actor import Actor
from marketplace.identity.queries import list_accounts
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.settlements import queries
from orders.settlements.models import Statement
from orders.settlements.states import StatementState

FINANCE = Text("平台财务", "The platform's finance")


@dataclass(frozen=True, slots=True)
class Release:
    """That an officer agreed to a payout; cooperatives are not told who it was."""

    who: str
    at: datetime | None
    is_alone: bool


def list_offers(actor: Actor, statement: Statement) -> dict[str, bool]:
    """Return what the reader may do about a statement now."""
    state = statement.state
    is_mine = queries.is_managed_by(actor, statement)
    is_finance = actor.can(Permission.SETTLEMENT_RUN)
    may_release = state in (StatementState.CONFIRMED, StatementState.FAILED)
    return {
        "can_confirm": is_mine and state is StatementState.ISSUED,
        "can_dispute": is_mine and state in (StatementState.ISSUED, StatementState.DISPUTED),
        "can_answer": is_finance and state is StatementState.DISPUTED,
        "can_correct": is_finance and state is not StatementState.DRAFT,
        "can_release": is_finance and can_release(actor, statement),
        "can_reissue": is_finance and (may_release or state is StatementState.ISSUED),
    }  # fmt: skip


def can_release(actor: Actor, statement: Statement) -> bool:
    """Tell whether a statement waits for this officer's word before it is paid."""
    is_confirmed = statement.state in (StatementState.CONFIRMED, StatementState.FAILED)
    is_owed = is_confirmed and statement.payable_fen > 0
    return is_owed and statement.first_released_by != actor.id


def list_releases(actor: Actor, statement: Statement) -> list[Release]:
    """Return which officers agreed to the payout, first one first; names for the platform's people."""
    first, second = statement.first_released_by, statement.second_released_by
    if first is None:
        return []
    names = _name_officers(actor, {each for each in (first, second) if each})
    begun_at = queries.find_release_begun(statement.id, first)
    releases = [Release(names[first], begun_at, second is None)]
    if second is not None:
        releases.append(Release(names[second], statement.released_at, is_alone=False))
    return releases


def list_listed(
    actor: Actor, statements: Sequence[Statement]
) -> dict[uuid.UUID, dict[str, bool | str | None]]:
    """Return what the list says of statements: who waits for another officer, and for the reader."""
    may_release = actor.can(Permission.STATEMENT_RELEASE)
    agreed = {
        each.id: each.first_released_by
        for each in statements
        if each.first_released_by is not None and each.second_released_by is None
    }
    names = _name_officers(actor, set(agreed.values()))
    return {
        each.id: {
            "can_release": may_release and can_release(actor, each),
            "agreed_by": names[agreed[each.id]] if each.id in agreed else None,
        }
        for each in statements
    }


def _name_officers(actor: Actor, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Name officers to the platform's people; to others they are all the platform's finance."""
    is_told = bool(ids) and actor.is_platform(Permission.SETTLEMENT_READ)
    known = list_accounts(ids) if is_told else {}
    names = {each: account.login_name for each, account in known.items()}
    return {each: names.get(each) or str(FINANCE) for each in ids}


def say_confirmed(statement: Statement) -> Text:
    """Return what a cooperative reads that has confirmed."""
    if statement.payable_fen == 0:
        return Text("已核对，本期没有应付款", "Confirmed; nothing is payable for this window")
    return Text("已核对，等平台放款", "Confirmed; the platform will release it")


def say_released(statement: Statement) -> Text:
    """Return what an officer reads who has agreed to a payout."""
    if statement.state is StatementState.RELEASED:
        return Text(
            "两位财务都已同意，现已放款，待银行付款",
            "Both officers agree: it is released now, and waits for the bank",
        )
    return Text(
        "已记下您的同意；另一位财务也同意后才放款",
        "Noted; it is released once another officer agrees",
    )
