"""Sign-in by WeChat: bindings, sign-ins under way, the shared access token, a kind of attempt.

Safe under load: new tables, and a check of a table that holds two days of attempts.
"""

from alembic import op

revision = "0035_wechat"
down_revision = "0034_refund_returns"
branch_labels = None
depends_on = None


def _check_kinds(kinds: str) -> None:
    op.execute("ALTER TABLE sign_in_attempts DROP CONSTRAINT ck_sign_in_attempts_kind")
    op.execute(
        "ALTER TABLE sign_in_attempts ADD CONSTRAINT ck_sign_in_attempts_kind"
        f" CHECK (kind IN ({kinds}))"
    )


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    _check_kinds("'code', 'password', 'totp', 'question', 'wechat'")
    op.execute("""
        CREATE TABLE wechat_bindings (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            openid_index BYTEA NOT NULL,
            openid_sealed BYTEA NOT NULL,
            unionid_index BYTEA,
            unionid_sealed BYTEA,
            bound_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_wechat_bindings PRIMARY KEY (id),
            CONSTRAINT uq_wechat_bindings_account_id UNIQUE (account_id),
            CONSTRAINT uq_wechat_bindings_openid_index UNIQUE (openid_index),
            CONSTRAINT fk_wechat_bindings_account_id FOREIGN KEY (account_id)
                REFERENCES accounts (id),
            CONSTRAINT ck_wechat_bindings_unionid_whole
                CHECK ((unionid_index IS NULL) = (unionid_sealed IS NULL))
        )
    """)
    op.execute("CREATE INDEX ix_wechat_bindings_unionid_index ON wechat_bindings (unionid_index)")
    op.execute("""
        CREATE TABLE wechat_tickets (
            id UUID NOT NULL,
            token_digest BYTEA NOT NULL,
            openid_sealed BYTEA NOT NULL,
            unionid_sealed BYTEA,
            phone_sealed BYTEA,
            made_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL,
            used_at TIMESTAMPTZ,
            CONSTRAINT pk_wechat_tickets PRIMARY KEY (id),
            CONSTRAINT uq_wechat_tickets_token_digest UNIQUE (token_digest)
        )
    """)
    op.execute("""
        CREATE TABLE wechat_tokens (
            app_id TEXT NOT NULL,
            token_sealed BYTEA,
            expires_at TIMESTAMPTZ,
            renewing_ends_at TIMESTAMPTZ,
            renewing_by UUID,
            CONSTRAINT pk_wechat_tokens PRIMARY KEY (app_id),
            CONSTRAINT ck_wechat_tokens_token_whole
                CHECK ((token_sealed IS NULL) = (expires_at IS NULL))
        )
    """)


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE wechat_tokens")
    op.execute("DROP TABLE wechat_tickets")
    op.execute("DROP TABLE wechat_bindings")
    op.execute("DELETE FROM sign_in_attempts WHERE kind = 'wechat'")
    _check_kinds("'code', 'password', 'totp', 'question'")
