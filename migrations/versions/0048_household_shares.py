"""What of a statement went back to households, in counts and sums.

Safe under load: new tables only.
"""

from alembic import op

from marketplace.migrating import app_role, append_only

revision = "0048_household_shares"
down_revision = "0047_write_offs"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE household_shares (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    revision INTEGER NOT NULL,
    state VARCHAR(40) NOT NULL,
    year INTEGER NOT NULL,
    statement_fen BIGINT NOT NULL,
    households BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    excess_reason VARCHAR(40),
    vouchers INTEGER NOT NULL,
    entered_by UUID NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL,
    reviewed_by UUID,
    reviewed_at TIMESTAMPTZ,
    return_reason VARCHAR(40),
    CONSTRAINT pk_household_shares PRIMARY KEY (id),
    CONSTRAINT uq_household_shares_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_household_shares_cooperative_id_statement_id_revision
        UNIQUE (cooperative_id, statement_id, revision),
    CONSTRAINT fk_household_shares_cooperative_id_statement_id
        FOREIGN KEY (cooperative_id, statement_id) REFERENCES statements (cooperative_id, id),
    CONSTRAINT ck_household_shares_state CHECK
        (state IN ('entered', 'replaced', 'returned', 'attested')),
    CONSTRAINT ck_household_shares_excess_reason CHECK
        (excess_reason IN ('earlier_periods', 'advance', 'own_funds')),
    CONSTRAINT ck_household_shares_return_reason CHECK (return_reason IN
        ('count_doubtful', 'amount_doubtful', 'place_wrong', 'vouchers_missing')),
    CONSTRAINT ck_household_shares_amounts CHECK
        (households > 0 AND amount_fen > 0 AND vouchers >= 0),
    CONSTRAINT ck_household_shares_explained CHECK
        (amount_fen <= statement_fen OR excess_reason IS NOT NULL),
    CONSTRAINT ck_household_shares_reviewed CHECK (
        (state IN ('returned', 'attested')) = (reviewed_at IS NOT NULL)
        AND (reviewed_at IS NULL) = (reviewed_by IS NULL)
        AND (state = 'returned') = (return_reason IS NOT NULL)
        AND reviewed_by IS DISTINCT FROM entered_by)
);
CREATE UNIQUE INDEX uq_household_shares_live ON household_shares (cooperative_id, statement_id)
    WHERE state IN ('entered', 'attested');
CREATE INDEX ix_household_shares_year ON household_shares (year, state, cooperative_id);

CREATE TABLE household_share_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    share_id UUID NOT NULL,
    place_code TEXT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    households BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    CONSTRAINT pk_household_share_lines PRIMARY KEY (id),
    CONSTRAINT uq_household_share_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_household_share_lines_cell
        UNIQUE (cooperative_id, share_id, place_code, kind),
    CONSTRAINT fk_household_share_lines_cooperative_id_share_id
        FOREIGN KEY (cooperative_id, share_id) REFERENCES household_shares (cooperative_id, id),
    CONSTRAINT ck_household_share_lines_kind CHECK (kind IN ('lifted', 'monitored', 'other')),
    CONSTRAINT ck_household_share_lines_place CHECK (place_code ~ '^[0-9]{6}([0-9]{3}){0,2}$'),
    CONSTRAINT ck_household_share_lines_amounts CHECK (households > 0 AND amount_fen > 0)
);
"""


def upgrade() -> None:
    """Create them; of a revision only its review is ever written."""
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON household_shares FROM {app_role()}")
    op.execute(
        "GRANT UPDATE (state, reviewed_by, reviewed_at, return_reason) ON household_shares"
        f" TO {app_role()}"
    )
    append_only("household_share_lines")


def downgrade() -> None:
    """Remove them again."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP TABLE household_share_lines, household_shares")
