"""The sample data is made by the product's own rules, once, and says that it is a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from marketplace.app import create_app
from marketplace.database import db
from marketplace.endpoints.models import Endpoint
from marketplace.identity.models import Account
from marketplace.verify import check, collect
from orders.aftersales.models import AftersalesCase, CaseKind
from orders.attribution_changes.models import AttributionChange
from orders.bank_entries.models import BankEntry, EntryState
from orders.card_disputes.models import CardDispute, DisputeState
from orders.coupons.models import Coupon
from orders.freight.models import FreightTemplate
from orders.household_shares.kinds import ShareState
from orders.household_shares.models import HouseholdShare
from orders.invoices.models import Invoice
from orders.invoices.states import InvoiceState
from orders.papers.models import OrderPaper, PaperKind
from orders.payments.models import PaymentAttempt, Refund, RefundState
from orders.payments.sandbox import database as sandbox_database
from orders.receivables.models import Receivable
from orders.reconciliation import standing
from orders.reconciliation.models import Difference, ReconciliationRun
from orders.settlements.models import SettlementLine
from orders.trades.models import Order, Trade
from orders.trades.states import AftersalesState, OrderState
from partners.buying_units.models import BuyingUnit, BuyingUnitState
from partners.cooperatives.models import Cooperative, CooperativeState
from partners.credits.models import Credit
from partners.credits.rules import Stage
from partners.quotas.models import Quota
from products.catalogue.models import ListingState, Product, Sku
from products.certificates.models import Certificate, CertificateState
from products.media.models import Photo
from products.offers.models import PriceStep
from samples import people, sign_ins
from samples.goods import RETAIL, list_goods
from samples.loading import load
from tests import databases

TABLES = (
    Account, AftersalesCase, BuyingUnit, Certificate, Cooperative, Credit, PaymentAttempt, Photo, Product, Quota,
    Sku, Trade,
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded(
    server: databases.Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application on a database of its own, with the sample data."""
    var_dir: Path = tmp_path_factory.mktemp("samples")
    with databases.clone(server, template) as (_, app_url):
        app = create_app(databases.settings_for(app_url, var_dir))
        with app.app_context():
            load()
        yield app
        sandbox_database.dispose(app)
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def context(loaded: Flask, database: object) -> Iterator[None]:
    with loaded.app_context():
        yield


def count_all() -> dict[str, int]:
    return {
        table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in TABLES
    }


