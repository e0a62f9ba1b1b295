"""Invoice titles, invoices and their lines.

Safe under load: new tables only.
"""

from alembic import op

revision = "0023_invoices"
down_revision = "0022_coupons"
branch_labels = None
depends_on = None

_TITLES = """
CREATE TABLE invoice_titles (
    id UUID NOT NULL,
    owner_kind VARCHAR(40) NOT NULL,
    owner_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    sealed BYTEA NOT NULL,
    is_default BOOLEAN NOT NULL,
    written_by UUID NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_invoice_titles PRIMARY KEY (id),
    CONSTRAINT uq_invoice_titles_owner_id_id UNIQUE (owner_id, id),
    CONSTRAINT ck_invoice_titles_owner_kind CHECK (owner_kind IN ('account', 'buying_unit')),
    CONSTRAINT ck_invoice_titles_kind CHECK (kind IN ('personal', 'company'))
)
"""

_INVOICES = """
CREATE TABLE invoices (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    cooperative_name TEXT NOT NULL,
    account_id UUID NOT NULL,
    buying_unit_id UUID,
    buying_unit_name TEXT,
    request_no TEXT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    invoice_type VARCHAR(40) NOT NULL,
    state VARCHAR(40) NOT NULL,
    month TEXT,
    title_sealed BYTEA NOT NULL,
    amount_fen BIGINT NOT NULL,
    tax_fen BIGINT NOT NULL,
    note TEXT,
    answer TEXT,
    original_id UUID,
    cause_id UUID,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    issuer TEXT,
    number TEXT,
    issued_on DATE,
    issued_at TIMESTAMP WITH TIME ZONE,
    issued_by UUID,
    file_type TEXT,
    file_digest TEXT,
    file_bytes BIGINT,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_invoices PRIMARY KEY (id),
    CONSTRAINT uq_invoices_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_invoices_cooperative_id_request_no UNIQUE (cooperative_id, request_no),
    CONSTRAINT fk_invoices_cooperative_id_original_id FOREIGN KEY (cooperative_id, original_id)
        REFERENCES invoices (cooperative_id, id),
    CONSTRAINT ck_invoices_kind CHECK (kind IN ('blue', 'red')),
    CONSTRAINT ck_invoices_type CHECK (invoice_type IN ('ordinary', 'special')),
    CONSTRAINT ck_invoices_state CHECK
        (state IN ('requested', 'issued', 'reversed', 'cancelled', 'declined')),
    CONSTRAINT ck_invoices_red CHECK (kind = 'blue' OR state IN ('requested', 'issued')),
    CONSTRAINT ck_invoices_month CHECK (month ~ '^20[0-9]{2}-(0[1-9]|1[0-2])$'),
    CONSTRAINT ck_invoices_number CHECK (number ~ '^([0-9]{18}|[0-9]{20})$'),
    CONSTRAINT ck_invoices_file CHECK
        ((file_digest IS NULL) = (file_type IS NULL) AND (file_digest IS NULL) = (file_bytes IS NULL)),
    CONSTRAINT ck_invoices_original CHECK ((kind = 'red') = (original_id IS NOT NULL)),
    CONSTRAINT ck_invoices_amounts CHECK (amount_fen >= 0 AND tax_fen BETWEEN 0 AND amount_fen),
    CONSTRAINT ck_invoices_issued CHECK
        (state NOT IN ('issued', 'reversed')
         OR (number IS NOT NULL AND issued_on IS NOT NULL AND issued_at IS NOT NULL
             AND file_digest IS NOT NULL AND amount_fen > 0))
)
"""

