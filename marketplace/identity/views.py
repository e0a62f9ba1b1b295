"""The JSON API of identity: sign-in, oneself, sessions, second factor, memberships."""

import uuid
from typing import Any

from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity import (
    accounts,
    doors,
    memberships,
    overview,
    sessions,
    totp,
)
from marketplace.identity.actor import current_actor
from marketplace.identity.models import Account, Membership, SessionKind
from marketplace.identity.schemas import (
    AccountSchema,
    AnswerQuestionSchema,
    ChangePasswordSchema,
    ChangePhoneSchema,
    CreateStaffAccountSchema,
    EnrolmentSchema,
    GrantMembershipSchema,
    ListMembershipsSchema,
    MembershipPageSchema,
    MembershipSchema,
    MeSchema,
    ProvePhoneSchema,
    RequestCodeSchema,
    SessionListSchema,
    SignInByPasswordSchema,
    StartAfreshSchema,
    TokenSchema,
    TotpCodeSchema,
    UpdateMeSchema,
)
from marketplace.permissions import Permission

blp = ApiBlueprint("identity", __name__, url_prefix="/api/v1", description="登录、账号、会话与角色")


@blp.route("/sign-in/codes", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(RequestCodeSchema)
@blp.response(202)
def request_code(command: dict[str, Any]) -> None:
    """Send a one-time code to a phone; the answer is the same for every phone."""
    doors.send_code(**command)


@blp.route("/sign-in/phone", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(ProvePhoneSchema)
@blp.response(201, TokenSchema)
def sign_in_by_phone(command: dict[str, Any]) -> sessions.OpenedSession:
    """Exchange a one-time code for a bearer token; the first time makes the account.

    A number silent for 90 days may be another person's by now: 401 ``second_question``, whose
    ``question`` is answered by the next two operations.
    """
    return doors.enter_by_phone(**command, kind=SessionKind.TOKEN)


@blp.route("/sign-in/phone/answer", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(AnswerQuestionSchema)
@blp.response(201, TokenSchema)
def answer_second_question(command: dict[str, Any]) -> sessions.OpenedSession:
    """Sign in to a silent account by what its owner knows: an order's number and recipient."""
    return doors.answer_question(**command, kind=SessionKind.TOKEN)


@blp.route("/sign-in/phone/afresh", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(StartAfreshSchema)
@blp.response(201, TokenSchema)
def start_afresh(command: dict[str, Any]) -> sessions.OpenedSession:
    """Begin a new account under the number; the silent one waits for its owner."""
    return doors.start_afresh(**command, kind=SessionKind.TOKEN)


@blp.route("/sign-in/password", methods=["POST"])
@requires(Permission.PUBLIC)
@blp.arguments(SignInByPasswordSchema)
@blp.response(201, TokenSchema)
def sign_in_by_password(command: dict[str, Any]) -> sessions.OpenedSession:
    """Exchange a staff password, and the second factor where there is one, for a bearer token."""
    return doors.enter_by_password(**command, kind=SessionKind.TOKEN)


@blp.route("/sign-out", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(204)
def sign_out() -> None:
    """End the session that makes this request."""
    with transaction():
        sessions.sign_out(current_actor())


@blp.route("/step-up", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(TotpCodeSchema)
@blp.response(204)
def step_up(command: dict[str, Any]) -> None:
    """Show the second factor: approvals are open to this session for ten minutes."""
    doors.show_second_factor(command["code"])


@blp.route("/me")
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, MeSchema)
def get_me() -> overview.Me:
    """Return oneself: account, roles, and what they allow."""
    return overview.get_me(current_actor())


@blp.route("/me", methods=["PATCH"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(UpdateMeSchema)
@blp.response(200, AccountSchema)
def update_me(command: dict[str, Any]) -> Account:
    """Change one's own settings."""
    with transaction():
        return accounts.update_account(current_actor(), chosen_language=command["language"])


@blp.route("/me/password", methods=["PUT"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ChangePasswordSchema)
@blp.response(204)
def change_password(command: dict[str, Any]) -> None:
    """Change one's own password; all other sessions end."""
    doors.set_password(command["old_password"], command["new_password"])


@blp.route("/me/phone/codes", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(RequestCodeSchema)
@blp.response(202)
def request_phone_change_code(command: dict[str, Any]) -> None:
    """Send a code to the number that is to become one's own; needs a fresh sign-in."""
    doors.send_code_to_new_phone(**command)


@blp.route("/me/phone/old-codes", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(202)
def request_phone_leaving_code() -> None:
    """Send a code to the number that is about to be left; needs a fresh sign-in."""
    doors.send_code_to_own_phone()


@blp.route("/me/phone", methods=["PUT"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ChangePhoneSchema)
@blp.response(200, AccountSchema)
def change_phone(command: dict[str, Any]) -> Account:
    """Change one's own phone number, proved by codes to both numbers; other sessions end."""
    return doors.change_phone(**command)


@blp.route("/me/sessions")
@requires(Permission.ACCOUNT_SELF)
@blp.response(200, SessionListSchema)
def list_my_sessions() -> dict[str, Any]:
    """List one's own live sessions."""
    return overview.list_my_sessions(current_actor())


@blp.route("/me/sessions/<uuid:session_id>", methods=["DELETE"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(204)
def revoke_my_session(session_id: uuid.UUID) -> None:
    """End one of one's own sessions."""
    with transaction():
        sessions.revoke_session(current_actor(), session_id)


@blp.route("/me/totp", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.response(201, EnrolmentSchema)
def begin_totp_enrolment() -> totp.Enrolment:
    """Make a secret for an authenticator; it counts once a code of it was confirmed."""
    with transaction():
        return totp.begin_enrolment(current_actor())


@blp.route("/me/totp/confirmation", methods=["POST"])
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(TotpCodeSchema)
@blp.response(200, AccountSchema)
def confirm_totp_enrolment(command: dict[str, Any]) -> Account:
    """Take the new authenticator into use, proved by a code of it."""
    return doors.confirm_totp(command["code"])


@blp.route("/memberships")
@requires(Permission.ACCOUNT_SELF)
@blp.arguments(ListMembershipsSchema, location="query")
@blp.response(200, MembershipPageSchema)
def list_memberships(query: dict[str, Any]) -> Any:
    """List live memberships: one's own, those one may grant, all for the auditor."""
    return overview.list_memberships(current_actor(), **query)


@blp.route("/memberships", methods=["POST"])
@requires(Permission.MEMBERSHIP_GRANT)
@idempotent
@blp.arguments(GrantMembershipSchema)
@blp.response(201, MembershipSchema)
def grant_membership(command: dict[str, Any]) -> Membership:
    """Give an account a role in a scope in which one grants roles."""
    with transaction():
        return memberships.grant_membership(current_actor(), **command)


@blp.route("/memberships/<uuid:membership_id>", methods=["DELETE"])
@requires(Permission.MEMBERSHIP_GRANT)
@blp.response(204)
def revoke_membership(membership_id: uuid.UUID) -> None:
    """Take a role away; the next request of its bearer no longer has it."""
    with transaction():
        memberships.revoke_membership(current_actor(), membership_id)


@blp.route("/staff-accounts", methods=["POST"])
@requires(Permission.ACCOUNT_WRITE)
@idempotent
@blp.arguments(CreateStaffAccountSchema)
@blp.response(201, AccountSchema)
def create_staff_account(command: dict[str, Any]) -> Account:
    """Make an account that signs in by name and password."""
    return doors.make_staff_account(**command)


@blp.route("/accounts/<uuid:account_id>/disable", methods=["POST"])
@requires(Permission.ACCOUNT_WRITE)
@blp.response(200, AccountSchema)
def disable_account(account_id: uuid.UUID) -> Account:
    """Shut an account: its sessions end at once."""
    with transaction():
        return accounts.disable_account(current_actor(), account_id)


@blp.route("/accounts/<uuid:account_id>/enable", methods=["POST"])
@requires(Permission.ACCOUNT_WRITE)
@blp.response(200, AccountSchema)
def enable_account(account_id: uuid.UUID) -> Account:
    """Open a shut account again."""
    with transaction():
        return accounts.enable_account(current_actor(), account_id)


@blp.route("/accounts/<uuid:account_id>/totp", methods=["DELETE"])
@requires(Permission.ACCOUNT_WRITE)
@blp.response(204)
def remove_totp(account_id: uuid.UUID) -> None:
    """Take away a lost authenticator, so that its owner can bind a new one."""
    with transaction():
        totp.remove_totp(current_actor(), account_id)
