"""Endpoints of storefronts, what is delivered to them, and each try.

Safe under load: creates new tables only.
"""

from alembic import op

revision = "0046_webhooks_out"
down_revision = "0045_receipt_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE webhook_endpoints (
            id UUID NOT NULL,
            scope_kind VARCHAR(40) NOT NULL,
            scope_id UUID,
            label TEXT NOT NULL,
            url TEXT NOT NULL,
            kinds TEXT[] NOT NULL,
            state VARCHAR(40) NOT NULL,
            secret BYTEA NOT NULL,
            previous_secret BYTEA,
            previous_secret_ends_at TIMESTAMPTZ,
            created_by UUID NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            paused_at TIMESTAMPTZ,
            pause_reason VARCHAR(40),
            first_failed_at TIMESTAMPTZ,
            failures INTEGER NOT NULL,
            rest_ends_at TIMESTAMPTZ,
            CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
            CONSTRAINT ck_webhook_endpoints_scope
                CHECK ((scope_kind = 'platform') = (scope_id IS NULL)),
            CONSTRAINT ck_webhook_endpoints_paused
                CHECK ((state = 'paused') = (paused_at IS NOT NULL)),
            CONSTRAINT ck_webhook_endpoints_previous_secret
                CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL)),
            CONSTRAINT ck_webhook_endpoints_state
                CHECK (state IN ('active', 'paused', 'removed'))
        )
    """)
    op.execute(
        "CREATE INDEX ix_webhook_endpoints_scope ON webhook_endpoints (scope_kind, scope_id)"
    )
    op.execute("""
        CREATE TABLE webhook_deliveries (
            id UUID NOT NULL,
            endpoint_id UUID NOT NULL,
            event_id UUID,
            state VARCHAR(40) NOT NULL,
            created_at TIMESTAMPTZ NOT NULL,
            tries INTEGER NOT NULL,
            next_try_at TIMESTAMPTZ NOT NULL,
            gives_up_at TIMESTAMPTZ NOT NULL,
            lease_ends_at TIMESTAMPTZ,
            ended_at TIMESTAMPTZ,
            CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
            CONSTRAINT uq_webhook_deliveries_endpoint_id_id UNIQUE (endpoint_id, id),
            CONSTRAINT uq_webhook_deliveries_endpoint_id_event_id UNIQUE (endpoint_id, event_id),
            CONSTRAINT fk_webhook_deliveries_endpoint_id FOREIGN KEY (endpoint_id)
                REFERENCES webhook_endpoints (id),
            CONSTRAINT fk_webhook_deliveries_event_id FOREIGN KEY (event_id)
                REFERENCES events (id),
            CONSTRAINT ck_webhook_deliveries_state
                CHECK (state IN ('waiting', 'delivered', 'failed')),
            CONSTRAINT ck_webhook_deliveries_ended
                CHECK ((state = 'waiting') = (ended_at IS NULL))
        )
    """)
    op.execute("CREATE INDEX ix_webhook_deliveries_event_id ON webhook_deliveries (event_id)")
    op.execute(
        "CREATE INDEX ix_webhook_deliveries_log ON webhook_deliveries (endpoint_id, created_at, id)"
    )
    op.execute("""
        CREATE INDEX ix_webhook_deliveries_due
        ON webhook_deliveries (endpoint_id, next_try_at, id) WHERE state = 'waiting'
    """)
    op.execute("""
        CREATE TABLE webhook_attempts (
            id UUID NOT NULL,
            endpoint_id UUID NOT NULL,
            delivery_id UUID NOT NULL,
            at TIMESTAMPTZ NOT NULL,
            duration_ms BIGINT NOT NULL,
            status INTEGER,
            failure TEXT,
            answer TEXT NOT NULL,
            CONSTRAINT pk_webhook_attempts PRIMARY KEY (id),
            CONSTRAINT fk_webhook_attempts_endpoint_id_delivery_id
                FOREIGN KEY (endpoint_id, delivery_id)
                REFERENCES webhook_deliveries (endpoint_id, id)
        )
    """)
    op.execute(
        "CREATE INDEX ix_webhook_attempts_delivery ON webhook_attempts (endpoint_id, delivery_id)"
    )


def downgrade() -> None:
    """Forget them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE webhook_attempts")
    op.execute("DROP TABLE webhook_deliveries")
    op.execute("DROP TABLE webhook_endpoints")
