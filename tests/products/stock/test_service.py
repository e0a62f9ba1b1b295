"""Stock: promised once, shipped once, taken back once, and never oversold."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from marketplace.ids import new_id
from products.catalogue.models import Sku
from products.stock import service
from products.stock.errors import ReservationShort, ReturnExceedsShipped, StockShort
from products.stock.invariants import INVARIANTS
from products.stock.models import Reservation, StockMove, StockMoveKind
from products.stock.service import StockItem
from tests.conftest import Committed
from tests.factories.partners import make_cooperative
from tests.factories.products import make_product, make_sku


@pytest.fixture
def sku() -> Sku:
    return make_product(make_cooperative().id, on_hand=10).sku


def item(sku: Sku, quantity: int) -> StockItem:
    return StockItem(sku.cooperative_id, sku.id, quantity)


def counters(sku: Sku) -> tuple[int, int]:
    db.session.refresh(sku)
    return sku.on_hand, sku.reserved


def moves(sku: Sku) -> list[tuple[StockMoveKind, int]]:
    statement = select(StockMove.kind, StockMove.quantity).where(StockMove.sku_id == sku.id)
    return [(row[0], row[1]) for row in db.session.execute(statement.order_by(StockMove.id))]


@pytest.fixture(autouse=True)
def invariants_hold(database: object) -> object:
    yield
    for invariant in INVARIANTS:
        assert db.session.execute(text(invariant.sql)).all() == []


class TestReserve:
    def test_promises_pieces(self, sku: Sku) -> None:
        service.reserve(new_id(), [item(sku, 3)])
        assert counters(sku) == (10, 3)

    def test_gives_the_last_piece_and_no_more(self, sku: Sku) -> None:
        service.reserve(new_id(), [item(sku, 10)])
        with pytest.raises(StockShort) as caught:
            service.reserve(new_id(), [item(sku, 1)])
        assert caught.value.extra["skus"] == [{"sku_id": str(sku.id), "wanted": 1, "available": 0}]
        assert caught.value.detail is not None
        assert "500 克" in caught.value.detail.zh

    def test_sums_two_lines_of_one_sku(self, sku: Sku) -> None:
        with pytest.raises(StockShort), db.session.begin_nested():
            service.reserve(new_id(), [item(sku, 6), item(sku, 5)])
        assert counters(sku) == (10, 0)
        service.reserve(new_id(), [item(sku, 6), item(sku, 4)])
        assert counters(sku) == (10, 10)

    def test_promises_all_or_nothing(self, sku: Sku) -> None:
        other = make_sku(make_product(make_cooperative().id).product, spec="大袋", on_hand=1)
        order = new_id()
        with pytest.raises(StockShort), db.session.begin_nested():
            service.reserve(order, [item(sku, 1), item(other, 2)])
        assert counters(sku) == (10, 0)
        assert counters(other) == (1, 0)
        assert db.session.scalars(select(Reservation)).all() == []

    def test_reserves_a_trade_of_several_orders_in_one_statement(
        self, sku: Sku, count_queries: Callable[[], int]
    ) -> None:
        other = make_product(make_cooperative().id).sku
        before = count_queries()
        service.reserve_all({new_id(): [item(sku, 1)], new_id(): [item(other, 2)]})
        assert count_queries() - before == 1
        assert (counters(sku), counters(other)) == ((10, 1), (100, 2))

    def test_refuses_a_sku_of_another_cooperative(self, sku: Sku) -> None:
        with pytest.raises(StockShort):
            service.reserve(new_id(), [StockItem(make_cooperative().id, sku.id, 1)])

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_refuses_what_is_no_quantity(self, sku: Sku, quantity: int) -> None:
        with pytest.raises(ValueError, match="not a quantity"):
            item(sku, quantity)


class TestRelease:
    def test_frees_everything_and_may_be_repeated(self, sku: Sku) -> None:
        order = new_id()
        service.reserve(order, [item(sku, 4)])
        for _ in range(3):
            service.release(order)
            assert counters(sku) == (10, 0)

    def test_frees_a_part(self, sku: Sku) -> None:
        order = new_id()
        service.reserve(order, [item(sku, 4)])
        service.release(order, [item(sku, 1)])
        assert counters(sku) == (10, 3)

    def test_refuses_to_free_more_than_is_held(self, sku: Sku) -> None:
        order = new_id()
        service.reserve(order, [item(sku, 4)])
        with pytest.raises(ReservationShort):
            service.release(order, [item(sku, 5)])

    def test_leaves_what_other_orders_hold(self, sku: Sku) -> None:
        mine, theirs = new_id(), new_id()
        service.reserve(mine, [item(sku, 4)])
        service.reserve(theirs, [item(sku, 5)])
        service.release_all([mine, new_id()])
        assert counters(sku) == (10, 5)


class TestShip:
    def test_takes_held_pieces_off_the_shelf_once(self, sku: Sku) -> None:
        order, parcel = new_id(), new_id()
        service.reserve(order, [item(sku, 4)])
        for _ in range(2):
            service.ship(order, [item(sku, 3)], cause_id=parcel)
            assert counters(sku) == (7, 1)
        assert moves(sku)[1:] == [(StockMoveKind.SHIPPED, -3)]

    def test_refuses_more_than_is_held(self, sku: Sku) -> None:
        order = new_id()
        service.reserve(order, [item(sku, 4)])
        service.release(order, [item(sku, 2)])
        with pytest.raises(ReservationShort):
            service.ship(order, [item(sku, 3)])

    def test_refuses_what_was_never_reserved(self, sku: Sku) -> None:
        with pytest.raises(ReservationShort):
            service.ship(new_id(), [item(sku, 1)])


class TestPutBack:
    def test_returns_sold_out_goods_to_the_shelf_once(self, sku: Sku) -> None:
        order, refund = new_id(), new_id()
        service.reserve(order, [item(sku, 10)])
        service.ship(order, [item(sku, 10)])
        assert counters(sku) == (0, 0)
        for _ in range(2):
            service.put_back(order, [item(sku, 2)], refund)
            assert counters(sku) == (2, 0)

    def test_refuses_more_than_was_shipped(self, sku: Sku) -> None:
        order = new_id()
        service.reserve(order, [item(sku, 3)])
        service.ship(order, [item(sku, 2)])
        service.put_back(order, [item(sku, 2)], new_id())
        with pytest.raises(ReturnExceedsShipped):
            service.put_back(order, [item(sku, 1)], new_id())


class TestAdjustStock:
    ACTOR = Actor(id=uuid.uuid4())

    def test_receives_and_writes_off(self, sku: Sku) -> None:
        service.adjust_stock(self.ACTOR, sku, kind=StockMoveKind.RECEIVED, quantity=5)
        service.adjust_stock(self.ACTOR, sku, kind=StockMoveKind.WRITTEN_OFF, quantity=2)
        service.adjust_stock(self.ACTOR, sku, kind=StockMoveKind.CORRECTED, quantity=-1)
        assert counters(sku) == (12, 0)

    def test_cannot_take_what_orders_hold(self, sku: Sku) -> None:
        service.reserve(new_id(), [item(sku, 8)])
        with pytest.raises(StockShort), db.session.begin_nested():
            service.adjust_stock(self.ACTOR, sku, kind=StockMoveKind.WRITTEN_OFF, quantity=3)
        assert counters(sku) == (10, 8)


class TestParallelBuyers:
    """Sixteen real connections want the same goods."""

    def test_sell_exactly_what_is_there(self, committed: Committed) -> None:
        with committed.context(), transaction():
            made = make_product(make_cooperative().id, on_hand=100)
            wanted = item(made.sku, 9)

        def buy() -> bool:
            with transaction():
                service.reserve(new_id(), [wanted])
            return True

        results = committed.in_parallel(*[buy] * 16)
        assert results.count(True) == 11
        assert sum(isinstance(result, StockShort) for result in results) == 5
        self._check(committed, wanted.sku_id, (100, 99))

    def test_meet_in_any_order_without_deadlock(self, committed: Committed) -> None:
        with committed.context(), transaction():
            cooperative = make_cooperative().id
            wanted = [
                item(make_product(cooperative, name=f"核桃{n}", on_hand=50).sku, 1)
                for n in range(4)
            ]

        def buy(turn: int) -> Callable[[], int]:
            def run() -> int:
                for _ in range(5):
                    order = new_id()
                    with transaction():
                        service.reserve(order, wanted[turn:] + wanted[:turn])
                    with transaction():
                        service.release(order)
                return 5

            return run

        results = committed.in_parallel(*[buy(n % 4) for n in range(16)])
        assert results == [5] * 16
        self._check(committed, wanted[0].sku_id, (50, 0))

    def test_release_an_order_once(self, committed: Committed) -> None:
        order = new_id()
        with committed.context(), transaction():
            made = make_product(make_cooperative().id, on_hand=10)
            wanted = item(made.sku, 7)
            service.reserve(order, [wanted])

        def free() -> bool:
            with transaction():
                service.release(order)
            return True

        assert committed.in_parallel(*[free] * 16) == [True] * 16
        self._check(committed, wanted.sku_id, (10, 0))

    @staticmethod
    def _check(committed: Committed, sku_id: uuid.UUID, expected: tuple[int, int]) -> None:
        with committed.context():
            row = db.session.execute(
                select(Sku.on_hand, Sku.reserved).where(Sku.id == sku_id)
            ).one()
            assert (row.on_hand, row.reserved) == expected
            for invariant in INVARIANTS:
                assert db.session.execute(text(invariant.sql)).all() == []