@pytest.mark.usefixtures("context")
class TestLoad:
    def test_makes_papers_and_invoices_of_a_unit(self) -> None:
        states = Counter(db.session.scalars(select(Invoice.state)))
        assert states == {InvoiceState.ISSUED: 1, InvoiceState.REQUESTED: 1}
        assert set(db.session.scalars(select(OrderPaper.kind))) == set(PaperKind)

    def test_leaves_an_exchange_to_answer_and_a_word_to_the_seller(self) -> None:
        applied = select(AftersalesCase).where(AftersalesCase.state == AftersalesState.APPLIED)
        [case] = db.session.scalars(applied).all()
        assert (case.kind, case.state) == (CaseKind.EXCHANGE, AftersalesState.APPLIED)
        remarks = db.session.scalars(select(Order.remark).where(Order.remark.is_not(None))).all()
        assert len(remarks) == 1

    def test_sets_freight_a_bulk_price_and_coupons(self) -> None:
        names = set(db.session.scalars(select(Coupon.name)))
        assert names == {
            "示例：南江满 200 减 20",
            "示例：平台满 100 减 10",
            "示例：平台满 300 减 30",
        }
        assert db.session.scalar(select(func.count()).select_from(PriceStep)) == 2
        assert db.session.scalars(select(FreightTemplate.name)).all() == ["示例：常温"]

    def test_offers_every_speciality_as_a_plain_sample(self) -> None:
        products = db.session.scalars(select(Product)).all()
        assert {product.name for product in products} == set(RETAIL)
        assert all("示例数据" in product.description for product in products)
        assert count_all()["photos"] == len(RETAIL)
        states = Counter(product.state for product in products)
        assert states == {ListingState.LISTED: len(RETAIL) - 1, ListingState.SUBMITTED: 1}

    def test_admits_sellers_that_say_what_they_are(self) -> None:
        sellers = db.session.scalars(select(Cooperative)).all()
        assert all(seller.name.startswith("示例") for seller in sellers)
        states = Counter(seller.state for seller in sellers)
        assert set(states) == {CooperativeState.ACTIVE, CooperativeState.APPLIED}
        assert states[CooperativeState.APPLIED] == 1

    def test_leaves_applications_for_the_offices_to_decide(self) -> None:
        units = Counter(db.session.scalars(select(BuyingUnit.state)))
        assert units[BuyingUnitState.APPLIED] == 1
        assert list(db.session.scalars(select(AttributionChange.to_code))) == ["331100"]

    def test_certifies_by_four_different_people(self) -> None:
        active = select(Certificate).where(Certificate.state == CertificateState.ACTIVE)
        certificates = db.session.scalars(active).all()
        wanted = [good for good in list_goods() if good.retail.stage == "certified"]
        assert len(certificates) == len(wanted)
        for each in certificates:
            examiners = {each.county_certified_by, each.city_reviewed_by, each.activated_by}
            assert len(examiners | {each.applied_by}) == 4

    def test_leaves_purchases_at_every_step_and_credits_that_count(self) -> None:
        states = set(db.session.scalars(select(Order.state)).all())
        assert states == set(OrderState) - {OrderState.PART_SHIPPED, OrderState.CANCELLED}
        booked = select(Credit.stage, func.sum(Credit.amount_fen)).group_by(Credit.stage)
        sums = dict(db.session.execute(booked).all())
        assert sums[Stage.CONFIRMED] > 0
        assert sums[Stage.PENDING] > 0

    def test_leaves_a_transfer_in_part_and_a_debt_on_terms(self) -> None:
        states = Counter(db.session.scalars(select(BankEntry.state)))
        assert states == {EntryState.IDENTIFIED: 1, EntryState.UNIDENTIFIED: 1}
        debts = db.session.scalars(select(Receivable)).all()
        assert [debt.due_on is not None and debt.owed_fen > 0 for debt in debts] == [True]

    def test_settles_a_fee_a_coupon_and_a_refund(self) -> None:
        parts = select(func.sum(SettlementLine.fee_fen), func.sum(SettlementLine.coupon_fen)).where(
            SettlementLine.kind == "sale"
        )
        row = db.session.execute(parts).one()
        assert (row[0] != 0, row[1]) == (True, 3_000)

    def test_leaves_a_refused_refund_a_dispute_and_a_storefront(self) -> None:
        refunds = Counter(db.session.scalars(select(Refund.state)))
        assert refunds == {RefundState.SUCCEEDED: 1, RefundState.FAILED: 1}
        assert db.session.scalars(select(CardDispute.state)).all() == [DisputeState.UNDER_REVIEW]
        [endpoint] = db.session.scalars(select(Endpoint)).all()
        assert endpoint.label.startswith("示例")
        assert endpoint.url.split("/")[2].endswith(".example")

    def test_leaves_a_reconciled_day_and_one_with_a_difference(self) -> None:
        opened = [(d.kind, d.provider_amount) for d in db.session.scalars(select(Difference))]
        assert opened == [("payment_unknown", 8_800)]
        runs = db.session.scalars(select(ReconciliationRun)).all()
        assert Counter(standing.cell_of(run).standing for run in runs) == {"green": 6, "red": 1}

    def test_leaves_a_share_of_households_attested_and_others_waiting(self) -> None:
        states = Counter(db.session.scalars(select(HouseholdShare.state)))
        assert states[ShareState.ATTESTED] == 1
        assert states[ShareState.ENTERED] > 0

    def test_keeps_every_invariant(self) -> None:
        with db.engine.connect() as connection:
            assert [each for each in check(connection, collect()) if each.violations] == []

    def test_changes_nothing_when_it_runs_again(self) -> None:
        first = count_all()
        load()
        assert count_all() == first


class TestSignIns:
    def test_shows_a_password_and_a_code_that_work(self, loaded: Flask) -> None:
        with loaded.app_context():
            told, password = sign_ins.told(), people.password()
            authenticator = people.authenticator_of("admin")
        assert authenticator is not None
        assert people.SHOPPER_PHONE in told
        assert password in told
        assert authenticator.secret in told
        body = {"login_name": "admin", "password": password, "totp_code": authenticator.now()}
        answer = loaded.test_client().post("/api/v1/sign-in/password", json=body)
        assert answer.status_code == 201, answer.json
