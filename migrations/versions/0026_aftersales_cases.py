"""After-sales as cases: kinds, courses, time limits, evidence, returns, exchanges, arbitration.

Safe under load: columns are added without a rewrite, and new tables. Refunds that exist become
cases of the kind "refund only" with the course that is known of them; those that wait for an answer
get three days from now, so that no cooperative is held to a limit it was never told.
"""

from alembic import op

from marketplace.migrating import append_only

revision = "0026_aftersales_cases"
down_revision = "0025_failed_refunds"
branch_labels = None
depends_on = None

STATES = (
    "'applied', 'awaiting_goods', 'returning', 'awaiting_replacement', 'replacing',"
    " 'in_arbitration', 'awaiting_refund', 'done', 'exchanged', 'withdrawn', 'refused',"
    " 'dismissed', 'lapsed'"
)
FORMER_STATES = "'applied', 'awaiting_refund', 'done', 'withdrawn', 'refused'"
PARTIES = "'buyer', 'cooperative', 'provider', 'clock', 'platform', 'order'"


def upgrade() -> None:
    """Add them, and carry what exists."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE aftersales_cases
            ADD COLUMN kind VARCHAR(40) NOT NULL DEFAULT 'refund_only',
            ADD COLUMN cause VARCHAR(40) NOT NULL DEFAULT 'other',
            ADD COLUMN due_at TIMESTAMPTZ,
            ADD COLUMN return_way VARCHAR(40),
            ADD COLUMN return_to BYTEA,
            ADD COLUMN return_courier_code TEXT,
            ADD COLUMN return_waybill_no TEXT,
            ADD COLUMN decision TEXT,
            ADD COLUMN decided_at TIMESTAMPTZ,
            ADD COLUMN decided_by UUID,
            ADD CONSTRAINT ck_aftersales_cases_kind
                CHECK (kind IN ('refund_only', 'return', 'exchange')),
            ADD CONSTRAINT ck_aftersales_cases_return_way
                CHECK (return_way IN ('sent', 'intercepted')),
            ADD CONSTRAINT ck_aftersales_cases_goods
                CHECK (kind = 'refund_only' OR quantity > 0)
    """)
    _allow_states(STATES)
    op.execute("""
        UPDATE aftersales_cases SET due_at = now() + interval '3 days' WHERE state = 'applied'
    """)
    op.execute("""
        CREATE INDEX ix_aftersales_cases_open ON aftersales_cases (cooperative_id, state, id)
        WHERE state IN ('applied', 'awaiting_goods', 'returning', 'awaiting_replacement',
                        'replacing', 'in_arbitration')
    """)
    op.execute("""
        CREATE INDEX ix_aftersales_cases_due ON aftersales_cases (due_at)
        WHERE due_at IS NOT NULL AND state <> 'refused'
    """)
    op.execute("""
        CREATE INDEX ix_aftersales_cases_arbitration ON aftersales_cases (id)
        WHERE state = 'in_arbitration'
    """)
    _create_tables()
    _write_known_courses()
    op.execute("ALTER TABLE parcels ADD COLUMN case_id UUID")
    op.execute("""
        ALTER TABLE parcels ADD CONSTRAINT fk_parcels_cooperative_id_case_id
            FOREIGN KEY (cooperative_id, case_id) REFERENCES aftersales_cases (cooperative_id, id)
    """)
    op.execute("""
        CREATE INDEX ix_parcels_case ON parcels (cooperative_id, case_id)
        WHERE case_id IS NOT NULL
    """)


def _allow_states(states: str) -> None:
    op.execute("ALTER TABLE aftersales_cases DROP CONSTRAINT ck_aftersales_cases_state")
    op.execute(
        "ALTER TABLE aftersales_cases ADD CONSTRAINT ck_aftersales_cases_state"
        f" CHECK (state IN ({states}))"
    )


