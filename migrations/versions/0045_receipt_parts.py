"""Receipts that are several things, part by part.

Safe under load: a column that is filled from the few rows there are; unique indexes are replaced on a
small table.
"""

from alembic import op

revision = "0045_receipt_parts"
down_revision = "0044_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let each match say how much of its receipt it is about: so far, all of it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE bank_matches ADD COLUMN amount_fen BIGINT")
    op.execute("""
        UPDATE bank_matches m SET amount_fen = e.amount_fen
        FROM bank_entries e WHERE e.id = m.bank_entry_id
    """)
    op.execute("ALTER TABLE bank_matches ALTER COLUMN amount_fen SET NOT NULL")
    op.execute(
        "ALTER TABLE bank_matches ADD CONSTRAINT ck_bank_matches_amount CHECK (amount_fen > 0)"
    )
    op.execute("DROP INDEX uq_bank_matches_live")
    op.execute("""
        CREATE UNIQUE INDEX uq_bank_matches_trade ON bank_matches (bank_entry_id, trade_id)
            WHERE state <> 'rejected' AND kind = 'trade'
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_bank_matches_return ON bank_matches (bank_entry_id)
            WHERE state <> 'rejected' AND kind = 'return'
    """)


def downgrade() -> None:
    """Forget it; fails while a receipt was split."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP INDEX uq_bank_matches_return")
    op.execute("DROP INDEX uq_bank_matches_trade")
    op.execute("""
        CREATE UNIQUE INDEX uq_bank_matches_live ON bank_matches (bank_entry_id)
            WHERE state <> 'rejected'
    """)
    op.execute("ALTER TABLE bank_matches DROP COLUMN amount_fen")
