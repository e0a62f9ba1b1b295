"""The API of quota reports: an office reads its region and what lies in it, an auditor everything."""

from typing import Any

from marketplace.cursors import Page
from marketplace.http import ApiBlueprint, requires
from marketplace.identity.actor import current_actor
from marketplace.permissions import Permission
from partners.reports import queries, service
from partners.reports.schemas import (
    LineQuerySchema,
    MonthListSchema,
    QuotaReportListSchema,
    QuotaReportSchema,
    ReportLinePageSchema,
    ReportListQuerySchema,
    ReportQuerySchema,
)
from partners.reports.service import QuotaReport

blp = ApiBlueprint(
    "quota_reports",
    __name__,
    url_prefix="/api/v1/quota-reports",
    description="任务进度 Progress of the yearly targets",
)


@blp.route("", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.arguments(ReportListQuerySchema, location="query")
@blp.response(200, QuotaReportListSchema)
def list_quota_reports(query: dict[str, Any]) -> dict[str, list[QuotaReport]]:
    """List the totals of the caller's own regions (an auditor's: the eastern provinces)."""
    return {"items": service.list_quota_reports(current_actor(), **query)}


@blp.route("/<region_code>", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.arguments(ReportQuerySchema, location="query")
@blp.response(200, QuotaReportSchema)
def get_quota_report(query: dict[str, Any], region_code: str) -> QuotaReport:
    """Show a region's year: target, pending, confirmed, held, pace; by pairing and by region."""
    return service.get_quota_report(current_actor(), region_code, **query)


@blp.route("/<region_code>/months", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.arguments(ReportListQuerySchema, location="query")
@blp.response(200, MonthListSchema)
def list_quota_report_months(query: dict[str, Any], region_code: str) -> dict[str, Any]:
    """List what each month moved of a region's year."""
    return {"items": service.list_months(current_actor(), region_code, **query)}


@blp.route("/<region_code>/lines", methods=["GET"])
@requires(Permission.REPORT_READ)
@blp.arguments(LineQuerySchema, location="query")
@blp.response(200, ReportLinePageSchema)
def list_quota_report_lines(query: dict[str, Any], region_code: str) -> Page[Any]:
    """List the credits behind a figure, the newest first; their amounts add up to it."""
    limit, after = query.pop("limit"), query.pop("after")
    figure = queries.FigureQuery(region_code=region_code, **query)
    return service.list_lines(current_actor(), figure, limit=limit, after=after)
