"""The sample data is made by the product's own rules, once, and says that it is a sample."""

from __future__ import annotations

from collections import Counter

import pyotp
from sqlalchemy import func, select

from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.verify import check, collect
from partners.buying_units.models import BuyingUnit
from partners.cooperatives.models import Cooperative, CooperativeState
from products.catalogue.models import ListingState, Product, Sku
from products.certificates.models import Certificate, CertificateState
from products.media.models import Photo
from samples import people, sign_ins
from samples.goods import RETAIL, list_goods
from samples.loading import load
from tests.conftest import Committed


def count_all() -> dict[str, int]:
    tables = (Account, Cooperative, BuyingUnit, Product, Sku, Certificate, Photo)
    return {
        table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in tables
    }


class TestLoad:
    def test_offers_every_speciality_as_a_plain_sample_once(self, committed: Committed) -> None:
        with committed.context():
            load()
            first = count_all()
            products = db.session.scalars(select(Product)).all()
            assert {product.name for product in products} == set(RETAIL)
            assert all("示例数据" in product.description for product in products)
            assert first["photos"] == len(RETAIL)
            sellers = db.session.scalars(select(Cooperative)).all()
            assert all(seller.name.startswith("示例") for seller in sellers)
            assert {seller.state for seller in sellers} == {CooperativeState.ACTIVE}
            states = Counter(product.state for product in products)
            assert states == {ListingState.LISTED: len(RETAIL) - 1, ListingState.SUBMITTED: 1}
            load()
            assert count_all() == first

    def test_certifies_by_four_different_people(self, committed: Committed) -> None:
        with committed.context():
            load()
            active = select(Certificate).where(Certificate.state == CertificateState.ACTIVE)
            certificates = db.session.scalars(active).all()
            assert len(certificates) == sum(
                good.retail.stage == "certified" for good in list_goods()
            )
            for certificate in certificates:
                hands = {
                    certificate.applied_by,
                    certificate.county_certified_by,
                    certificate.city_reviewed_by,
                    certificate.activated_by,
                }
                assert len(hands) == 4
            with db.engine.connect() as connection:
                broken = [finding for finding in check(connection, collect()) if finding.violations]
            assert broken == []


class TestSignIns:
    def test_shows_passwords_and_codes_that_work(self, committed: Committed) -> None:
        with committed.context():
            load()
            told = sign_ins.told()
            assert people.SHOPPER_PHONE in told
            authenticator = people.authenticator_of("admin")
            assert isinstance(authenticator, pyotp.TOTP)
            assert authenticator.secret in told
        client = committed.client()
        body = {"login_name": "admin", "password": people_password(committed)}
        body["totp_code"] = authenticator.now()
        answer = client.post("/api/v1/sign-in/password", json=body)
        assert answer.status_code == 201, answer.json


def people_password(committed: Committed) -> str:
    with committed.context():
        return people.password()
