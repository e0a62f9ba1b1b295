"""What is read of quotas: those of regions in a year with the amount in force on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, true

from marketplace import cursors
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.permissions import Permission
from partners.credits.rules import Scheme
from partners.offices.queries import governed_by
from partners.quotas.errors import QuotaUnknown
from partners.quotas.models import Quota, QuotaRevision
from partners.quotas.targets import Target

LIST_ORDER: cursors.Keys = [(Quota.id, "desc")]


def list_targets(region_codes: Sequence[str], scheme: Scheme, year: int, on: date) -> list[Target]:
    """Return the targets of regions for a year, as decided by a day; one round trip."""
    newest = (
        select(QuotaRevision.amount_fen, QuotaRevision.document)
        .where(QuotaRevision.quota_id == Quota.id, QuotaRevision.effective_on <= on)
        .order_by(QuotaRevision.effective_on.desc(), QuotaRevision.id.desc())
        .limit(1)
        .lateral("newest")
    )
    rows = db.session.execute(
        select(Quota, newest.c.amount_fen, newest.c.document)
        .join(newest, true())
        .where(Quota.region_code.in_(region_codes), Quota.year == year, Quota.scheme == scheme)
        .order_by(Quota.region_code, Quota.id)
    )
    return [
        Target(
            quota_id=row.Quota.id,
            scheme=row.Quota.scheme,
            pairing_id=row.Quota.pairing_id,
            buying_unit_id=row.Quota.buying_unit_id,
            region_code=row.Quota.region_code,
            year=row.Quota.year,
            amount_fen=row.amount_fen,
            document=row.document,
        )
        for row in rows
    ]


def select_quotas(
    actor: Actor,
    *,
    year: int | None = None,
    scheme: Scheme | None = None,
    region: str | None = None,
) -> Select[Quota]:
    """Select the quotas of the regions that the actor's offices answer for."""
    statement = select(Quota).where(governed_by(actor, Permission.QUOTA_READ, Quota.region_code))
    if year is not None:
        statement = statement.where(Quota.year == year)
    if scheme is not None:
        statement = statement.where(Quota.scheme == scheme)
    if region is not None:
        statement = statement.where(Quota.region_code == region)
    return statement


def get_quota(actor: Actor, quota_id: UUID) -> Quota:
    """Return a quota that the actor may see; raises QuotaUnknown."""
    quota = db.session.scalar(select_quotas(actor).where(Quota.id == quota_id))
    if quota is None:
        raise QuotaUnknown
    return quota


@dataclass(frozen=True, slots=True)
class QuotaView:
    """A quota with its revisions, oldest first."""

    quota: Quota
    revisions: list[QuotaRevision]


def with_revisions(quotas: Sequence[Quota]) -> list[QuotaView]:
    """Return quotas with all that was decided for them; one round trip."""
    found: dict[UUID, list[QuotaRevision]] = {quota.id: [] for quota in quotas}
    statement = (
        select(QuotaRevision)
        .where(QuotaRevision.quota_id.in_(found))
        .order_by(QuotaRevision.effective_on, QuotaRevision.id)
    )
    for revision in db.session.scalars(statement):
        found[revision.quota_id].append(revision)
    return [QuotaView(quota, found[quota.id]) for quota in quotas]
