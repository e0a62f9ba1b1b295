"""Guest carts: merged once and whole, whatever happens at the same moment; swept when forgotten."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace import clock
from marketplace.database import db, transaction
from marketplace.fields import MAX_QUANTITY
from marketplace.identity.actor import Actor
from orders.carts.models import CartLine
from orders.carts.queries import list_lines
from orders.carts.service import MAX_LINES, add_to_cart
from orders.guest_carts import service
from orders.guest_carts.errors import GuestCartNotFound
from orders.guest_carts.jobs import sweep_guest_carts
from orders.guest_carts.models import GuestCart
from orders.guest_carts.service import merge_guest_cart, open_guest_cart
from products.catalogue.models import Sku
from tests.conftest import Committed
from tests.factories.identity import make_actor
from tests.factories.orders import Market, make_market
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


def fill(*basket: tuple[Sku, int]) -> str:
    """Open a guest cart with things in it; return its token."""
    opened = open_guest_cart()
    for sku, quantity in basket:
        add_to_cart(opened.cart.id, sku.id, quantity)
    return opened.token


def held(account_id: uuid.UUID) -> dict[uuid.UUID, int]:
    return {line.sku_id: line.quantity for line in list_lines(account_id)}


def put_aside(holder: uuid.UUID, count: int) -> None:
    """Put many lines of SKUs that nobody sells into a cart."""
    for _ in range(count):
        db.session.add(
            CartLine(account_id=holder, sku_id=uuid.uuid4(), quantity=1, price_seen_fen=1,
                     added_at=clock.now())
        )  # fmt: skip
    db.session.flush()


class TestMergeGuestCart:
    def test_adds_up_pieces_and_takes_over_the_rest(self, market: Market) -> None:
        account = market.shopper.id
        add_to_cart(account, market.mutton.id, 2)
        token = fill((market.mutton, 3), (market.tea, 1))
        assert merge_guest_cart(account, token) == 2
        assert held(account) == {market.mutton.id: 5, market.tea.id: 1}

    def test_repeated_changes_nothing_and_leaves_no_guest_cart(self, market: Market) -> None:
        account = market.shopper.id
        token = fill((market.mutton, 3))
        assert [merge_guest_cart(account, token) for _ in range(3)] == [1, 0, 0]
        assert held(account) == {market.mutton.id: 3}
        assert db.session.scalar(select(func.count()).select_from(GuestCart)) == 0
        with pytest.raises(GuestCartNotFound):
            service.get_guest_cart(token)

    def test_caps_a_line_at_what_a_line_may_hold(self, market: Market) -> None:
        account = market.shopper.id
        add_to_cart(account, market.mutton.id, MAX_QUANTITY - 1)
        merge_guest_cart(account, fill((market.mutton, 10)))
        assert held(account) == {market.mutton.id: MAX_QUANTITY}

    def test_loses_nothing_of_two_full_carts(self, market: Market) -> None:
        account = market.shopper.id
        put_aside(account, MAX_LINES)
        opened = open_guest_cart()
        put_aside(opened.cart.id, MAX_LINES)
        assert merge_guest_cart(account, opened.token) == MAX_LINES
        assert len(list_lines(account)) == 2 * MAX_LINES

    def test_keeps_the_order_in_which_things_were_put_aside(self, market: Market) -> None:
        account = market.shopper.id
        merge_guest_cart(account, fill((market.tea, 1), (market.mutton, 1), (market.rawap, 1)))
        wanted = [market.tea.id, market.mutton.id, market.rawap.id]
        assert [line.sku_id for line in list_lines(account)] == wanted


class TestAtOnce:
    def test_the_same_cart_merged_many_times_counts_once(self, committed: Committed) -> None:
        with committed.context(), transaction():
            market = make_market()
            shopper, sku_id = market.shopper.id, market.mutton.id
            add_to_cart(shopper, sku_id, 1)
            token = fill((market.mutton, 3), (market.tea, 2))

        def merge() -> int:
            with transaction():
                return merge_guest_cart(shopper, token)

        results = committed.in_parallel(*[merge] * 6)
        assert sorted(results, key=str) == [0, 0, 0, 0, 0, 2]
        with committed.context():
            assert held(shopper)[sku_id] == 4
            assert broken() == []

    def test_what_another_tab_adds_is_merged_or_stays_with_the_visitor(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            market = make_market()
            shopper, mutton, tea = market.shopper.id, market.mutton.id, market.tea.id
            tokens = [fill((market.mutton, 1)) for _ in range(4)]

        def adding(token: str) -> Callable[[], bool]:
            def add() -> bool:
                with transaction():
                    add_to_cart(service.hold_guest_cart(token).id, tea, 1)
                return True

            return add

        def merging(token: str) -> Callable[[], bool]:
            def merge() -> bool:
                with transaction():
                    return merge_guest_cart(shopper, token) > 0

            return merge

        calls = [made for token in tokens for made in (adding(token), merging(token))]
        results = committed.in_parallel(*calls)
        added = [each is True for each in results[::2]]
        refused = [each for each in results[::2] if each is not True]
        assert all(isinstance(each, GuestCartNotFound) for each in refused)
        assert results[1::2] == [True] * 4
        with committed.context():
            now = held(shopper)
            assert now[mutton] == 4
            assert now.get(tea, 0) == sum(added)
            assert broken() == []

    def test_carts_that_cross_on_their_way_into_one_account_do_not_deadlock(
        self, committed: Committed
    ) -> None:
        with committed.context(), transaction():
            market = make_market()
            shopper = market.shopper.id
            forth = [(market.mutton, 1), (market.tea, 1), (market.rawap, 1)]
            tokens = [fill(*(forth if n % 2 else forth[::-1])) for n in range(8)]

        def merging(token: str) -> Callable[[], int]:
            def merge() -> int:
                with transaction():
                    return merge_guest_cart(shopper, token)

            return merge

        assert committed.in_parallel(*(merging(token) for token in tokens)) == [3] * 8
        with committed.context():
            assert set(held(shopper).values()) == {8}


class TestSweep:
    def test_takes_what_nobody_came_back_to(self, market: Market) -> None:
        kept = fill((market.mutton, 1))
        with clock.travel(clock.now() - service.KEPT_FOR - timedelta(hours=1)):
            old = fill((market.mutton, 1))
        with clock.travel(clock.now() - service.EMPTY_KEPT_FOR - timedelta(hours=1)):
            empty = open_guest_cart().token
            resting = fill((market.tea, 1))
        sweep_guest_carts()
        for token in (old, empty):
            with pytest.raises(GuestCartNotFound):
                service.get_guest_cart(token)
        for token in (kept, resting):
            assert service.get_guest_cart(token)
        assert db.session.scalar(select(func.count()).select_from(CartLine)) == 2

    def test_leaves_accounts_alone(self, market: Market) -> None:
        shopper: Actor = make_actor()
        with clock.travel(clock.now() - timedelta(days=400)):
            add_to_cart(shopper.account_id, market.mutton.id, 1)
        sweep_guest_carts()
        assert len(list_lines(shopper.account_id)) == 1
