"""What carts and checkouts take from the catalogue, and the history of prices."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from marketplace import clock
from marketplace.database import db
from marketplace.identity.actor import Actor
from partners.credits.facts import ProductKind
from products.catalogue import queries, service
from products.catalogue.models import ListingState, judged_origin
from products.certificates.models import CertificateState
from products.stock.invariants import INVARIANTS
from tests.factories.partners import make_cooperative
from tests.factories.products import (
    NANJIANG,
    XINHE,
    XUYONG,
    make_certificate,
    make_product,
    make_sku,
)


class TestListSellable:
    def test_tells_all_that_an_order_line_keeps_in_one_statement(
        self, count_queries: Callable[[], int]
    ) -> None:
        cooperative = make_cooperative(name="示例合作社 · 南江")
        made = make_product(cooperative.id, category_code="mutton", price_fen=5800)
        other = make_product(make_cooperative().id, name="核桃")
        before = count_queries()
        found = {s.sku_id: s for s in queries.list_sellable([made.sku.id, other.sku.id])}
        assert count_queries() - before == 1
        sellable = found[made.sku.id]
        assert made.certificate is not None
        assert (sellable.cooperative_name, sellable.product_name) == (
            "示例合作社 · 南江", "南江黄羊肉",
        )  # fmt: skip
        assert (sellable.price_fen, sellable.available, sellable.weight_g) == (5800, 100, 500)
        assert (sellable.category_code, sellable.category_name) == ("mutton", "羊肉")
        assert (sellable.origin_code, sellable.is_listed) == (NANJIANG, True)
        assert sellable.certificate_no == made.certificate.certificate_no
        assert (sellable.certificate_state, sellable.is_food_or_farm) == ("active", True)

    def test_leaves_out_what_does_not_exist(self) -> None:
        assert queries.list_sellable([uuid.uuid4()]) == []
        assert queries.list_sellable([]) == []

    def test_knows_what_cannot_be_bought(self) -> None:
        cooperative = make_cooperative().id
        made = make_product(cooperative)
        cases = [
            make_product(cooperative, state=ListingState.PAUSED).sku,
            make_product(make_cooperative(state="suspended").id).sku,
            make_sku(made.product, spec="停售", is_active=False),
        ]
        assert [s.is_listed for s in queries.list_sellable([sku.id for sku in cases])] == [
            False, False, False,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("kind", "material", "expected"),
        [
            (ProductKind.AGRICULTURAL, None, XUYONG),
            (ProductKind.CRAFT, NANJIANG, XUYONG),
            (ProductKind.PROCESSED, NANJIANG, NANJIANG),
            (ProductKind.PROCESSED, None, None),
        ],
    )
    def test_judges_the_origin_as_the_rule_says(
        self, kind: ProductKind, material: str | None, expected: str | None
    ) -> None:
        made = make_product(
            make_cooperative().id, kind=kind, origin_code=XUYONG, main_material_code=material
        )
        assert queries.list_sellable([made.sku.id])[0].origin_code == expected
        assert judged_origin(kind, XUYONG, material) == expected

    def test_takes_the_certificate_in_force_that_day(self) -> None:
        made = make_product(make_cooperative().id, is_certified=False)
        old, new = (
            make_certificate(
                made.product, valid_from=date(year, 1, 1), valid_to=date(year + 2, 12, 31)
            )
            for year in (2019, 2022)
        )
        for instant, expected in [
            (datetime(2020, 6, 1, tzinfo=UTC), old),
            (datetime(2023, 6, 1, tzinfo=UTC), new),
            (datetime(2030, 6, 1, tzinfo=UTC), new),  # expired: the last one, for credits to judge
        ]:
            with clock.travel(instant):
                sellable = queries.list_sellable([made.sku.id])[0]
            assert sellable.certificate_no == expected.certificate_no
            assert sellable.certificate_valid_to == expected.valid_to

    @pytest.mark.parametrize(
        ("state", "shown"),
        [("applied", None), ("returned", None), ("suspended", "suspended"), ("revoked", "revoked")],
    )
    def test_tells_the_state_of_a_certificate_that_was_issued(
        self, state: str, shown: str | None
    ) -> None:
        made = make_product(make_cooperative().id, certificate_state=CertificateState(state))
        assert queries.list_sellable([made.sku.id])[0].certificate_state == shown


class TestGetLowestPrice:
    def test_counts_the_price_in_force_when_the_days_began(self) -> None:
        now = datetime(2026, 5, 20, tzinfo=UTC)
        actor = Actor(id=uuid.uuid4())
        with clock.travel(now - timedelta(days=30)):
            made = make_product(make_cooperative().id, price_fen=3000)
        for days, price in ((20, 5000), (3, 6000), (1, 5500)):
            with clock.travel(now - timedelta(days=days)):
                service.update_sku(actor, made.product, made.sku, price_fen=price)
        assert queries.get_lowest_price(made.sku, now - timedelta(days=7)) == 5000
        assert queries.get_lowest_price(made.sku, now - timedelta(days=2)) == 5500
        assert queries.get_lowest_price(made.sku, now - timedelta(days=40)) == 3000


class TestStockInvariant:
    @pytest.mark.parametrize(
        "fault",
        [
            "UPDATE skus SET on_hand = on_hand + 1",
            "UPDATE skus SET reserved = reserved + 1",
            "INSERT INTO reservations (id, cooperative_id, sku_id, order_id, quantity,"
            " released_quantity, shipped_quantity, returned_quantity, reserved_at)"
            " SELECT gen_random_uuid(), cooperative_id, id, gen_random_uuid(), 1, 0, 0, 0, now()"
            " FROM skus",
            "INSERT INTO stock_moves (id, cooperative_id, sku_id, kind, quantity, cause_id,"
            " moved_at) SELECT gen_random_uuid(), cooperative_id, id, 'received', 1,"
            " gen_random_uuid(), now() FROM skus",
        ],
    )
    def test_sees_every_planted_fault(self, fault: str) -> None:
        made = make_product(make_cooperative().id, origin_code=XINHE)
        assert db.session.execute(text(INVARIANTS[0].sql)).all() == []
        db.session.execute(text(fault))
        assert db.session.execute(text(INVARIANTS[0].sql)).all() == [(made.sku.id,)]
