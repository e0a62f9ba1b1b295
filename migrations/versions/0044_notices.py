"""Notices: the inbox, messages on their way, what people chose, e-mail addresses.

Safe under load: new tables only.
"""

from alembic import op

revision = "0044_notices"
down_revision = "0043_card_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE notices (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            event_id UUID NOT NULL,
            kind TEXT NOT NULL,
            topic VARCHAR(40) NOT NULL,
            title_zh TEXT NOT NULL,
            title_en TEXT NOT NULL,
            text_zh TEXT NOT NULL,
            text_en TEXT NOT NULL,
            link TEXT NOT NULL,
            made_at TIMESTAMPTZ NOT NULL,
            read_at TIMESTAMPTZ,
            CONSTRAINT pk_notices PRIMARY KEY (id),
            CONSTRAINT uq_notices_account_id_id UNIQUE (account_id, id),
            CONSTRAINT uq_notices_account_id_event_id_kind UNIQUE (account_id, event_id, kind),
            CONSTRAINT fk_notices_account_id FOREIGN KEY (account_id) REFERENCES accounts (id)
        )
    """)
    op.execute("CREATE INDEX ix_notices_account_id_made_at ON notices (account_id, made_at)")
    op.execute("CREATE INDEX ix_notices_unread ON notices (account_id) WHERE read_at IS NULL")
    op.execute("CREATE INDEX ix_notices_made_at ON notices USING brin (made_at)")
    op.execute("""
        CREATE TABLE notice_messages (
            id UUID NOT NULL,
            account_id UUID NOT NULL,
            notice_id UUID NOT NULL,
            channel VARCHAR(40) NOT NULL,
            state VARCHAR(40) NOT NULL,
            template TEXT NOT NULL,
            template_values JSONB NOT NULL,
            tries INTEGER NOT NULL,
            next_try_at TIMESTAMPTZ NOT NULL,
            ended_at TIMESTAMPTZ,
            failure TEXT NOT NULL,
            CONSTRAINT pk_notice_messages PRIMARY KEY (id),
            CONSTRAINT uq_notice_messages_account_id_id UNIQUE (account_id, id),
            CONSTRAINT uq_notice_messages_account_id_notice_id_channel
                UNIQUE (account_id, notice_id, channel),
            CONSTRAINT fk_notice_messages_account_id_notice_id FOREIGN KEY (account_id, notice_id)
                REFERENCES notices (account_id, id) ON DELETE CASCADE,
            CONSTRAINT ck_notice_messages_channel CHECK (channel IN ('sms', 'email')),
            CONSTRAINT ck_notice_messages_state CHECK (state IN ('waiting', 'sent', 'failed'))
        )
    """)
    op.execute(
        "CREATE INDEX ix_notice_messages_due ON notice_messages (next_try_at)"
        " WHERE state = 'waiting'"
    )
    op.execute(
        "CREATE INDEX ix_notice_messages_failed ON notice_messages (id) WHERE state = 'failed'"
    )
    op.execute("""
        CREATE TABLE notice_choices (
            account_id UUID NOT NULL,
            topic VARCHAR(40) NOT NULL,
            channel VARCHAR(40) NOT NULL,
            is_on BOOLEAN NOT NULL,
            CONSTRAINT pk_notice_choices PRIMARY KEY (account_id, topic, channel),
            CONSTRAINT fk_notice_choices_account_id FOREIGN KEY (account_id)
                REFERENCES accounts (id),
            CONSTRAINT ck_notice_choices_channel CHECK (channel IN ('sms', 'email'))
        )
    """)
    op.execute("""
        CREATE TABLE mail_addresses (
            account_id UUID NOT NULL,
            address_sealed BYTEA NOT NULL,
            address_index BYTEA NOT NULL,
            token_digest BYTEA NOT NULL,
            asked_at TIMESTAMPTZ NOT NULL,
            asked_times INTEGER NOT NULL,
            counted_at TIMESTAMPTZ NOT NULL,
            confirmed_at TIMESTAMPTZ,
            CONSTRAINT pk_mail_addresses PRIMARY KEY (account_id),
            CONSTRAINT uq_mail_addresses_token_digest UNIQUE (token_digest),
            CONSTRAINT fk_mail_addresses_account_id FOREIGN KEY (account_id)
                REFERENCES accounts (id)
        )
    """)
    op.execute("CREATE INDEX ix_mail_addresses_address_index ON mail_addresses (address_index)")


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    for table in ("mail_addresses", "notice_choices", "notice_messages", "notices"):
        op.execute(f"DROP TABLE {table}")
