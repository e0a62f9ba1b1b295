"""Requisitions: purchases of a unit that a second person approves, and the role of that person.

Safe under load: a new table, a column without a default, and the check of a small table.
"""

from alembic import op

revision = "0021_requisitions"
down_revision = "0020_bank_refunds"
branch_labels = None
depends_on = None

NAME = "ck_memberships_role_of_scope"


def _replace(unit_roles: str) -> None:
    op.execute(f"ALTER TABLE memberships DROP CONSTRAINT {NAME}")
    op.execute(f"""
        ALTER TABLE memberships ADD CONSTRAINT {NAME} CHECK (
           (scope_kind = 'cooperative' AND role IN ('cooperative_manager', 'cooperative_staff'))
        OR (scope_kind = 'office' AND role IN ('office_officer', 'office_approver'))
        OR (scope_kind = 'buying_unit' AND role IN ({unit_roles}))
        OR (scope_kind = 'outlet' AND role = 'outlet_operator')
        OR (scope_kind = 'platform' AND role IN ('finance_officer', 'auditor', 'platform_admin')))
    """)


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    _replace("'buying_unit_clerk', 'buying_unit_approver'")
    op.execute("""
        ALTER TABLE buying_units
            ADD COLUMN approval_from_fen BIGINT,
            ADD CONSTRAINT ck_buying_units_approval_from_fen CHECK (approval_from_fen >= 0)
    """)
    op.execute("""
        CREATE TABLE requisitions (
            id UUID NOT NULL,
            buying_unit_id UUID NOT NULL,
            buying_unit_name TEXT NOT NULL,
            requisition_no TEXT NOT NULL,
            state VARCHAR(40) NOT NULL,
            requested_by UUID NOT NULL,
            requested_at TIMESTAMPTZ NOT NULL,
            expires_at TIMESTAMPTZ NOT NULL,
            purpose TEXT NOT NULL,
            request JSONB NOT NULL,
            shown JSONB NOT NULL,
            quote_digest TEXT NOT NULL,
            total_fen BIGINT NOT NULL,
            ship_to BYTEA NOT NULL,
            decided_by UUID,
            decided_at TIMESTAMPTZ,
            answer TEXT,
            trade_id UUID,
            version BIGINT NOT NULL,
            CONSTRAINT pk_requisitions PRIMARY KEY (id),
            CONSTRAINT uq_requisitions_buying_unit_id_id UNIQUE (buying_unit_id, id),
            CONSTRAINT uq_requisitions_buying_unit_id_requisition_no
                UNIQUE (buying_unit_id, requisition_no),
            CONSTRAINT ck_requisitions_state CHECK (state IN
                ('submitted', 'returned', 'approved', 'refused', 'withdrawn', 'expired')),
            CONSTRAINT ck_requisitions_second_person CHECK (decided_by <> requested_by),
            CONSTRAINT ck_requisitions_decided CHECK (
                (state IN ('approved', 'refused')) = (decided_by IS NOT NULL)
                AND (decided_by IS NULL) = (decided_at IS NULL)
                AND (state = 'approved') = (trade_id IS NOT NULL)
                AND (state <> 'refused' OR answer IS NOT NULL))
        )
    """)
    op.execute("CREATE INDEX ix_requisitions_requested_by ON requisitions (requested_by, id)")
    op.execute("""
        CREATE INDEX ix_requisitions_expires_at ON requisitions (expires_at)
        WHERE state IN ('submitted', 'returned')
    """)
    op.execute("CREATE UNIQUE INDEX uq_requisitions_trade_id ON requisitions (trade_id)")


def downgrade() -> None:
    """Forget them; the approvers' memberships go with the role."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE requisitions")
    op.execute("""
        ALTER TABLE buying_units
            DROP CONSTRAINT ck_buying_units_approval_from_fen, DROP COLUMN approval_from_fen
    """)
    op.execute("DELETE FROM memberships WHERE role = 'buying_unit_approver'")
    _replace("'buying_unit_clerk'")
