"""Reviews that race: one of them counts."""

import uuid
from collections.abc import Callable

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor, Grant
from marketplace.ids import new_id
from marketplace.permissions import Role, ScopeKind
from products.catalogue import queries, service
from products.catalogue.errors import ListingStepRefused, SpecTaken
from products.catalogue.models import ListingState, Product
from products.listings import queries as listings
from tests.conftest import Committed
from tests.factories.partners import make_cooperative
from tests.factories.products import make_product


def platform() -> Actor:
    return Actor(id=new_id(), grants=(Grant(Role.PLATFORM_ADMIN, ScopeKind.PLATFORM, None),))


def staff_of(cooperative_id: uuid.UUID) -> Actor:
    grant = Grant(Role.COOPERATIVE_STAFF, ScopeKind.COOPERATIVE, cooperative_id)
    return Actor(id=new_id(), grants=(grant,))


class TestApproveProduct:
    def test_lists_once_however_many_reviewers_press_the_button(self, committed: Committed) -> None:
        with committed.context(), transaction():
            product_id = make_product(make_cooperative().id, state=ListingState.SUBMITTED).id

        def approve() -> bool:
            actor = platform()
            with transaction():
                service.approve_product(actor, queries.lock_reviewable(actor, product_id))
            return True

        results = committed.in_parallel(*[approve] * 8)
        assert results.count(True) == 1
        assert sum(isinstance(result, ListingStepRefused) for result in results) == 7
        with committed.context():
            assert db.session.get_one(Product, product_id).version == 2
            assert len(listings.list_page().items) == 1


class TestAddSku:
    def test_gives_a_spec_to_one_of_those_who_add_it_at_once(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = make_product(make_cooperative().id)
            product_id, cooperative_id = made.id, made.product.cooperative_id

        def add(price_fen: int) -> Callable[[], bool]:
            def run() -> bool:
                actor = staff_of(cooperative_id)
                with transaction():
                    product = queries.lock_product(actor, product_id)
                    service.add_sku(
                        actor, product, spec="礼盒", unit="盒", weight_g=900, price_fen=price_fen
                    )
                return True

            return run

        results = committed.in_parallel(*[add(1000 + n) for n in range(6)])
        assert results.count(True) == 1
        assert sum(isinstance(result, SpecTaken) for result in results) == 5

    def test_leaves_the_lowest_of_many_prices_on_the_card(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = make_product(make_cooperative().id, price_fen=9000)
            product_id, cooperative_id = made.id, made.product.cooperative_id

        def add(turn: int) -> Callable[[], bool]:
            def run() -> bool:
                actor = staff_of(cooperative_id)
                with transaction():
                    product = queries.lock_product(actor, product_id)
                    service.add_sku(
                        actor, product, spec=f"规格 {turn}", unit="盒", weight_g=900,
                        price_fen=1000 + turn,
                    )  # fmt: skip
                return True

            return run

        assert committed.in_parallel(*[add(n) for n in range(8)]) == [True] * 8
        with committed.context():
            assert listings.list_page().items[0].price_from_fen == 1000
