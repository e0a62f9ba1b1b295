"""Orders collected at a point: arrival, the code, and what time does to what nobody fetches."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import clock, secrets
from marketplace.audit import AuditEntry
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.outbox.models import Announcement
from marketplace.permissions import Role
from orders.aftersales.addresses import Consignee
from orders.aftersales.errors import ParcelAtPoint
from orders.aftersales.jobs import settle_due_cases
from orders.aftersales.models import AftersalesCase, CaseCause, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    ask_to_intercept,
    confirm_replacement,
    receive_goods,
    send_replacement,
)
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order
from orders.checkout.quoting import make_quote
from orders.checkout.service import Recipient, place_trade
from orders.fulfilment.jobs import accept_due_orders
from orders.fulfilment.pick_lists import make_pick_list
from orders.fulfilment.service import ShipItem, accept_order
from orders.orderbook.counting import count_open_orders
from orders.orderbook.showing import show_order
from orders.pickups import service
from orders.pickups.errors import (
    NothingSentYet,
    ParcelNotFound,
    PickupCodeWrong,
    PickupNotFound,
    TooManyCodes,
)
from orders.pickups.jobs import settle_due_pickups
from orders.pickups.models import Pickup, PickupRule
from orders.pickups.queries import list_of_orders, list_on_the_way, select_expected
from orders.pickups.showing import show_kept
from orders.trades.models import Order
from orders.trades.queries import Standing, get_order
from orders.trades.service import close_trade
from orders.trades.states import (
    CANCEL_TRADE,
    AftersalesState,
    By,
    OrderState,
    PickupState,
)
from partners.pickup_points.errors import PickupPointUnavailable
from partners.pickup_points.models import HolderKind, PickupPoint
from partners.pickup_points.queries import lock_point
from partners.pickup_points.service import set_active
from products.catalogue.models import ReturnClass
from tests.factories.freight import flat, make_template
from tests.factories.identity import actor_of, make_account, make_actor
from tests.factories.orders import (
    DONGYANG,
    LIANDU,
    RECIPIENT,
    Market,
    buy,
    lines_of,
    make_market,
    orders_of,
    request_for,
    ship,
    stock_up,
)
from tests.factories.partners import make_buying_unit
from tests.factories.pickups import buy_to_collect, make_keeper, make_point, pickup_of
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def point() -> PickupPoint:
    return make_point()


@pytest.fixture
def keeper(point: PickupPoint) -> Actor:
    return actor_of(make_keeper(point))


@pytest.fixture
def order(market: Market, point: PickupPoint) -> Order:
    return buy_to_collect(market, point, [(market.mutton, 2)])


def again(order: Order) -> Order:
    return next(each for each in orders_of(order.trade_id) if each.id == order.id)


def arrived(market: Market, keeper: Actor, order: Order) -> str:
    """Ship an order and mark its arrival; return its code."""
    ship(market.nanjiang, order)
    code = service.code_of(service.mark_arrived(keeper, pickup_of(order).id))
    assert code is not None
    return code.replace(" ", "")


def collect(keeper: Actor, order: Order, code: str) -> None:
    service.count_try(keeper, pickup_of(order).id)
    service.hand_out(keeper, pickup_of(order).id, code=code)


class TestOffering:
    def test_sends_to_the_points_region_without_a_street_of_ones_own(
        self, point: PickupPoint, order: Order
    ) -> None:
        assert (order.ship_to_code, order.pickup_point_id) == (LIANDU, point.id)
        recipient = Recipient.unseal(order.ship_to)
        assert recipient.address == "示例街 2 号 示例自提点 · 莲都（自提点）"
        assert recipient.phone == "13800138000"
        stay = pickup_of(order)
        assert (stay.point_name, stay.state) == (point.name, PickupState.AWAITING)
        assert broken() == []

    def test_is_part_of_the_offer(self, market: Market, point: PickupPoint) -> None:
        delivered = request_for([(market.mutton, 1)])
        collected = replace(delivered, pickup_point_id=point.id)
        digests = {make_quote(market.buyer, one).digest for one in (delivered, collected)}
        assert len(digests) == 2

    def test_goes_by_each_cooperatives_terms(self, market: Market, point: PickupPoint) -> None:
        make_template(market.nanjiang, flat(1200))
        wanted = replace(
            request_for([(market.mutton, 1), (market.rawap, 1)]), pickup_point_id=point.id
        )
        seller = market.nanjiang
        freight = {}
        for rule in PickupRule:
            service.set_terms(seller.actor, seller.id, point.id, rule)
            quote = make_quote(market.buyer, wanted)
            freight[rule] = (quote.freight_fen, [str(out.reason) for out in quote.unavailable])
        assert freight == {
            PickupRule.BY_TEMPLATE: (1200, []),
            PickupRule.FREE: (0, []),
            PickupRule.NOT_SERVED: (0, ["这家合作社不送到所选的自提点"]),
        }

    def test_takes_nobody_to_a_paused_point_or_anothers_gate(
        self, market: Market, point: PickupPoint
    ) -> None:
        unit = make_buying_unit(name="示例小学 · 东阳", region_code=DONGYANG)
        clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        gate = make_point(
            actor=actor_of(clerk), holder_kind=HolderKind.BUYING_UNIT, holder_id=unit.id,
            region_code=DONGYANG, is_for_unit_only=True,
        )  # fmt: skip
        wanted = replace(request_for([(market.mutton, 1)], DONGYANG), pickup_point_id=gate.id)
        assert make_quote(actor_of(clerk), wanted).pickup is not None
        with pytest.raises(PickupPointUnavailable):
            make_quote(market.buyer, wanted)
        admin = make_actor(Role.PLATFORM_ADMIN)
        set_active(admin, lock_point(admin, point.id), is_active=False)
        wanted = replace(request_for([(market.mutton, 1)]), pickup_point_id=point.id)
        with pytest.raises(PickupPointUnavailable):
            make_quote(market.buyer, wanted)


class TestArrival:
    def test_waits_until_something_was_sent(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        with pytest.raises(NothingSentYet):
            service.mark_arrived(keeper, pickup_of(order).id)
        code = arrived(market, keeper, order)
        assert len(code) == service.CODE_DIGITS
        assert service.code_of(service.mark_arrived(keeper, pickup_of(order).id)) is not None
        assert count_open_orders(market.buyer, Standing.BUYER).to_collect == 1
        actions = list(db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject_id == str(pickup_of(order).id))
        ))  # fmt: skip
        assert actions == ["pickup.arrived"]

    def test_is_for_those_who_keep_the_point(self, market: Market, order: Order) -> None:
        elsewhere = actor_of(make_keeper(make_point(name="示例自提点 · 别处")))
        for actor in (elsewhere, market.buyer, market.nanjiang.actor):
            with pytest.raises(PickupNotFound):
                service.mark_arrived(actor, pickup_of(order).id)

    def test_keeps_the_code_sealed_and_out_of_the_trail(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        code = arrived(market, keeper, order)
        stored = pickup_of(order).code
        assert stored is not None
        assert code.encode() not in stored
        assert secrets.unseal(stored) == code
        assert all(code not in str(row.after) for row in db.session.scalars(select(AuditEntry)))


class TestParcels:
    def send(self, market: Market, order: Order, pieces: int) -> uuid.UUID:
        """Send some pieces; return their parcel."""
        ship(market.nanjiang, order, items=[ShipItem(lines_of(order)[0].id, pieces)])
        return list_on_the_way(pickup_of(order))[-1].id

    def mark(self, keeper: Actor, order: Order, *parcels: uuid.UUID) -> str:
        told = service.mark_arrived(keeper, pickup_of(order).id, parcel_ids=parcels)
        return (service.code_of(told) or "").replace(" ", "")

    def test_of_one_order_come_one_by_one_under_one_code(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        first, last = (self.send(market, order, 1) for _ in range(2))
        code = self.mark(keeper, order, first)
        [shown] = show_kept([pickup_of(order)])
        assert [each.arrived_at is not None for each in shown.parcels] == [True, False]
        assert shown.actions == ["arrive", "collect"]
        due_at = pickup_of(order).due_at
        assert due_at is not None
        with clock.travel(clock.now() + timedelta(days=2)):
            assert self.mark(keeper, order, last, first) == code
            assert (pickup_of(order).due_at or due_at) >= due_at + timedelta(days=2)
            collect(keeper, order, code)
        assert again(order).state is OrderState.ACCEPTED
        assert broken() == []

    def test_that_are_there_are_handed_out_while_others_are_to_come(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        first = self.send(market, order, 1)
        code = self.mark(keeper, order, first)
        assert again(order).state is OrderState.PART_SHIPPED
        collect(keeper, order, code)
        waiting = pickup_of(order)
        assert (waiting.state, waiting.code) == (PickupState.AWAITING, None)
        assert again(order).state is OrderState.PART_SHIPPED
        assert broken() == []
        last = self.send(market, order, 1)
        new_code = self.mark(keeper, order, last)
        with pytest.raises(PickupCodeWrong):
            collect(keeper, order, f"{(int(new_code) + 1) % 10**8:08d}")
        collect(keeper, order, new_code)
        assert again(order).state is OrderState.ACCEPTED
        assert broken() == []

    def test_are_asked_back_only_while_they_are_on_their_way(
        self, market: Market, keeper: Actor, point: PickupPoint
    ) -> None:
        order = buy_to_collect(market, point, [(market.mutton, 3)])
        [line] = lines_of(order)
        ship(market.nanjiang, order, items=[ShipItem(line.id, 1)], waybill_no="SF123456781")
        service.mark_arrived(keeper, pickup_of(order).id)
        assert (
            "intercept" not in show_order(market.buyer, get_order(market.buyer, order.id)).actions
        )
        with pytest.raises(ParcelAtPoint):
            ask_to_intercept(market.buyer, order.id, reason="不想要了")
        ship(market.nanjiang, order, waybill_no="SF123456782")
        assert "intercept" in show_order(market.buyer, get_order(market.buyer, order.id)).actions
        [case] = ask_to_intercept(market.buyer, order.id, reason="不想要了")
        assert case.quantity == 2

    def test_of_another_order_are_refused(
        self, market: Market, keeper: Actor, point: PickupPoint, order: Order
    ) -> None:
        other = buy_to_collect(market, point, [(market.tea, 1)])
        ship(market.nanjiang, other)
        [parcel] = list_on_the_way(pickup_of(other))
        self.send(market, order, 1)
        with pytest.raises(ParcelNotFound):
            self.mark(keeper, order, parcel.id)

    def test_that_nobody_fetches_go_back_alone(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        self.mark(keeper, order, self.send(market, order, 1))
        self.send(market, order, 1)
        with clock.travel(clock.now() + timedelta(days=7, minutes=1)):
            settle_due_pickups()
        [case] = db.session.scalars(select(AftersalesCase))
        assert (case.state, case.quantity) == (AftersalesState.RETURNING, 1)
        assert pickup_of(order).state is PickupState.AWAITING
        assert again(order).state is OrderState.SHIPPED
        assert broken() == []


class TestReplacement:
    @pytest.fixture
    def replaced(self, market: Market, keeper: Actor, order: Order) -> Pickup:
        """A replacement on its way to the point at which the order was collected."""
        collect(keeper, order, arrived(market, keeper, order))
        seller = market.nanjiang.actor
        depot = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
        case = apply_for_refund(
            market.buyer, order.id, order_line_id=lines_of(order)[0].id, reason="坏了",
            quantity=1, kind=CaseKind.EXCHANGE, cause=CaseCause.DAMAGED,
        )  # fmt: skip
        agree_to_refund(seller, case.id, return_to=depot)
        receive_goods(seller, case.id, put_back_quantity=0)
        send_replacement(seller, case.id, courier_code="sf", waybill_no="SF9876543210")
        [_, stay] = list_of_orders([order.id])[order.id]
        return stay

    def case_of(self, stay: Pickup) -> AftersalesCase:
        return db.session.get_one(AftersalesCase, stay.case_id, populate_existing=True)

    def test_is_collected_by_a_code_of_its_own(
        self, market: Market, keeper: Actor, order: Order, replaced: Pickup
    ) -> None:
        assert broken() == []
        [expected] = db.session.scalars(select_expected(keeper))
        assert expected.id == replaced.id
        code = (service.code_of(service.mark_arrived(keeper, replaced.id)) or "").replace(" ", "")
        shown = show_order(market.buyer, get_order(market.buyer, order.id))
        [told] = shown.replacement_pickups
        assert (told.code or "").replace(" ", "") == code
        service.count_try(keeper, replaced.id)
        service.hand_out(keeper, replaced.id, code=code)
        assert self.case_of(replaced).state is AftersalesState.EXCHANGED
        assert again(order).state is OrderState.ACCEPTED
        assert broken() == []

    def test_waits_there_before_the_clock_takes_it_as_received(
        self, keeper: Actor, replaced: Pickup
    ) -> None:
        with clock.travel(clock.now() + timedelta(days=9)):
            service.mark_arrived(keeper, replaced.id)
        with clock.travel(clock.now() + timedelta(days=11)):
            settle_due_cases()
            assert self.case_of(replaced).state is AftersalesState.REPLACING
        with clock.travel(clock.now() + timedelta(days=16, minutes=1)):
            settle_due_pickups()
            settle_due_cases()
        assert self.case_of(replaced).state is AftersalesState.EXCHANGED
        assert broken() == []

    @pytest.mark.parametrize("by_the_clock", [False, True])
    def test_that_never_comes_ends_with_its_exchange(
        self, market: Market, replaced: Pickup, by_the_clock: bool
    ) -> None:
        if by_the_clock:
            with clock.travel(clock.now() + timedelta(days=10, minutes=1)):
                settle_due_cases()
        else:
            confirm_replacement(market.buyer, self.case_of(replaced).id)
        ended = PickupState.CLOSED if by_the_clock else PickupState.COLLECTED
        assert db.session.get_one(Pickup, replaced.id).state is ended
        assert broken() == []


class TestHandOut:
    def test_accepts_the_order(self, market: Market, keeper: Actor, order: Order) -> None:
        collect(keeper, order, arrived(market, keeper, order))
        assert again(order).state is OrderState.ACCEPTED
        assert pickup_of(order).state is PickupState.COLLECTED
        assert service.code_of(pickup_of(order)) is None
        assert broken() == []

    def test_looks_at_few_wrong_codes(self, market: Market, keeper: Actor, order: Order) -> None:
        code = arrived(market, keeper, order)
        wrong = f"{(int(code) + 1) % 10**8:08d}"
        for _ in range(service.MOST_TRIES):
            with pytest.raises(PickupCodeWrong):
                collect(keeper, order, wrong)
        with pytest.raises(TooManyCodes):
            collect(keeper, order, code)
        with clock.travel(clock.now() + service.BLOCKED_FOR):
            collect(keeper, order, code)
        assert again(order).state is OrderState.ACCEPTED


class TestEnds:
    def test_the_buyer_may_say_that_it_was_collected(self, market: Market, order: Order) -> None:
        ship(market.nanjiang, order)
        accept_order(market.buyer, order.id)
        assert pickup_of(order).state is PickupState.COLLECTED
        assert broken() == []

    def test_what_is_called_off_or_never_paid_is_over(
        self, market: Market, point: PickupPoint, order: Order
    ) -> None:
        cancel_order(market.buyer, order.id, reason=CancellationReason.NOT_WANTED)
        assert again(order).state is OrderState.CANCELLED
        request = replace(request_for([(market.mutton, 1)]), pickup_point_id=point.id)
        digest = make_quote(market.buyer, request).digest
        unpaid = place_trade(market.buyer, request, recipient=RECIPIENT, quote_digest=digest)
        close_trade(unpaid.trade.id, CANCEL_TRADE, actor=market.buyer)
        [closed] = orders_of(unpaid.trade.id)
        assert {pickup_of(one).state for one in (order, closed)} == {PickupState.CLOSED}
        assert broken() == []

    def test_what_never_arrives_is_accepted_by_the_clock_as_ever(
        self, market: Market, order: Order
    ) -> None:
        ship(market.nanjiang, order)
        with clock.travel(clock.now() + timedelta(days=10, minutes=1)):
            accept_due_orders()
        assert again(order).state is OrderState.ACCEPTED
        assert pickup_of(order).state is PickupState.CLOSED


class TestUncollected:
    def test_is_reminded_of_once_and_then_goes_back(
        self, market: Market, keeper: Actor, order: Order
    ) -> None:
        arrived(market, keeper, order)
        with clock.travel(clock.now() + timedelta(days=3, minutes=1)):
            settle_due_pickups()
            reminded_at = pickup_of(order).reminded_at
            settle_due_pickups()
        assert reminded_at is not None
        assert pickup_of(order).reminded_at == reminded_at
        with clock.travel(clock.now() + timedelta(days=7, minutes=1)):
            settle_due_pickups()
            accept_due_orders()
        assert pickup_of(order).state is PickupState.UNCOLLECTED
        assert again(order).state is OrderState.SHIPPED
        [case] = db.session.scalars(
            select(AftersalesCase).where(AftersalesCase.order_id == order.id)
        )
        assert (case.state, case.opened_by, case.quantity) == (
            AftersalesState.RETURNING, By.CLOCK, 2,
        )  # fmt: skip
        told = db.session.scalars(
            select(Announcement.kind)
            .where(Announcement.subject_id == pickup_of(order).id)
            .order_by(Announcement.at)
        )
        assert list(told) == ["pickup.arrived", "pickup.reminded", "pickup.uncollected"]
        assert broken() == []

    def test_counts_as_received_where_nothing_may_be_returned(
        self, market: Market, point: PickupPoint, keeper: Actor
    ) -> None:
        stock_up(market.nanjiang, "示例鲜菌", on_hand=5, return_class=ReturnClass.PERISHABLE)
        fresh = market.nanjiang.skus["示例鲜菌"]
        order = buy_to_collect(market, point, [(fresh, 1)])
        arrived(market, keeper, order)
        with clock.travel(clock.now() + timedelta(days=7, minutes=1)):
            settle_due_pickups()
            accept_due_orders()
        assert pickup_of(order).state is PickupState.UNCOLLECTED
        assert again(order).state is OrderState.ACCEPTED
        assert broken() == []


class TestPickList:
    def test_puts_together_what_goes_to_one_point(self, market: Market, point: PickupPoint) -> None:
        first = buy_to_collect(market, point, [(market.mutton, 1)])
        [delivered] = buy(market.buyer, [(market.mutton, 1)])
        second = buy_to_collect(market, point, [(market.tea, 1)])
        groups = make_pick_list(market.nanjiang.actor).groups
        assert [(name, [order.id for order in orders]) for name, orders in groups] == [
            (None, [delivered.id]),
            (point.name, [first.id, second.id]),
        ]
