"""Papers of a unit's order: the contract and the acceptance note.

Safe under load: one new table.
"""

from alembic import op

from marketplace.migrating import append_only

revision = "0017_papers"
down_revision = "0016_guest_carts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE order_papers (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            order_id UUID NOT NULL,
            kind VARCHAR(40) NOT NULL,
            paper_no TEXT NOT NULL,
            code TEXT NOT NULL,
            content_sealed BYTEA NOT NULL,
            content_hash BYTEA NOT NULL,
            cooperative_name TEXT NOT NULL,
            buying_unit_name TEXT NOT NULL,
            total_fen BIGINT NOT NULL,
            made_at TIMESTAMP WITH TIME ZONE NOT NULL,
            made_by UUID NOT NULL,
            CONSTRAINT pk_order_papers PRIMARY KEY (id),
            CONSTRAINT uq_order_papers_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_order_papers_cooperative_id_paper_no UNIQUE (cooperative_id, paper_no),
            CONSTRAINT uq_order_papers_cooperative_id_order_id_kind
                UNIQUE (cooperative_id, order_id, kind),
            CONSTRAINT fk_order_papers_cooperative_id_order_id
                FOREIGN KEY (cooperative_id, order_id) REFERENCES orders (cooperative_id, id),
            CONSTRAINT ck_order_papers_kind CHECK (kind IN ('contract', 'acceptance')),
            CONSTRAINT ck_order_papers_hash CHECK (octet_length(content_hash) = 32)
        )
    """)
    op.execute("CREATE INDEX ix_order_papers_code ON order_papers (code)")
    append_only("order_papers")


def downgrade() -> None:
    """Remove it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE order_papers")
