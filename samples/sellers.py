"""Sample sellers, one per place: applied for, recommended by the county, admitted by the platform."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from partners.cooperatives import service
from partners.cooperatives.models import Cooperative, CooperativeKind
from partners.credit_codes import check_character
from partners.offices.service import open_offices
from partners.regions.queries import tree
from samples import people
from samples.goods import list_goods

WORDS = "示例数据：用于演示，不是真实的经营主体。"
# Everything else is a farmers' cooperative.
WORKSHOPS = frozenset({"331123"})


def admit_sellers(region_codes: Iterable[str]) -> dict[str, tuple[Cooperative, Actor]]:
    """Admit one seller per place; give each with the actor of its manager."""
    admitted: dict[str, tuple[Cooperative, Actor]] = {}
    for code in dict.fromkeys(region_codes):
        phone = manager_phone(code)
        with transaction():
            seller = _find(credit_code_of(code)) or _admit(code, phone)
        admitted[code] = (seller, people.by_phone(phone))
    return admitted


def manager_phone(region_code: str) -> str:
    """Give the number of the manager of a place's seller, by the place's turn among the goods."""
    places = list(dict.fromkeys(good.region_code for good in list_goods()))
    return str(people.FIRST_MANAGER_PHONE + places.index(region_code))


def credit_code_of(region_code: str, serial: int = 1) -> str:
    """Make a well-formed credit code of a place; the letters MA and zeros mark a sample's."""
    body = f"93{region_code}MA{serial:07d}"
    return body + check_character(body)


def short_name(region_code: str) -> str:
    return tree().get(region_code).name.rstrip("县市区")


def _find(credit_code: str) -> Cooperative | None:
    return db.session.scalar(select(Cooperative).where(Cooperative.credit_code == credit_code))


def _admit(code: str, phone: str) -> Cooperative:
    is_workshop = code in WORKSHOPS
    applied = service.apply_for_cooperative(
        people.by_phone(phone),
        name=f"{'示例残疾人之家' if is_workshop else '示例合作社'} · {short_name(code)}",
        kind=CooperativeKind.SHELTERED_WORKSHOP if is_workshop else CooperativeKind.COOPERATIVE,
        region_code=code,
        credit_code=credit_code_of(code),
        introduction=WORDS,
    )
    open_offices([code])
    cooperative_id: UUID = applied.id
    service.recommend_cooperative(people.officer(code), cooperative_id, note="示例：材料齐全")
    return service.approve_cooperative(people.administrator(), cooperative_id)
