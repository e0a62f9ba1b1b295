"""A role of the platform for those who pay cooperatives.

Safe under load: memberships is a small table; its check is replaced in one step.
"""

from alembic import op

revision = "0009_finance_officers"
down_revision = "0008_payments"
branch_labels = None
depends_on = None

NAME = "ck_memberships_role_of_scope"


def _check(platform_roles: str) -> str:
    return f"""
       (scope_kind = 'cooperative' AND role IN ('cooperative_manager', 'cooperative_staff'))
    OR (scope_kind = 'office' AND role IN ('office_officer', 'office_approver'))
    OR (scope_kind = 'buying_unit' AND role = 'buying_unit_clerk')
    OR (scope_kind = 'outlet' AND role = 'outlet_operator')
    OR (scope_kind = 'platform' AND role IN ({platform_roles}))
    """


def _replace(platform_roles: str) -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(f"ALTER TABLE memberships DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE memberships ADD CONSTRAINT {NAME} CHECK ({_check(platform_roles)})")


def upgrade() -> None:
    """Admit finance officers."""
    _replace("'finance_officer', 'auditor', 'platform_admin'")


def downgrade() -> None:
    """Forget them; their memberships go with the role."""
    op.execute("DELETE FROM memberships WHERE role = 'finance_officer'")
    _replace("'auditor', 'platform_admin'")
