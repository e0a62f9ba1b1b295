"""The doors by WeChat: a try is counted, WeChat is asked, and what it said is acted on."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app

from marketplace.database import transaction
from marketplace.errors import Problem, TooManyRequests, Unavailable
from marketplace.identity import attempts, codes, sessions
from marketplace.identity.actor import current_actor
from marketplace.identity.doors import address, caller
from marketplace.identity.dormancy import Question
from marketplace.identity.errors import SecondQuestion, SignInRefused
from marketplace.identity.models import AttemptKind, SessionKind
from marketplace.identity.senders import sender_for
from marketplace.identity.sessions import OpenedSession
from marketplace.identity.sign_in import Refusal
from marketplace.wechat import client, service, tokens
from marketplace.wechat.errors import PhoneCodeNeeded, PhoneNeeded
from marketplace.wechat.models import WechatBinding
from marketplace.wechat.service import CodeWanted, Ticket


def enter(code: str, phone_code: str | None) -> OpenedSession:
    """Sign in by a code of ``wx.login``; the first time the telephone number is needed as well.

    Raises PhoneNeeded with a ticket to go on with, PhoneCodeNeeded, SignInRefused.
    """
    app_id = client.settings().wechat_app_id
    with _counted(code) as attempt_id:
        user = client.exchange_code(code)
    with transaction():
        outcome = service.enter(app_id, user, attempt_id, caller(SessionKind.TOKEN))
    if not isinstance(outcome, Ticket):
        return _admitted(outcome)
    if phone_code is None:
        raise PhoneNeeded(ticket=outcome.token)
    try:
        return take_phone(outcome.token, phone_code)
    except Problem as problem:
        # The code of wx.login is used up by now: with the ticket the rest can be tried again.
        problem.extra.setdefault("ticket", outcome.token)
        raise


def take_phone(ticket: str, phone_code: str) -> OpenedSession:
    """Go on with the telephone number that the person shared; raises PhoneCodeNeeded, SignInRefused."""
    app_id = client.settings().wechat_app_id
    with transaction():
        service.lock_ticket(ticket)
    with _counted(phone_code) as attempt_id:
        phone = tokens.with_token(lambda token: client.fetch_phone(token, phone_code))
    with transaction():
        outcome = service.take_phone(app_id, ticket, phone, attempt_id, caller(SessionKind.TOKEN))
    if isinstance(outcome, CodeWanted):
        raise PhoneCodeNeeded(ticket=ticket, phone=outcome.phone)
    return _admitted(outcome)


def send_code(ticket: str, phone: str | None) -> None:
    """Send a code to the number that WeChat gave, or to one that the person typed."""
    client.settings()
    with transaction():
        if phone is not None:
            service.name_phone(ticket, phone)
        made = codes.make_code(_phone(ticket), address())
    sender_for(current_app.config["SETTINGS"]).send(made)


def take_code(ticket: str, code: str) -> OpenedSession:
    """Finish by a code to the number; raise SecondQuestion where it was silent for long."""
    app_id = client.settings().wechat_app_id
    with transaction():
        outcome = service.take_code(app_id, ticket, _phone(ticket), code, caller(SessionKind.TOKEN))
    if isinstance(outcome, Question):
        raise SecondQuestion(question=outcome.token)
    return _admitted(outcome)


def bind_own(code: str) -> WechatBinding:
    """Bind the WeChat user of a code to one's own account."""
    actor, app_id = current_actor(), client.settings().wechat_app_id
    sessions.require_fresh(actor)
    with _counted(code) as attempt_id:
        user = client.exchange_code(code)
    with transaction():
        attempts.mark_succeeded(attempt_id)
        return service.bind(actor, app_id, user)


def unbind_own() -> None:
    """Take WeChat away from one's own account."""
    sessions.require_fresh(current_actor())
    with transaction():
        service.unbind(current_actor())


def _phone(ticket: str) -> str:
    phone = service.phone_of(ticket)
    if phone is None:
        raise PhoneNeeded(ticket=ticket)
    return phone


@contextmanager
def _counted(code: str) -> Iterator[uuid.UUID]:
    """Count a try before WeChat is asked; one that WeChat did not look at does not count."""
    with transaction():
        attempt_id = attempts.open_attempt(AttemptKind.WECHAT, code, address()).id
    try:
        yield attempt_id
    except (Unavailable, TooManyRequests):
        with transaction():
            attempts.withdraw(attempt_id)
        raise


def _admitted(outcome: OpenedSession | Refusal) -> OpenedSession:
    if isinstance(outcome, Refusal):
        raise SignInRefused
    return outcome
