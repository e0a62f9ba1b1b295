"""The doors: what the API and the pages do alike around a sign-in, with the transactions in sight."""

from flask import current_app, request

from marketplace import secrets
from marketplace.database import transaction
from marketplace.identity import accounts, codes, passwords, queries, sessions, sign_in, totp
from marketplace.identity.actor import Actor, current_actor
from marketplace.identity.dormancy import Question
from marketplace.identity.errors import (
    AnswerRefused,
    CodeRefused,
    OldPasswordWrong,
    SecondQuestion,
    SignInRefused,
    TotpRefused,
    TotpRequired,
)
from marketplace.identity.models import Account, CodePurpose, SessionKind
from marketplace.identity.senders import sender_for
from marketplace.identity.sessions import OpenedSession
from marketplace.identity.sign_in import Caller, Refusal


def address() -> str:
    """Return the network address that asks."""
    return request.remote_addr or ""


def caller(kind: SessionKind) -> Caller:
    """Return where this request comes from; a page's former session ends with the new one."""
    before = current_actor()
    if kind is SessionKind.TOKEN:
        before = Actor()
    return Caller(
        address=address(),
        kind=kind,
        user_agent=request.headers.get("User-Agent", ""),
        before=before,
    )


def send_code(phone: str, purpose: CodePurpose = CodePurpose.SIGN_IN) -> None:
    """Make a one-time code and send it; the same for every phone, known or not."""
    with transaction():
        made = codes.make_code(phone, address(), purpose)
    sender_for(current_app.config["SETTINGS"]).send(made)


def enter_by_phone(phone: str, code: str, kind: SessionKind) -> OpenedSession:
    """Sign in with a code; raise SignInRefused after its try was counted, or SecondQuestion."""
    with transaction():
        outcome = sign_in.sign_in_by_phone(phone, code, caller(kind))
    if isinstance(outcome, Question):
        raise SecondQuestion(question=outcome.token)
    return _admitted(outcome)


def answer_question(question: str, name: str, number: str, kind: SessionKind) -> OpenedSession:
    """Sign in to a silent account; raise AnswerRefused after the try was counted."""
    with transaction():
        outcome = sign_in.answer_question(question, name, number, caller(kind))
    if isinstance(outcome, Refusal):
        raise AnswerRefused
    return outcome


def start_afresh(question: str, kind: SessionKind) -> OpenedSession:
    """Leave the silent account alone and begin a new one under the number."""
    with transaction():
        return sign_in.start_afresh(question, caller(kind))


def enter_by_password(
    login_name: str, password: str, totp_code: str | None, kind: SessionKind
) -> OpenedSession:
    """Sign in with a password; raise SignInRefused or TotpRequired after the try was counted."""
    here = caller(kind)
    with transaction():
        attempt = sign_in.open_password_attempt(login_name, here.address)
    is_proved = attempt.is_proved_by(password)
    with transaction():
        outcome = sign_in.close_password_attempt(
            attempt, is_proved=is_proved, totp_code=totp_code, caller=here
        )
    return _admitted(outcome)


def _admitted(outcome: OpenedSession | Refusal) -> OpenedSession:
    if outcome is Refusal.TOTP_REQUIRED:
        raise TotpRequired
    if isinstance(outcome, Refusal):
        raise SignInRefused
    return outcome


def show_second_factor(totp_code: str) -> None:
    """Step up this session; raise TotpRefused after the try was counted."""
    with transaction():
        passed = sign_in.step_up(current_actor(), totp_code, address())
    if not passed:
        raise TotpRefused(fields={"code": TotpRefused.title})


def send_code_to_new_phone(phone: str) -> None:
    """Send a code to the number that is to become one's own."""
    sessions.require_fresh(current_actor())
    send_code(phone, CodePurpose.CHANGE_PHONE)


def send_code_to_own_phone() -> bool:
    """Send a code to the number that is about to be left; False where the account has none."""
    actor = current_actor()
    sessions.require_fresh(actor)
    sealed = queries.get_account(actor.account_id).phone_sealed
    if sealed is None:
        return False
    send_code(secrets.unseal(sealed), CodePurpose.LEAVE_PHONE)
    return True


def change_phone(phone: str, code: str, old_code: str | None) -> Account:
    """Change one's own phone number, proved by codes to the old number and to the new one.

    Who has only a session, or only the old number, changes nothing. Raises CodeRefused after the
    try was counted.
    """
    actor = current_actor()
    sessions.require_fresh(actor)
    with transaction():
        is_proved = sign_in.prove_phone(phone, code, address())
    if not is_proved:
        raise CodeRefused(fields={"code": CodeRefused.title})
    sealed = queries.get_account(actor.account_id).phone_sealed
    if sealed is not None:
        leaving = (secrets.unseal(sealed), old_code or "", address(), CodePurpose.LEAVE_PHONE)
        with transaction():
            is_left = sign_in.prove_phone(*leaving)
        if not is_left:
            raise CodeRefused(fields={"old_code": CodeRefused.title})
    with transaction():
        return accounts.change_phone(actor, phone)


def set_password(old: str, new: str) -> None:
    """Change one's own password; raise OldPasswordWrong after the try was counted."""
    actor = current_actor()
    account = queries.get_account(actor.account_id)
    if account.login_name is None:
        raise OldPasswordWrong(fields={"old_password": OldPasswordWrong.title})
    login_name = account.login_name
    passwords.check_strength(new, login_name)
    with transaction():
        attempt = sign_in.open_password_attempt(login_name, address())
    if not attempt.is_proved_by(old):
        raise OldPasswordWrong(fields={"old_password": OldPasswordWrong.title})
    password_hash = passwords.hash_password(new)
    with transaction():
        sign_in.close_password_change(attempt, actor, password_hash)


def make_staff_account(login_name: str, password: str, phone: str | None) -> Account:
    """Make a staff account; hashing stands outside the transaction."""
    passwords.check_strength(password, login_name)
    password_hash = passwords.hash_password(password)
    with transaction():
        return accounts.create_staff_account(
            login_name, password_hash, actor=current_actor(), phone=phone
        )


def confirm_totp(code: str) -> Account:
    """Take a new authenticator into use; its code also counts as a fresh second factor."""
    with transaction():
        return totp.confirm_enrolment(current_actor(), code)
