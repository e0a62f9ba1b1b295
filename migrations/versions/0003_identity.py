"""Accounts, one-time codes, sign-in attempts, sessions, memberships.

Safe under load: creates new tables only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_identity"
down_revision = "0002_jobs"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

ROLE_OF_SCOPE = """
   (scope_kind = 'cooperative' and role in ('cooperative_manager', 'cooperative_staff'))
or (scope_kind = 'office' and role in ('office_officer', 'office_approver'))
or (scope_kind = 'buying_unit' and role = 'buying_unit_clerk')
or (scope_kind = 'outlet' and role = 'outlet_operator')
or (scope_kind = 'platform' and role in ('auditor', 'platform_admin'))
"""


def upgrade() -> None:
    """Create the tables of identity."""
    _create_accounts()
    _create_proofs()
    _create_sessions()
    _create_memberships()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary()),
        sa.Column("phone_index", sa.LargeBinary()),
        sa.Column("login_name", sa.Text()),
        sa.Column("password_hash", sa.Text()),
        sa.Column("password_changed_at", INSTANT),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("totp_confirmed_at", INSTANT),
        sa.Column("totp_pending_sealed", sa.LargeBinary()),
        sa.Column("totp_last_step", sa.BigInteger()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("phone_index", name="uq_accounts_phone_index"),
        sa.UniqueConstraint("login_name", name="uq_accounts_login_name"),
        sa.CheckConstraint("state in ('active', 'disabled')", name=op.f("ck_accounts_state")),
        sa.CheckConstraint("language in ('zh', 'en')", name=op.f("ck_accounts_language")),
        sa.CheckConstraint(
            "(phone_sealed is null) = (phone_index is null)", name=op.f("ck_accounts_phone_whole")
        ),
        sa.CheckConstraint(
            "(login_name is null) = (password_hash is null)",
            name=op.f("ck_accounts_password_whole"),
        ),
        sa.CheckConstraint(
            "phone_index is not null or login_name is not null", name=op.f("ck_accounts_reachable")
        ),
        sa.CheckConstraint(
            "login_name = lower(login_name)", name=op.f("ck_accounts_login_name_lower")
        ),
        sa.CheckConstraint(
            "(totp_sealed is null) = (totp_confirmed_at is null)",
            name=op.f("ck_accounts_totp_confirmed"),
        ),
    )


def _create_proofs() -> None:
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("code_index", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_codes"),
        sa.CheckConstraint(
            "purpose in ('sign_in', 'change_phone')", name=op.f("ck_one_time_codes_purpose")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_one_time_codes_attempts")),
    )
    op.create_index(
        "ix_one_time_codes_phone_index_purpose_created_at",
        "one_time_codes",
        ["phone_index", "purpose", "created_at"],
    )
    op.create_index(
        "ix_one_time_codes_address_index_created_at",
        "one_time_codes",
        ["address_index", "created_at"],
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject_index", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempts"),
        sa.CheckConstraint(
            "kind in ('code', 'password', 'totp')", name=op.f("ck_sign_in_attempts_kind")
        ),
    )
    op.create_index(
        "ix_sign_in_attempts_subject_index_created_at",
        "sign_in_attempts",
        ["subject_index", "created_at"],
    )
    op.create_index(
        "ix_sign_in_attempts_address_index_created_at",
        "sign_in_attempts",
        ["address_index", "created_at"],
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("idle_seconds", sa.BigInteger(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("stepped_up_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
        sa.UniqueConstraint("account_id", "id", name="uq_sessions_account_id_id"),
        sa.UniqueConstraint("token_digest", name="uq_sessions_token_digest"),
        sa.CheckConstraint("kind in ('token', 'page')", name=op.f("ck_sessions_kind")),
        sa.CheckConstraint("idle_seconds > 0", name=op.f("ck_sessions_idle_seconds")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sessions_expires_at")),
    )


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("scope_kind", sa.String(40), nullable=False),
        sa.Column("scope_id", sa.Uuid()),
        sa.Column("granted_by", sa.Uuid()),
        sa.Column("granted_at", INSTANT, nullable=False),
        sa.Column("revoked_by", sa.Uuid()),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_memberships_account_id"),
        sa.UniqueConstraint("account_id", "id", name="uq_memberships_account_id_id"),
        sa.CheckConstraint(
            "(scope_kind = 'platform') = (scope_id is null)", name=op.f("ck_memberships_scope")
        ),
        sa.CheckConstraint(
            "granted_by is distinct from account_id", name=op.f("ck_memberships_not_by_oneself")
        ),
        sa.CheckConstraint(
            "revoked_at is not null or revoked_by is null", name=op.f("ck_memberships_revoked")
        ),
        sa.CheckConstraint(ROLE_OF_SCOPE, name=op.f("ck_memberships_role_of_scope")),
    )
    op.create_index(
        "uq_memberships_live",
        "memberships",
        ["account_id", "role", "scope_kind", "scope_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_memberships_scope_id", "memberships", ["scope_id"])


def downgrade() -> None:
    """Drop the tables of identity."""
    op.drop_table("memberships")
    op.drop_table("sessions")
    op.drop_table("sign_in_attempts")
    op.drop_table("one_time_codes")
    op.drop_table("accounts")