_LINES = """
CREATE TABLE invoice_lines (
    id UUID NOT NULL,
    cooperative_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    order_id UUID NOT NULL,
    order_line_id UUID,
    product_id UUID,
    reverses_id UUID,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    spec TEXT NOT NULL,
    unit TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    price_fen BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    tax_treatment VARCHAR(40),
    tax_rate_bp INTEGER,
    tax_basis TEXT,
    tax_fen BIGINT NOT NULL,
    is_live BOOLEAN NOT NULL,
    reversed_fen BIGINT NOT NULL,
    reversed_quantity BIGINT NOT NULL,
    CONSTRAINT pk_invoice_lines PRIMARY KEY (id),
    CONSTRAINT uq_invoice_lines_cooperative_id_id UNIQUE (cooperative_id, id),
    CONSTRAINT uq_invoice_lines_cooperative_id_invoice_id_position
        UNIQUE (cooperative_id, invoice_id, position),
    CONSTRAINT fk_invoice_lines_cooperative_id_invoice_id FOREIGN KEY (cooperative_id, invoice_id)
        REFERENCES invoices (cooperative_id, id),
    CONSTRAINT fk_invoice_lines_cooperative_id_order_id FOREIGN KEY (cooperative_id, order_id)
        REFERENCES orders (cooperative_id, id),
    CONSTRAINT fk_invoice_lines_cooperative_id_order_line_id
        FOREIGN KEY (cooperative_id, order_line_id) REFERENCES order_lines (cooperative_id, id),
    CONSTRAINT fk_invoice_lines_cooperative_id_reverses_id FOREIGN KEY (cooperative_id, reverses_id)
        REFERENCES invoice_lines (cooperative_id, id),
    CONSTRAINT ck_invoice_lines_treatment CHECK (tax_treatment IN ('exempt', 'taxed')),
    CONSTRAINT ck_invoice_lines_amounts CHECK
        (quantity >= 0 AND price_fen >= 0 AND amount_fen >= 0
         AND tax_fen BETWEEN 0 AND amount_fen
         AND reversed_fen BETWEEN 0 AND amount_fen
         AND reversed_quantity BETWEEN 0 AND quantity),
    CONSTRAINT ck_invoice_lines_live CHECK (NOT (is_live AND reverses_id IS NOT NULL)),
    CONSTRAINT ck_invoice_lines_tax CHECK
        ((tax_treatment = 'exempt') IS NOT TRUE OR (tax_rate_bp = 0 AND tax_fen = 0))
)
"""

_INDEXES = (
    "CREATE UNIQUE INDEX uq_invoice_titles_default ON invoice_titles (owner_id) WHERE is_default",
    "CREATE UNIQUE INDEX uq_invoices_number ON invoices (cooperative_id, number)"
    " WHERE number IS NOT NULL",
    "CREATE UNIQUE INDEX uq_invoices_file ON invoices (cooperative_id, file_digest)"
    " WHERE file_digest IS NOT NULL",
    "CREATE UNIQUE INDEX uq_invoices_cause ON invoices (cooperative_id, original_id, cause_id)"
    " WHERE kind = 'red'",
    "CREATE INDEX ix_invoices_due ON invoices (cooperative_id, due_at, id)"
    " WHERE state = 'requested'",
    "CREATE INDEX ix_invoices_account ON invoices (account_id, id)",
    "CREATE INDEX ix_invoices_buying_unit ON invoices (buying_unit_id, id)",
    "CREATE INDEX ix_invoices_original ON invoices (cooperative_id, original_id)",
    # A line of an order, or its freight, stands on one live invoice at most.
    "CREATE UNIQUE INDEX uq_invoice_lines_live"
    " ON invoice_lines (cooperative_id, order_id, order_line_id) NULLS NOT DISTINCT WHERE is_live",
    "CREATE INDEX ix_invoice_lines_order ON invoice_lines (cooperative_id, order_id)",
    "CREATE INDEX ix_invoice_lines_order_line ON invoice_lines (cooperative_id, order_line_id)",
    "CREATE INDEX ix_invoice_lines_reverses ON invoice_lines (cooperative_id, reverses_id)",
    "CREATE INDEX ix_invoice_lines_product ON invoice_lines (cooperative_id, product_id, id)",
)


def upgrade() -> None:
    """Add them."""
    op.execute("SET lock_timeout = '5s'")
    for statement in (_TITLES, _INVOICES, _LINES, *_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    """Remove them."""
    op.execute("SET lock_timeout = '5s'")
    for table in ("invoice_lines", "invoices", "invoice_titles"):
        op.execute(f"DROP TABLE {table}")
