"""Payouts of providers that arrive at the bank: what a receipt may be, the entry, and the difference.

Safe under load: a nullable column, a partial index on a small table, checks that admit one value more.
"""

from alembic import op

from marketplace.migrating import admit, refuse

revision = "0050_payout_arrivals"
down_revision = "0049_order_digests"
branch_labels = None
depends_on = None

TABLES = ("reconciliation_differences", "reconciliation_steps")


def upgrade() -> None:
    """Admit them."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE bank_matches
            ADD COLUMN movement_id UUID,
            ADD CONSTRAINT fk_bank_matches_movement_id FOREIGN KEY (movement_id)
                REFERENCES provider_movements (id),
            ADD CONSTRAINT ck_bank_matches_movement
                CHECK ((kind = 'payout') = (movement_id IS NOT NULL))
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_bank_matches_movement ON bank_matches (movement_id)
        WHERE state <> 'rejected' AND kind = 'payout'
    """)
    op.execute("CREATE INDEX ix_bank_matches_movement_id ON bank_matches (movement_id)")
    admit("bank_matches", "kind", "payout")
    admit("journal_entries", "kind", "provider_payout_arrived")
    for table in TABLES:
        admit(table, "kind", "payout_in_transit")


def downgrade() -> None:
    """Refuse them again; fails while rows have them."""
    op.execute("SET lock_timeout = '5s'")
    for table in TABLES:
        refuse(table, "kind", "payout_in_transit")
    refuse("journal_entries", "kind", "provider_payout_arrived")
    refuse("bank_matches", "kind", "payout")
    op.execute("DROP INDEX ix_bank_matches_movement_id, uq_bank_matches_movement")
    op.execute("ALTER TABLE bank_matches DROP COLUMN movement_id")
