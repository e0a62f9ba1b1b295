"""Sample products: drafted by the cooperative, listed by its county, certified step by step."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from partners.offices.queries import list_offices_over
from partners.regions.models import RegionLevel
from products.catalogue import service as catalogue
from products.catalogue.models import Product, ReturnClass
from products.certificates import service as certificates
from products.certificates.models import Certificate
from products.media import service as media
from products.media.pictures import Picture, make_picture
from samples import people, pictures
from samples.goods import Good

VALID_FOR = timedelta(days=3 * 365)
# How far each stage goes, in order.
STAGES = ("submitted", "listed", "applied", "county_certified", "certified")


def offer(good: Good, cooperative_id: UUID, manager: Actor) -> None:
    """Offer a good as far as its stage says, unless the cooperative offers it already."""
    known = select(Product.id).where(
        Product.cooperative_id == cooperative_id, Product.name == good.name
    )
    if db.session.scalar(known) is not None:
        return
    picture = make_picture(pictures.draw(good.retail.motif))
    media.keep_picture(picture)
    with transaction():
        product = _draft(good, cooperative_id, manager, picture)
        reached = STAGES.index(good.retail.stage)
        catalogue.submit_product(manager, product)
        if reached >= STAGES.index("listed"):
            catalogue.approve_product(people.officer(good.region_code), product)
        if reached >= STAGES.index("applied"):
            certificate = _apply(manager, product)
        if reached >= STAGES.index("county_certified"):
            certificates.certify(people.officer(good.region_code), certificate)
        if reached >= STAGES.index("certified"):
            _approve(certificate)


def _draft(good: Good, cooperative_id: UUID, manager: Actor, picture: Picture) -> Product:
    retail = good.retail
    facts = {
        "return_class": ReturnClass.SEVEN_DAYS,
        "main_material_code": None,
        "is_prepackaged": False,
    } | retail.facts
    product = catalogue.create_product(
        manager,
        cooperative_id=cooperative_id,
        name=good.name,
        kind=good.kind,
        category_code=retail.category,
        description=f"{retail.words}\n\n示例数据：价格、库存与图片仅供演示。",
        origin_code=good.region_code,
        **facts,
    )
    for spec, unit, weight_g, price_fen, on_hand in retail.specs:
        catalogue.add_sku(
            manager, product, spec=spec, unit=unit, weight_g=weight_g, price_fen=price_fen,
            on_hand=on_hand,
        )  # fmt: skip
    media.add_photo(manager, product, picture)
    return product


def _apply(manager: Actor, product: Product) -> Certificate:
    """Apply for certification, with counts of households and never a name."""
    today = clock.today()
    return certificates.apply_for_certificate(
        manager,
        product,
        valid_from=today - timedelta(days=30),
        valid_to=today - timedelta(days=30) + VALID_FOR,
        linked_households=36,
        linked_villages=4,
        linked_jobs=18,
        linked_income_fen=42_000_000,
    )


def _approve(certificate: Certificate) -> None:
    """Let city and province agree; the platform stands in where a province has no city between."""
    over = list_offices_over(certificate.origin_code)
    higher = [office for office in over if office.level is not RegionLevel.COUNTY]
    examiners = [people.approver(office.region_code) for office in higher[:2]]
    if len(examiners) < 2:
        examiners.append(people.administrator())
    for examiner in examiners:
        certificates.approve(examiner, certificate)
