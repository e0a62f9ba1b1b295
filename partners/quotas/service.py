"""Changes of quotas: a task is set once, and revised by dated papers."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace import audit, clock
from marketplace.database import db, refusing_repeats
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.permissions import Permission
from partners.buying_units.queries import find_active_unit
from partners.credits.rules import Scheme
from partners.offices.queries import find_governing_office
from partners.pairings.queries import current_book
from partners.quotas.errors import QuotaExists, QuotaSubjectWrong, RegionNotYours
from partners.quotas.models import Quota, QuotaRevision
from partners.quotas.queries import get_quota
from partners.regions.models import RegionLevel
from partners.regions.service import check_place


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSubject:
    """Whose task it is: exactly the parts that the scheme measures."""

    scheme: Scheme
    region_code: str
    year: int
    pairing_id: UUID | None = None
    buying_unit_id: UUID | None = None


def set_quota(
    actor: Actor,
    subject: QuotaSubject,
    *,
    amount_fen: int,
    document: str,
    effective_on: date | None = None,
) -> Quota:
    """Set the task of a subject for a year, from a day on (today unless said).

    Raises RegionNotYours, QuotaSubjectWrong, QuotaExists.
    """
    check_place(subject.region_code, "region_code")
    _check_may_set(actor, subject.region_code)
    _check_subject(subject)
    quota = Quota(
        scheme=subject.scheme,
        region_code=subject.region_code,
        year=subject.year,
        pairing_id=subject.pairing_id,
        buying_unit_id=subject.buying_unit_id,
    )
    with refusing_repeats(QuotaExists):
        db.session.add(quota)
    _revise(actor, quota, amount_fen, document, effective_on)
    return quota


def revise_quota(
    actor: Actor,
    quota_id: UUID,
    *,
    amount_fen: int,
    document: str,
    effective_on: date | None = None,
) -> Quota:
    """Decide another amount for a quota from a day on; the ones before stay on record."""
    quota = get_quota(actor, quota_id)
    _check_may_set(actor, quota.region_code)
    _revise(actor, quota, amount_fen, document, effective_on)
    return quota


def _revise(
    actor: Actor, quota: Quota, amount_fen: int, document: str, effective_on: date | None
) -> None:
    revision = QuotaRevision(
        quota_id=quota.id,
        amount_fen=amount_fen,
        effective_on=effective_on or clock.today(),
        document=document,
        decided_by=actor.account_id,
        decided_at=clock.now(),
    )
    db.session.add(revision)
    db.session.flush()
    audit.record(
        "quota.decided",
        "quota",
        quota.id,
        actor=actor,
        after={
            "amount_fen": amount_fen,
            "effective_on": revision.effective_on.isoformat(),
            "document": document,
        },
    )


def _check_may_set(actor: Actor, region_code: str) -> None:
    """Cities and provinces set tasks, for themselves and what lies in them; counties carry them."""
    if actor.is_platform(Permission.QUOTA_SET):
        return
    office = find_governing_office(actor, Permission.QUOTA_SET, region_code)
    if office is None or office.level is RegionLevel.COUNTY:
        raise RegionNotYours


def _check_subject(subject: QuotaSubject) -> None:
    wants_pairing = subject.scheme is Scheme.PAIRING
    wants_unit = subject.scheme is Scheme.RESERVED_SHARE
    if wants_pairing != (subject.pairing_id is not None):
        raise QuotaSubjectWrong(
            fields={
                "pairing_id": Text(
                    "结对任务须选择结对，其他口径不选",
                    "A pairing belongs to the pairing scheme, and only there",
                )
            }
        )
    if wants_unit != (subject.buying_unit_id is not None):
        raise QuotaSubjectWrong(
            fields={
                "buying_unit_id": Text(
                    "预留份额须选择采购单位，其他口径不选",
                    "A buying unit belongs to the reserved share, and only there",
                )
            }
        )
    if subject.pairing_id is not None:
        _check_pairing(subject.pairing_id, subject)
    if subject.buying_unit_id is not None:
        _check_unit(subject.buying_unit_id, subject)


def _check_unit(buying_unit_id: UUID, subject: QuotaSubject) -> None:
    """The unit's own region carries its task; a unit elsewhere is not told from none at all."""
    unit = find_active_unit(buying_unit_id)
    if unit is None or unit.region_code != subject.region_code:
        wrong = Text(
            "该地区没有登记这个采购单位",
            "No buying unit of this region is registered under this id",
        )
        raise QuotaSubjectWrong(fields={"buying_unit_id": wrong})


def _check_pairing(pairing_id: UUID, subject: QuotaSubject) -> None:
    book = current_book()
    try:
        entry = book.get(pairing_id)
    except KeyError:
        wrong = Text("没有这项结对", "There is no such pairing")
        raise QuotaSubjectWrong(fields={"pairing_id": wrong}) from None
    if not book.regions.is_inside(subject.region_code, entry.east_code):
        wrong = Text("该地区不在结对的东部一方", "The region is not in the pairing's east")
        raise QuotaSubjectWrong(fields={"region_code": wrong})
    first, last = date(subject.year, 1, 1), date(subject.year, 12, 31)
    if entry.valid_from > last or (entry.valid_to is not None and entry.valid_to < first):
        wrong = Text("该结对在这一年度没有生效", "The pairing is not in force in that year")
        raise QuotaSubjectWrong(fields={"year": wrong})
