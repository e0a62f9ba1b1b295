"""The API of quotas: offices read those of their region, cities and provinces set them."""

from typing import Any
from uuid import UUID

from marketplace.cursors import Page, paginate
from marketplace.database import transaction
from marketplace.http import ApiBlueprint, idempotent, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.quotas import queries, service
from partners.quotas.queries import QuotaView
from partners.quotas.schemas import (
    QuotaPageSchema,
    QuotaQuerySchema,
    QuotaSchema,
    ReviseQuotaSchema,
    SetQuotaSchema,
)

blp = ApiBlueprint(
    "quotas", __name__, url_prefix="/api/v1/quotas", description="年度任务 Yearly targets"
)

SUBJECT = ("scheme", "region_code", "year", "pairing_id", "buying_unit_id")


@blp.route("", methods=["GET"])
@requires(Permission.QUOTA_READ)
@blp.arguments(QuotaQuerySchema, location="query")
@blp.response(200, QuotaPageSchema)
def list_quotas(query: dict[str, Any]) -> Page[QuotaView]:
    """List the quotas of the regions that the caller's office answers for."""
    limit, after = query.pop("limit"), query.pop("after")
    page = paginate(
        queries.select_quotas(current_actor(), **query), queries.LIST_ORDER, limit, after
    )
    return Page(queries.with_revisions(page.items), page.next)


@blp.route("", methods=["POST"])
@requires(Permission.QUOTA_SET)
@idempotent
@blp.arguments(SetQuotaSchema)
@blp.response(201, QuotaSchema)
def set_quota(command: dict[str, Any]) -> QuotaView:
    """Set the task of a pairing's region, a buying unit or a western county for a year."""
    with transaction():
        subject = service.QuotaSubject(**{name: command.pop(name) for name in SUBJECT})
        quota = service.set_quota(current_actor(), subject, **command)
        return queries.with_revisions([quota])[0]


@blp.route("/<uuid:quota_id>", methods=["GET"])
@requires(Permission.QUOTA_READ)
@blp.response(200, QuotaSchema)
def get_quota(quota_id: UUID) -> QuotaView:
    """Show a quota with every amount that was ever decided."""
    return queries.with_revisions([queries.get_quota(current_actor(), quota_id)])[0]


@blp.route("/<uuid:quota_id>/revisions", methods=["POST"])
@requires(Permission.QUOTA_SET)
@idempotent
@blp.arguments(ReviseQuotaSchema)
@blp.response(201, QuotaSchema)
def revise_quota(command: dict[str, Any], quota_id: UUID) -> QuotaView:
    """Decide another amount from a day on; earlier amounts stay on record."""
    with transaction():
        quota = service.revise_quota(current_actor(), quota_id, **command)
        return queries.with_revisions([quota])[0]