def _create_tables() -> None:
    op.execute(f"""
        CREATE TABLE case_events (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            case_id UUID NOT NULL,
            deed TEXT NOT NULL,
            party VARCHAR(40) NOT NULL,
            account_id UUID,
            state VARCHAR(40) NOT NULL,
            note TEXT,
            at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_case_events PRIMARY KEY (id),
            CONSTRAINT uq_case_events_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT fk_case_events_cooperative_id_case_id FOREIGN KEY (cooperative_id, case_id)
                REFERENCES aftersales_cases (cooperative_id, id),
            CONSTRAINT ck_case_events_party CHECK (party IN ({PARTIES})),
            CONSTRAINT ck_case_events_state CHECK (state IN ({STATES}))
        )
    """)
    op.execute("CREATE INDEX ix_case_events_case ON case_events (cooperative_id, case_id)")
    append_only("case_events")
    op.execute("""
        CREATE TABLE case_evidence (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            case_id UUID NOT NULL,
            party VARCHAR(40) NOT NULL,
            digest TEXT NOT NULL,
            width BIGINT NOT NULL,
            height BIGINT NOT NULL,
            size_bytes BIGINT NOT NULL,
            uploaded_by UUID NOT NULL,
            uploaded_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_case_evidence PRIMARY KEY (id),
            CONSTRAINT uq_case_evidence_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_case_evidence_cooperative_id_case_id_party_digest
                UNIQUE (cooperative_id, case_id, party, digest),
            CONSTRAINT fk_case_evidence_cooperative_id_case_id FOREIGN KEY (cooperative_id, case_id)
                REFERENCES aftersales_cases (cooperative_id, id),
            CONSTRAINT ck_case_evidence_party CHECK (party IN ('buyer', 'cooperative'))
        )
    """)
    op.execute("""
        CREATE TABLE return_addresses (
            id UUID NOT NULL,
            cooperative_id UUID NOT NULL,
            sealed BYTEA NOT NULL,
            changed_at TIMESTAMPTZ NOT NULL,
            CONSTRAINT pk_return_addresses PRIMARY KEY (id),
            CONSTRAINT uq_return_addresses_cooperative_id_id UNIQUE (cooperative_id, id),
            CONSTRAINT uq_return_addresses_cooperative_id UNIQUE (cooperative_id)
        )
    """)


def _write_known_courses() -> None:
    """Write the steps whose times stand on the case."""
    op.execute("""
        INSERT INTO case_events
            (id, cooperative_id, case_id, deed, party, account_id, state, note, at)
        SELECT gen_random_uuid(), cooperative_id, id,
               CASE opened_by WHEN 'buyer' THEN 'applied' ELSE 'given' END, opened_by, applied_by,
               'applied', reason, applied_at
        FROM aftersales_cases
        UNION ALL
        SELECT gen_random_uuid(), cooperative_id, id,
               CASE state WHEN 'refused' THEN 'refused' WHEN 'withdrawn' THEN 'withdrawn'
                    ELSE 'agreed' END,
               CASE state WHEN 'withdrawn' THEN 'buyer' ELSE 'cooperative' END, answered_by,
               CASE state WHEN 'done' THEN 'awaiting_refund' ELSE state END, answer, answered_at
        FROM aftersales_cases WHERE answered_at IS NOT NULL
        UNION ALL
        SELECT gen_random_uuid(), cooperative_id, id, 'done', 'provider', NULL, 'done', NULL, done_at
        FROM aftersales_cases WHERE done_at IS NOT NULL
    """)


def downgrade() -> None:
    """Go back to refunds; cases that stand where there was no state before end as withdrawn."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP INDEX ix_parcels_case")
    op.execute("ALTER TABLE parcels DROP COLUMN case_id")
    op.execute("DROP TABLE return_addresses")
    op.execute("DROP TABLE case_evidence")
    op.execute("DROP TABLE case_events")
    op.execute("DROP INDEX ix_aftersales_cases_arbitration")
    op.execute("DROP INDEX ix_aftersales_cases_due")
    op.execute("DROP INDEX ix_aftersales_cases_open")
    op.execute(
        f"UPDATE aftersales_cases SET state = 'withdrawn' WHERE state NOT IN ({FORMER_STATES})"
    )
    _allow_states(FORMER_STATES)
    op.execute("""
        ALTER TABLE aftersales_cases
            DROP COLUMN kind, DROP COLUMN cause, DROP COLUMN due_at, DROP COLUMN return_way,
            DROP COLUMN return_to, DROP COLUMN return_courier_code, DROP COLUMN return_waybill_no,
            DROP COLUMN decision, DROP COLUMN decided_at, DROP COLUMN decided_by
    """)
