"""The API of the audit trail: read only, for auditors and the platform."""

from typing import Any

from marketplace.audit import AuditEntry
from marketplace.audit_trail import queries
from marketplace.audit_trail.queries import EntryFilter
from marketplace.audit_trail.schemas import AuditPageSchema, AuditQuerySchema
from marketplace.cursors import Page
from marketplace.http import ApiBlueprint, requires
from marketplace.permissions import Permission

blp = ApiBlueprint(
    "audit", __name__, url_prefix="/api/v1/audit-entries", description="审计记录 The audit trail"
)


@blp.route("", methods=["GET"])
@requires(Permission.AUDIT_READ)
@blp.arguments(AuditQuerySchema, location="query")
@blp.response(200, AuditPageSchema)
def list_audit_entries(query: dict[str, Any]) -> Page[AuditEntry]:
    """List what was done, the newest first."""
    limit, after, subject_id = query.pop("limit"), query.pop("after"), query.pop("subject_id")
    wanted = EntryFilter(**query, subject_ids=None if subject_id is None else [subject_id])
    return queries.page_of_entries(wanted, limit, after)
