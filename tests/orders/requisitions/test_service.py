"""Requisitions: frozen, decided by a second person only, placed as shown or returned."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from marketplace import clock
from marketplace.audit import AuditEntry
from marketplace.database import db, transaction
from marketplace.identity.models import Membership
from marketplace.permissions import Role
from orders.carts.queries import list_lines
from orders.carts.service import add_to_cart
from orders.checkout.quoting import make_quote
from orders.checkout.service import place_trade
from orders.requisitions import service
from orders.requisitions.errors import (
    ApprovalNotUsed,
    ApprovalRequired,
    PurchaseNotOfAUnit,
    RequisitionDecidedByRequester,
    RequisitionNotFound,
    RequisitionNotInState,
)
from orders.requisitions.jobs import expire_requisitions
from orders.requisitions.models import Requisition, RequisitionState
from orders.trades.models import Trade
from partners.buying_units.approval import (
    ApprovalRuleLoosenedByClerk,
    ApproverMissing,
    set_approval_rule,
)
from products.catalogue.models import Sku
from tests.conftest import Committed
from tests.factories.coupons import claim, make_platform_coupon
from tests.factories.identity import actor_of, give_role, make_account
from tests.factories.orders import (
    DONGYANG,
    RECIPIENT,
    Market,
    make_market,
    orders_of,
    pay,
    place,
    request_for,
    trade_of,
)
from tests.factories.partners import make_buying_unit
from tests.factories.requisitions import FROM_FEN, School, ask, make_school
from tests.orders.invariants import broken


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def school() -> School:
    return make_school()


def approve(school: School, requisition: Requisition) -> Requisition:
    row = service.lock_to_decide(school.second, requisition.id)
    return service.approve_requisition(school.second, row)


def change_price(sku: Sku, price_fen: int) -> None:
    db.session.execute(update(Sku).where(Sku.id == sku.id).values(price_fen=price_fen))


def reserved(sku: Sku) -> int:
    return db.session.get_one(Sku, sku.id, populate_existing=True).reserved


class TestThreshold:
    def test_lets_small_purchases_pass_and_stops_large_ones(
        self, market: Market, school: School
    ) -> None:
        assert place(school.buyer, [(market.mutton, 1)], DONGYANG).trade.total_fen < FROM_FEN
        with pytest.raises(ApprovalRequired):
            place(school.buyer, [(market.mutton, 2)], DONGYANG)

    def test_is_not_evaded_by_splitting(self, market: Market, school: School) -> None:
        place(school.buyer, [(market.mutton, 1)], DONGYANG)
        with pytest.raises(ApprovalRequired):
            place(school.buyer, [(market.mutton, 1)], DONGYANG)

    def test_counts_neither_other_days_nor_what_was_approved(
        self, market: Market, school: School
    ) -> None:
        with clock.travel(clock.now() - timedelta(days=1)):
            place(school.buyer, [(market.mutton, 1)], DONGYANG)
        with clock.travel(clock.now() + timedelta(days=1)):
            place(school.buyer, [(market.mutton, 1)], DONGYANG)
        approve(school, ask(school, [(market.mutton, 5)]))
        assert place(school.buyer, [(market.mutton, 1)], DONGYANG).trade

    def test_is_not_evaded_at_the_same_moment(self, committed: Committed) -> None:
        with committed.context(), transaction():
            market, school = make_market(), make_school()
            buyer, request = school.buyer, request_for([(market.mutton, 1)], DONGYANG)
            digest = make_quote(buyer, request).digest

        def purchase() -> object:
            with transaction():
                return place_trade(buyer, request, recipient=RECIPIENT, quote_digest=digest)

        results = committed.in_parallel(*[purchase] * 4)
        assert [type(one) for one in results].count(ApprovalRequired) == 3

    def test_leaves_units_without_a_rule_and_private_buyers_alone(self, market: Market) -> None:
        free = make_school(approval_from_fen=None)
        assert place(free.buyer, [(market.mutton, 50)], DONGYANG).trade
        assert place(market.buyer, [(market.mutton, 50)], DONGYANG).trade


class TestSubmitRequisition:
    def test_reserves_nothing_and_empties_the_cart(self, market: Market, school: School) -> None:
        add_to_cart(school.clerk.id, market.mutton.id, 3)
        requisition = ask(school, None, "秋季学期食堂")
        assert list_lines(school.clerk.id) == []
        assert reserved(market.mutton) == 0
        assert requisition.total_fen == 17_400
        assert requisition.state is RequisitionState.SUBMITTED

    def test_seals_the_recipient(self, market: Market, school: School) -> None:
        ask(school, [(market.mutton, 2)])
        stored = db.session.execute(text("select r::text from requisitions r")).scalar_one()
        assert "示例收货人" not in stored
        assert "13800138000" not in stored

    def test_is_for_units_that_approve(self, market: Market) -> None:
        with pytest.raises(ApprovalNotUsed):
            ask(make_school(approval_from_fen=None), [(market.mutton, 2)])

    def test_needs_somebody_else_who_can_approve(self, market: Market, school: School) -> None:
        give_role(school.clerk, Role.BUYING_UNIT_APPROVER, school.unit.id)
        db.session.execute(
            update(Membership)
            .where(Membership.account_id == school.approver.id)
            .values(revoked_at=clock.now())
        )
        with pytest.raises(ApproverMissing):
            ask(school, [(market.mutton, 2)])

    def test_is_for_units_only(self, market: Market) -> None:
        private = School(make_buying_unit(), market.shopper, market.shopper)
        with pytest.raises(PurchaseNotOfAUnit):
            ask(private, [(market.mutton, 2)])


class TestApproveRequisition:
    def test_places_what_was_shown_for_the_clerk_with_days_to_pay(
        self, market: Market, school: School
    ) -> None:
        requisition = approve(school, ask(school, [(market.mutton, 2), (market.rawap, 1)]))
        assert requisition.state is RequisitionState.APPROVED
        assert requisition.trade_id is not None
        trade = trade_of(requisition.trade_id)
        assert trade.account_id == school.clerk.id
        assert trade.total_fen == requisition.total_fen == 99_600
        assert trade.expires_at - trade.placed_at == service.PAY_WITHIN
        assert {order.buying_unit_id for order in orders_of(trade.id)} == {school.unit.id}
        assert reserved(market.mutton) == 2
        assert pay(school.buyer, trade.id) == "accepted"
        assert broken() == []

    def test_returns_it_when_the_price_changed(self, market: Market, school: School) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        change_price(market.mutton, 6000)
        returned = approve(school, requisition)
        assert returned.state is RequisitionState.RETURNED
        assert returned.answer.startswith("“南江黄羊肉”单价由 58.00 元变为 60.00 元")
        assert returned.decided_by is None
        assert db.session.scalar(select(func.count()).select_from(Trade)) == 0
        quote = service.quote_now(school.buyer, returned)
        service.resubmit_requisition(school.buyer, returned, quote_digest=quote.digest)
        assert approve(school, returned).total_fen == 12_000
        assert broken() == []

    def test_returns_it_when_the_stock_is_gone(self, market: Market, school: School) -> None:
        requisition = ask(school, [(market.mutton, 90)])
        place(market.buyer, [(market.mutton, 50)], DONGYANG)
        assert approve(school, requisition).state is RequisitionState.RETURNED

    def test_returns_it_when_the_clerk_no_longer_buys_for_the_unit(
        self, market: Market, school: School
    ) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        db.session.execute(
            update(Membership)
            .where(Membership.account_id == school.clerk.id)
            .values(revoked_at=clock.now())
        )
        assert approve(school, requisition).state is RequisitionState.RETURNED

    def test_is_refused_to_who_asked_even_as_an_approver(
        self, market: Market, school: School
    ) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        give_role(school.clerk, Role.BUYING_UNIT_APPROVER, school.unit.id)
        with pytest.raises(RequisitionDecidedByRequester):
            service.lock_to_decide(actor_of(school.clerk), requisition.id)

    def test_by_the_same_person_is_refused_by_the_database_too(
        self, market: Market, school: School
    ) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        with pytest.raises(IntegrityError, match="second_person"):
            db.session.execute(
                update(Requisition)
                .where(Requisition.id == requisition.id)
                .values(state="refused", answer="x", decided_at=clock.now(),
                        decided_by=school.clerk.id)
            )  # fmt: skip

    def test_is_for_approvers_of_that_unit(self, market: Market, school: School) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        for stranger in (make_school().second, school.buyer, market.buyer):
            with pytest.raises(RequisitionNotFound):
                service.lock_to_decide(stranger, requisition.id)

    def test_leaves_a_row_in_the_audit_trail_for_each_step(
        self, market: Market, school: School
    ) -> None:
        requisition = approve(school, ask(school, [(market.mutton, 2)]))
        entries = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.subject_id == str(requisition.id))
            .order_by(AuditEntry.at)
        ).all()
        assert [(one.action, one.account_id) for one in entries] == [
            ("requisition.submitted", school.clerk.id),
            ("requisition.approved", school.approver.id),
        ]


class TestOtherEnds:
    def test_a_refusal_says_why_and_the_goods_may_go_back_into_the_cart(
        self, market: Market, school: School
    ) -> None:
        requisition = ask(school, [(market.mutton, 2), (market.tea, 3)])
        row = service.lock_to_decide(school.second, requisition.id)
        service.refuse_requisition(school.second, row, reason="本月预算已用完")
        assert (row.state, row.answer) == (RequisitionState.REFUSED, "本月预算已用完")
        assert [service.put_back_into_cart(school.buyer, row) for _ in range(2)] == [2, 0]
        with pytest.raises(RequisitionNotInState):
            service.approve_requisition(school.second, row)

    def test_nobody_decides_what_was_withdrawn(self, market: Market, school: School) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        service.withdraw_requisition(school.buyer, requisition)
        with pytest.raises(RequisitionNotInState):
            approve(school, requisition)

    def test_only_who_asked_withdraws(self, market: Market, school: School) -> None:
        requisition = ask(school, [(market.mutton, 2)])
        with pytest.raises(RequisitionNotFound):
            service.lock_requested(school.second, requisition.id)

    def test_what_nobody_decided_expires(self, market: Market, school: School) -> None:
        old = ask(school, [(market.mutton, 2)])
        with clock.travel(clock.now() + service.OPEN_FOR):
            new = ask(school, [(market.mutton, 2)])
            with pytest.raises(RequisitionNotInState):
                approve(school, old)
            expire_requisitions()
            assert old.state is RequisitionState.EXPIRED
            assert new.state is RequisitionState.SUBMITTED


class TestAtOnce:
    def run(
        self, committed: Committed, calls: Callable[[School, Requisition], list[Callable[[], str]]]
    ) -> tuple[list[str | Exception], RequisitionState]:
        with committed.context(), transaction():
            market, school = make_market(), make_school()
            requisition_id = ask(school, [(market.mutton, 2)]).id
            requisition = db.session.get_one(Requisition, requisition_id)
            work = calls(school, requisition)
        results = committed.in_parallel(*work)
        with committed.context():
            row = db.session.get_one(Requisition, requisition_id)
            trades = db.session.scalar(select(func.count()).select_from(Trade))
            assert trades == (1 if row.state is RequisitionState.APPROVED else 0)
            assert broken() == []
            return results, row.state

    def test_approvals_place_one_trade(self, committed: Committed) -> None:
        def calls(school: School, requisition: Requisition) -> list[Callable[[], str]]:
            wanted = requisition.id
            others = [school.approver, *(make_account(role=Role.BUYING_UNIT_APPROVER,
                                                      scope=school.unit.id) for _ in range(3))]  # fmt: skip
            actors = [actor_of(one) for one in others]

            def approving(number: int) -> Callable[[], str]:
                def run() -> str:
                    with transaction():
                        row = service.lock_to_decide(actors[number], wanted)
                        return str(service.approve_requisition(actors[number], row).state)

                return run

            return [approving(number) for number in range(4)]

        results, state = self.run(committed, calls)
        assert state is RequisitionState.APPROVED
        assert sorted(str(type(one).__name__) for one in results) == [
            "RequisitionNotInState", "RequisitionNotInState", "RequisitionNotInState", "str",
        ]  # fmt: skip

    def test_approval_and_withdrawal_leave_one_of_them(self, committed: Committed) -> None:
        def calls(school: School, requisition: Requisition) -> list[Callable[[], str]]:
            second, buyer, wanted = school.second, school.buyer, requisition.id

            def approving() -> str:
                with transaction():
                    row = service.lock_to_decide(second, wanted)
                    return str(service.approve_requisition(second, row).state)

            def withdrawing() -> str:
                with transaction():
                    row = service.lock_requested(buyer, wanted)
                    return str(service.withdraw_requisition(buyer, row).state)

            return [approving, withdrawing]

        results, state = self.run(committed, calls)
        assert [one for one in results if isinstance(one, str)] == [str(state)]
        assert [type(one) for one in results if not isinstance(one, str)] == [RequisitionNotInState]


class TestApprovalRule:
    def test_is_tightened_by_the_clerk_and_loosened_by_the_approver_only(
        self, school: School
    ) -> None:
        set_approval_rule(school.buyer, school.unit, approval_from_fen=500)
        for looser in (1000, None):
            with pytest.raises(ApprovalRuleLoosenedByClerk):
                set_approval_rule(school.buyer, school.unit, approval_from_fen=looser)
        set_approval_rule(school.second, school.unit, approval_from_fen=None)
        assert school.unit.approval_from_fen is None

    def test_is_not_loosened_by_who_also_buys(self, school: School) -> None:
        give_role(school.approver, Role.BUYING_UNIT_CLERK, school.unit.id)
        with pytest.raises(ApprovalRuleLoosenedByClerk):
            set_approval_rule(school.second, school.unit, approval_from_fen=None)

    def test_needs_somebody_who_approves(self) -> None:
        unit = make_buying_unit()
        clerk = make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
        with pytest.raises(ApproverMissing):
            set_approval_rule(actor_of(clerk), unit, approval_from_fen=0)


class TestCoupons:
    """What was taken off when the clerk asked is taken off when it is placed, or the clerk is asked."""

    def ask_with(self, market: Market, school: School, holding_id: uuid.UUID) -> Requisition:
        request = replace(request_for([(market.mutton, 2)], DONGYANG), coupon_ids=[holding_id])
        digest = make_quote(school.buyer, request).digest
        return service.submit_requisition(
            school.buyer, request, recipient=RECIPIENT, quote_digest=digest
        )

    def test_are_used_when_it_is_approved(self, market: Market, school: School) -> None:
        holding_id = claim(school.clerk, make_platform_coupon())
        requisition = self.ask_with(market, school, holding_id)
        assert requisition.total_fen == 10_600
        approved = approve(school, requisition)
        assert approved.trade_id is not None
        assert trade_of(approved.trade_id).discount_fen == 1000
        assert broken() == []

    def test_used_elsewhere_meanwhile_return_it(self, market: Market, school: School) -> None:
        holding_id = claim(school.clerk, make_platform_coupon())
        first, second = (self.ask_with(market, school, holding_id) for _ in range(2))
        assert approve(school, first).state is RequisitionState.APPROVED
        assert approve(school, second).state is RequisitionState.RETURNED
        assert broken() == []

    def test_gone_are_left_out_when_it_is_asked_for_again(
        self, market: Market, school: School
    ) -> None:
        holding_id = claim(school.clerk, make_platform_coupon())
        first, second = (self.ask_with(market, school, holding_id) for _ in range(2))
        approve(school, first)
        approve(school, second)
        quote = service.quote_now(school.buyer, second)
        assert (quote.total_fen, service.count_gone_coupons(second, quote)) == (11_600, 1)
        row = service.lock_requested(school.buyer, second.id)
        service.resubmit_requisition(school.buyer, row, quote_digest=quote.digest)
        assert service.read_request(row).coupon_ids == []
        assert approve(school, row).state is RequisitionState.APPROVED


class TestRemarks:
    def test_reach_the_order_when_it_is_approved(self, market: Market, school: School) -> None:
        remarks = {market.nanjiang.id: "请周三前送到食堂"}
        request = replace(request_for([(market.mutton, 2)], DONGYANG), remarks=remarks)
        digest = make_quote(school.buyer, request).digest
        asked = service.submit_requisition(
            school.buyer, request, recipient=RECIPIENT, quote_digest=digest
        )
        db.session.expire(asked)
        approved = approve(school, asked)
        assert approved.trade_id is not None
        assert [order.remark for order in orders_of(approved.trade_id)] == ["请周三前送到食堂"]
