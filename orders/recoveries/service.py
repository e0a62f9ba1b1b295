"""Ask for a lost account, decide as an officer, wait out the notice, and hand it over."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from marketplace import audit, clock, jobs, secrets
from marketplace.database import db
from marketplace.identity import dormancy
from marketplace.identity.actor import ANONYMOUS, SYSTEM, Actor
from marketplace.identity.attempts import address_index
from marketplace.identity.codes import phone_index
from marketplace.identity.models import Account
from marketplace.identity.queries import (
    find_account_by_phone_index,
    get_account,
    lock_account,
    lock_index,
)
from marketplace.identity.sessions import revoke_sessions_of
from marketplace.ids import new_number
from marketplace.wechat import service as wechat
from orders.recoveries import queries
from orders.recoveries.errors import (
    EvidenceTooWeak,
    NewNumberInUse,
    RecoveryNotFound,
    RecoveryNotInState,
    RecoveryOfOneself,
    RecoveryOpen,
    TooManyRecoveries,
)
from orders.recoveries.evidence import Statements, find_account
from orders.recoveries.models import Recovery, RecoveryState
from orders.recoveries.notices import send_recovery_notice

NOTICE_PERIOD = timedelta(days=7)
COUNTED = timedelta(days=30)
OF_A_NEW_NUMBER = 3
OF_A_LOST_NUMBER = 5
OF_AN_ADDRESS = 20


def submit_recovery(said: Statements, address: str) -> Recovery:
    """Take down an application; its new number was proved by a code.

    Looks at nothing that belongs to the lost number, so the answer is the same for all of them.
    Raises NewNumberInUse (about the applicant's own number), RecoveryOpen, TooManyRecoveries.
    """
    new_index, old_index = phone_index(said.new_phone), phone_index(said.old_phone)
    origin = address_index(address)
    for index in sorted({new_index, old_index, origin}):
        lock_index(index)
    since = clock.now() - COUNTED
    for column, index, most in (
        (Recovery.new_phone_index, new_index, OF_A_NEW_NUMBER),
        (Recovery.old_phone_index, old_index, OF_A_LOST_NUMBER),
        (Recovery.address_index, origin, OF_AN_ADDRESS),
    ):
        if queries.count_since(column, index, since) >= most:
            raise TooManyRecoveries
    own = find_account_by_phone_index(new_index)
    # Who asks with the same number cannot answer the second question: the account is that one.
    if own is not None and new_index != old_index and _is_in_use(own):
        raise NewNumberInUse
    recovery = Recovery(
        recovery_no=new_number("ZH"),
        state=RecoveryState.SUBMITTED,
        sealed=said.seal(),
        old_phone_index=old_index,
        new_phone_index=new_index,
        address_index=origin,
        submitted_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(recovery)
            db.session.flush()
    except IntegrityError as error:
        raise RecoveryOpen from error
    _record(ANONYMOUS, "recovery.submitted", recovery)
    return recovery


def approve_recovery(actor: Actor, recovery: Recovery) -> Recovery:
    """Find the account and start the notice (row locked, second factor shown): nothing is handed
    over yet. Raises EvidenceTooWeak, RecoveryOfOneself, RecoveryNotInState.
    """
    _require(recovery, RecoveryState.SUBMITTED)
    _refuse_own(actor, recovery)
    account_id = find_account(Statements.unseal(recovery.sealed), recovery.old_phone_index)
    if account_id is None or queries.find_running(account_id) is not None:
        raise EvidenceTooWeak
    if account_id == actor.account_id:
        raise RecoveryOfOneself
    recovery.account_id = account_id
    recovery.completes_at = clock.now() + NOTICE_PERIOD
    _decide(actor, recovery, RecoveryState.APPROVED)
    jobs.enqueue(send_recovery_notice, recovery_id=str(recovery.id))
    return recovery


def refuse_recovery(actor: Actor, recovery: Recovery, *, reason: str) -> Recovery:
    """Refuse an application (row locked), with a reason that the applicant reads."""
    _require(recovery, RecoveryState.SUBMITTED)
    _refuse_own(actor, recovery)
    recovery.answer = reason
    return _decide(actor, recovery, RecoveryState.REFUSED)


def stop_own_recovery(actor: Actor) -> bool:
    """Stop a recovery of the actor's own account: the number is not lost. False if none runs."""
    running = queries.find_running(actor.account_id)
    if running is None:
        return False
    recovery = queries.lock_recovery(running.id, queries.is_of(actor.account_id))
    if recovery.state is not RecoveryState.APPROVED:
        return False
    _stop(actor, recovery, "stopped_by_holder")
    return True


def stop_recovery(actor: Actor, recovery: Recovery, *, reason: str) -> Recovery:
    """Stop an approved recovery as an officer, while its notice runs (row locked)."""
    _require(recovery, RecoveryState.APPROVED)
    recovery.answer = reason
    return _stop(actor, recovery, "stopped_by_officer")


def complete_recovery(recovery_id: uuid.UUID) -> RecoveryState | None:
    """Hand the account over to its new number once the notice is over; None if it is not due.

    It stops instead when the lost number was used meanwhile, or the new one came into use.
    """
    due = (Recovery.state == RecoveryState.APPROVED) & (Recovery.completes_at <= clock.now())
    try:
        recovery = queries.lock_recovery(recovery_id, due)
    except RecoveryNotFound:
        return None
    account_id, new_index = recovery.account_id, recovery.new_phone_index
    if account_id is None:
        return None
    own = find_account_by_phone_index(new_index)
    others = {account_id} if own is None else {account_id, own.id}
    locked = {one: lock_account(one) for one in sorted(others)}
    account = locked[account_id]
    in_the_way = own if own is not None and own.id != account_id else None
    if _was_used_since(account, recovery):
        _stop(SYSTEM, recovery, "number_in_use")
    elif in_the_way is not None and _is_in_use(in_the_way):
        _stop(SYSTEM, recovery, "new_number_in_use")
    else:
        _hand_over(recovery, account, in_the_way)
    return recovery.state


def _hand_over(recovery: Recovery, account: Account, in_the_way: Account | None) -> None:
    new_phone = Statements.unseal(recovery.sealed).new_phone
    if in_the_way is not None:
        # Made by looking around with the new number; there is nothing in it.
        dormancy.release_phone(SYSTEM, in_the_way, "recovery")
    if account.phone_index != recovery.new_phone_index:
        dormancy.remember_former(account)
    account.phone_sealed = secrets.seal(new_phone)
    account.phone_index = recovery.new_phone_index
    account.phone_proved_at = clock.now()
    account.phone_released_at = None
    db.session.flush()
    revoke_sessions_of(account.id)
    wechat.forget(account.id)
    audit.record("phone.recover", "account", account.id, actor=SYSTEM,
                 after={"recovery_id": str(recovery.id)})  # fmt: skip
    recovery.ended_at = clock.now()
    _move(SYSTEM, recovery, RecoveryState.COMPLETED)
    jobs.enqueue(send_recovery_notice, recovery_id=str(recovery.id))


def _was_used_since(account: Account, recovery: Recovery) -> bool:
    """Tell whether a code to the lost number was redeemed after it was said to be lost."""
    is_same_number = recovery.old_phone_index == recovery.new_phone_index
    proved_at = account.phone_proved_at
    return not is_same_number and proved_at is not None and proved_at > recovery.submitted_at


def _is_in_use(account: Account) -> bool:
    """Tell whether an account is more than a number that once looked around."""
    return account.password_hash is not None or dormancy.holds_anything(account.id)


def _refuse_own(actor: Actor, recovery: Recovery) -> None:
    own = get_account(actor.account_id).phone_index
    if own is not None and own in (recovery.old_phone_index, recovery.new_phone_index):
        raise RecoveryOfOneself


def _require(recovery: Recovery, state: RecoveryState) -> None:
    if recovery.state is not state:
        raise RecoveryNotInState(recovery.state)


def _decide(actor: Actor, recovery: Recovery, state: RecoveryState) -> Recovery:
    recovery.decided_by = actor.account_id
    recovery.decided_at = clock.now()
    return _move(actor, recovery, state)


def _stop(actor: Actor, recovery: Recovery, why: str) -> Recovery:
    recovery.ended_at = clock.now()
    return _move(actor, recovery, RecoveryState.STOPPED, why)


def _move(
    actor: Actor, recovery: Recovery, state: RecoveryState, why: str | None = None
) -> Recovery:
    before = recovery.state
    recovery.state = state
    db.session.flush()
    _record(actor, f"recovery.{state}", recovery, before, why)
    return recovery


def _record(
    actor: Actor,
    action: str,
    recovery: Recovery,
    before: RecoveryState | None = None,
    why: str | None = None,
) -> None:
    after: dict[str, Any] = {"state": recovery.state}
    if recovery.account_id is not None:
        after["account_id"] = str(recovery.account_id)
    if why is not None:
        after["why"] = why
    audit.record(
        action, "recovery", recovery.id, actor=actor,
        before=None if before is None else {"state": before}, after=after,
    )  # fmt: skip
