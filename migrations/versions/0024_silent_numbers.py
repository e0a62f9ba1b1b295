"""When a number was proved last, which numbers an account had, and the second question.

Safe under load: nullable columns, small tables, and checks of small tables; the last proof is
filled in from the sessions in one pass over the accounts.
"""

from alembic import op

revision = "0024_silent_numbers"
down_revision = "0023_invoices"
branch_labels = None
depends_on = None


def _check(table: str, name: str, condition: str, suffix: str = "") -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) {suffix}")


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE accounts
            ADD COLUMN phone_proved_at TIMESTAMPTZ, ADD COLUMN phone_released_at TIMESTAMPTZ
    """)
    op.execute("""
        UPDATE accounts a SET phone_proved_at = greatest(a.created_at, (
            SELECT max(s.created_at) FROM sessions s WHERE s.account_id = a.id))
        WHERE a.phone_index IS NOT NULL
    """)
    _check(
        "accounts",
        "reachable",
        "phone_index IS NOT NULL OR login_name IS NOT NULL OR phone_released_at IS NOT NULL",
    )
    purposes = "'sign_in', 'change_phone', 'leave_phone', 'recover'"
    _check("one_time_codes", "purpose", f"purpose IN ({purposes})")
    _check("sign_in_attempts", "kind", "kind IN ('code', 'password', 'totp', 'question')")
    op.execute("""
        CREATE TABLE former_phones (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            phone_index BYTEA NOT NULL,
            given_up_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_former_phones PRIMARY KEY (id),
            CONSTRAINT uq_former_phones_account_id_id UNIQUE (account_id, id),
            CONSTRAINT fk_former_phones_account_id FOREIGN KEY (account_id) REFERENCES accounts (id)
        )
    """)
    op.execute("CREATE INDEX ix_former_phones_phone_index ON former_phones (phone_index)")
    op.execute("""
        CREATE TABLE sign_in_questions (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            token_digest BYTEA NOT NULL,
            asked_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL,
            used_at TIMESTAMPTZ,
            CONSTRAINT pk_sign_in_questions PRIMARY KEY (id),
            CONSTRAINT uq_sign_in_questions_account_id_id UNIQUE (account_id, id),
            CONSTRAINT uq_sign_in_questions_token_digest UNIQUE (token_digest),
            CONSTRAINT fk_sign_in_questions_account_id
                FOREIGN KEY (account_id) REFERENCES accounts (id)
        )
    """)


def downgrade() -> None:
    """Forget them. Accounts whose number was released stay: the old check looks at new rows only."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE sign_in_questions")
    op.execute("DROP TABLE former_phones")
    op.execute("DELETE FROM sign_in_attempts WHERE kind = 'question'")
    op.execute("DELETE FROM one_time_codes WHERE purpose IN ('leave_phone', 'recover')")
    _check("sign_in_attempts", "kind", "kind IN ('code', 'password', 'totp')")
    _check("one_time_codes", "purpose", "purpose IN ('sign_in', 'change_phone')")
    _check(
        "accounts", "reachable", "phone_index IS NOT NULL OR login_name IS NOT NULL", "NOT VALID"
    )
    op.execute("ALTER TABLE accounts DROP COLUMN phone_proved_at, DROP COLUMN phone_released_at")
