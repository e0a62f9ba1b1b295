"""The people and goods of the page tests: two cooperatives, a school, three offices, a private shopper."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from marketplace.database import db
from marketplace.permissions import Role
from partners.credits.facts import ProductKind
from tests.factories import identity, partners
from tests.factories.products import XINHE, make_product
from tests.factories.quotas import make_quota
from tests.pages.conftest import Site

PHONES = {
    "shopper": "13900001001",
    "clerk": "13900001002",
    "nanjiang": "13900001003",
    "xinhe": "13900001004",
    "dongyang_office": "13900001005",
    "nanjiang_office": "13900001006",
}


@dataclass(slots=True)
class Story:
    """Ids that a test may need; people are known by their phones."""

    mutton_id: uuid.UUID
    lute_id: uuid.UUID
    unit_name: str
    phones: dict[str, str] = field(default_factory=lambda: dict(PHONES))


def set_the_stage(site: Site) -> Story:
    """Write the people and goods into the site's own database."""
    with site.committed.context():
        nanjiang = partners.make_cooperative(name="示例合作社 · 南江")
        xinhe = partners.make_cooperative(name="示例乐器坊 · 新和", region_code=XINHE)
        mutton = make_product(
            nanjiang.id, name="南江黄羊肉", category_code="mutton", price_fen=5800,
            quarantine_certificate_no="示例检疫",
        )  # fmt: skip
        lute = make_product(
            xinhe.id, name="手工都塔尔", kind=ProductKind.CRAFT, category_code="instruments",
            origin_code=XINHE, price_fen=128_000, spec="桑木", unit="把", is_certified=False,
        )  # fmt: skip
        unit = partners.make_buying_unit(name="示例小学 · 东阳", region_code="330783")
        dongyang, west = partners.office_of("330783"), partners.office_of("511922")
        for name, role, scope in (
            ("shopper", None, None),
            ("clerk", Role.BUYING_UNIT_CLERK, unit.id),
            ("nanjiang", Role.COOPERATIVE_MANAGER, nanjiang.id),
            ("xinhe", Role.COOPERATIVE_MANAGER, xinhe.id),
            ("dongyang_office", Role.OFFICE_OFFICER, dongyang.id),
            ("nanjiang_office", Role.OFFICE_OFFICER, west.id),
        ):
            identity.make_account(role=role, scope=scope, phone=PHONES[name])
        make_quota(100_000)
        story = Story(mutton.id, lute.id, unit.name)
        db.session.commit()
    return story
