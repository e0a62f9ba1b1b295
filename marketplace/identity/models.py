"""Tables of identity: accounts, one-time codes, sign-in attempts, sessions and memberships."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, secrets
from marketplace.database import Id, Instant, Model, Ref, str_enum
from marketplace.identity.actor import ScopeKind
from marketplace.permissions import Role


class AccountState(StrEnum):
    """Whether an account may be used. Accounts are never deleted: their trades stay."""

    ACTIVE = "active"
    DISABLED = "disabled"


class CodePurpose(StrEnum):
    """What a one-time code is good for; a code for one purpose opens nothing else."""

    SIGN_IN = "sign_in"
    CHANGE_PHONE = "change_phone"
    LEAVE_PHONE = "leave_phone"
    RECOVER = "recover"


class AttemptKind(StrEnum):
    """What somebody tried to prove."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    TOTP = "totp"
    QUESTION = "question"
    WECHAT = "wechat"


class SessionKind(StrEnum):
    """How a session is carried: by a program as a bearer token, by a browser as a cookie."""

    TOKEN = "token"  # noqa: S105 - the name of a kind
    PAGE = "page"


def masked(phone: str) -> str:
    """``13812345678`` → ``138****5678``: how a phone number is shown."""
    return f"{phone[:3]}****{phone[-4:]}"


class Account(Model):
    """Somebody who can sign in: a shopper by phone, staff by login name and password."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("state in ('active', 'disabled')", name="state"),
        CheckConstraint("language in ('zh', 'en')", name="language"),
        CheckConstraint("(phone_sealed is null) = (phone_index is null)", name="phone_whole"),
        CheckConstraint("(login_name is null) = (password_hash is null)", name="password_whole"),
        CheckConstraint(
            "phone_index is not null or login_name is not null or phone_released_at is not null",
            name="reachable",
        ),
        CheckConstraint("login_name = lower(login_name)", name="login_name_lower"),
        CheckConstraint(
            "(totp_sealed is null) = (totp_confirmed_at is null)", name="totp_confirmed"
        ),
    )

    id: Mapped[Id]
    state: Mapped[AccountState] = mapped_column(str_enum(AccountState), default=AccountState.ACTIVE)
    language: Mapped[str] = mapped_column(default="zh")
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    # When a code sent to the number was redeemed last: after a long silence it may be another's.
    phone_proved_at: Mapped[datetime | None]
    # Its number was given to somebody else; what it holds waits for its owner (a recovery).
    phone_released_at: Mapped[datetime | None]
    login_name: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    # A secret shown but not yet proved; the confirmed one keeps working until then.
    totp_pending_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None]
    created_at: Mapped[Instant] = mapped_column(default=clock.now)

    @property
    def phone_masked(self) -> str | None:
        """The phone number as it is shown, even to its owner."""
        return None if self.phone_sealed is None else masked(secrets.unseal(self.phone_sealed))

    @property
    def has_totp(self) -> bool:
        return self.totp_sealed is not None


class OneTimeCode(Model):
    """A six-digit code sent to a phone; only the newest of a phone and purpose is good."""

    __tablename__ = "one_time_codes"
    __table_args__ = (
        Index("ix_one_time_codes_phone_index_purpose_created_at",
              "phone_index", "purpose", "created_at"),
        Index("ix_one_time_codes_address_index_created_at", "address_index", "created_at"),
        CheckConstraint(
            "purpose in ('sign_in', 'change_phone', 'leave_phone', 'recover')", name="purpose"
        ),
        CheckConstraint("attempts >= 0", name="attempts"),
    )  # fmt: skip

    id: Mapped[Id]
    purpose: Mapped[CodePurpose] = mapped_column(str_enum(CodePurpose))
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    # Keyed digest of purpose, phone and code: a stolen table cannot be searched for six digits.
    code_index: Mapped[bytes] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class FormerPhone(Model):
    """A number that an account had: by it, its owner may ask for the account again."""

    __tablename__ = "former_phones"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        Index("ix_former_phones_phone_index", "phone_index"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    phone_index: Mapped[bytes] = mapped_column(LargeBinary)
    given_up_at: Mapped[Instant]


class SignInQuestion(Model):
    """A second question, asked after a code to a number that was silent for long."""

    __tablename__ = "sign_in_questions"
    __table_args__ = (UniqueConstraint("account_id", "id"),)

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    asked_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]


class SignInAttempt(Model):
    """One try to prove something; counted to lock out guessing. Written before the proof is read."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_subject_index_created_at", "subject_index", "created_at"),
        Index("ix_sign_in_attempts_address_index_created_at", "address_index", "created_at"),
        CheckConstraint("kind in ('code', 'password', 'totp', 'question', 'wechat')", name="kind"),
    )

    id: Mapped[Id]
    kind: Mapped[AttemptKind] = mapped_column(str_enum(AttemptKind))
    subject_index: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    succeeded: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Instant]


class Session(Model):
    """A signed-in browser or program; the token itself is known to its bearer only."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        CheckConstraint("kind in ('token', 'page')", name="kind"),
        CheckConstraint("idle_seconds > 0", name="idle_seconds"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[SessionKind] = mapped_column(str_enum(SessionKind))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    idle_seconds: Mapped[int]
    created_at: Mapped[Instant]
    # Coarse: moved at most every few minutes, so that reading pages does not write rows.
    last_used_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    stepped_up_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="")


class Membership(Model):
    """A role of an account in one scope. Revoked rows stay: who could do what, and when."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        Index("uq_memberships_live", "account_id", "role", "scope_kind", "scope_id",
              unique=True, postgresql_where=text("revoked_at is null"),
              postgresql_nulls_not_distinct=True),
        Index("ix_memberships_scope_id", "scope_id"),
        CheckConstraint("(scope_kind = 'platform') = (scope_id is null)", name="scope"),
        CheckConstraint("granted_by is distinct from account_id", name="not_by_oneself"),
        CheckConstraint("revoked_at is not null or revoked_by is null", name="revoked"),
        CheckConstraint(
            "(scope_kind = 'cooperative' and role in ('cooperative_manager', 'cooperative_staff'))"
            " or (scope_kind = 'office' and role in ('office_officer', 'office_approver'))"
            " or (scope_kind = 'buying_unit' and role in ('buying_unit_clerk', 'buying_unit_approver'))"
            " or (scope_kind = 'outlet' and role = 'outlet_operator')"
            " or (scope_kind = 'pickup_point' and role = 'pickup_keeper')"
            " or (scope_kind = 'platform' and role in ('finance_officer', 'auditor', 'platform_admin'))",
            name="role_of_scope"),
    )  # fmt: skip

    id: Mapped[Id]
    account_id: Mapped[Ref] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[Role] = mapped_column(str_enum(Role))
    scope_kind: Mapped[ScopeKind] = mapped_column(str_enum(ScopeKind))
    # A row of partners' tables; no foreign key, because owners do not point across.
    scope_id: Mapped[uuid.UUID | None]
    # None: granted by a command of the operator, or by the platform when an application passed.
    granted_by: Mapped[uuid.UUID | None]
    granted_at: Mapped[Instant]
    revoked_by: Mapped[uuid.UUID | None]
    revoked_at: Mapped[datetime | None]
