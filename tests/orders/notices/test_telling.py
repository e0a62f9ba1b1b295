"""Who is told what: by the services that make it happen, once they are committed."""

import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from marketplace import clock
from marketplace.database import db
from marketplace.identity.models import Account
from marketplace.money import yuan
from marketplace.notices.models import Notice, NoticeMessage
from marketplace.outbox import spreading
from marketplace.permissions import Role
from orders.aftersales import service as aftersales
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import CaseCause, CaseKind
from orders.aftersales.opening import apply_for_refund
from orders.aftersales.queries import list_cases
from orders.cancellations.models import CancellationReason
from orders.cancellations.service import cancel_order, cancel_sale
from orders.fulfilment.service import ShipItem
from orders.notices import jobs
from orders.payments.models import Refund
from orders.payments.refunds import settle_refund
from orders.pickups.service import mark_arrived
from orders.receivables.service import note_reminders
from orders.requisitions import service as requisitions
from orders.trades.models import Order
from partners.buying_units.service import return_buying_unit
from partners.cooperatives.service import approve_cooperative, suspend_cooperative
from products.catalogue import service as catalogue
from products.catalogue.models import ListingState
from products.certificates import service as certificates
from tests.factories.debts import buy_on_terms, debts_of, make_clerk_on_terms
from tests.factories.identity import actor_of, give_role, make_account, make_actor
from tests.factories.orders import (
    NANJIANG,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    send_back,
    ship,
    succeed,
    trade_of,
)
from tests.factories.partners import make_buying_unit, make_cooperative, office_of
from tests.factories.payments import PROVIDER, refund_news, start_another_attempt
from tests.factories.pickups import buy_to_collect, make_keeper, make_point, pickup_of
from tests.factories.products import make_product
from tests.factories.requisitions import ask, make_school
from tests.factories.settlements import (
    START,
    complete_later,
    give_account,
    make_finance_officer,
    sell,
    settle,
    statements_of,
)


@pytest.fixture(autouse=True)
def noon(travel: Callable[[datetime], None]) -> None:
    travel(datetime.combine(clock.today(), time(12), clock.SHANGHAI))


@pytest.fixture
def market() -> Market:
    return make_market()


def told(account_id: uuid.UUID) -> list[tuple[str, str]]:
    """Tell what was announced; return what an account has been told: kind and link, oldest first."""
    db.session.commit()
    spreading.spread()
    notices = db.session.scalars(
        select(Notice).where(Notice.account_id == account_id).order_by(Notice.made_at, Notice.id)
    )
    return [(one.kind, one.link) for one in notices]


def text_of(account_id: uuid.UUID, kind: str) -> str:
    notice = db.session.scalars(
        select(Notice).where(Notice.account_id == account_id, Notice.kind == kind)
    ).one()
    return notice.text_zh


def staff_of(market: Market) -> Account:
    account = make_account()
    give_role(account, Role.COOPERATIVE_STAFF, market.nanjiang.id)
    return account


def bought(market: Market) -> Order:
    [order] = buy(market.buyer, [(market.mutton, 2)])
    return order


class TestBuyer:
    def test_is_told_of_each_parcel_once(self, market: Market) -> None:
        order = bought(market)
        [line] = lines_of(order)
        ship(market.nanjiang, order, items=[ShipItem(line.id, 1)])
        ship(market.nanjiang, order)
        link = f"/orders/{order.id}"
        assert told(market.shopper.id) == [("order_shipped", link)] * 2
        assert told(market.shopper.id) == [("order_shipped", link)] * 2
        texts = db.session.scalars(select(Notice.text_zh)).all()
        assert all(order.order_no in text for text in texts)

    def test_is_told_of_a_case_s_answer_and_of_the_money(self, market: Market) -> None:
        order = bought(market)
        ship(market.nanjiang, order)
        case = apply_for_refund(
            market.buyer,
            order.id,
            order_line_id=lines_of(order)[0].id,
            quantity=1,
            reason="少发一件",
        )
        staff = staff_of(market)
        assert ("aftersales_opened", f"/desk/refunds/{case.id}") in told(staff.id)
        assert case.case_no in text_of(staff.id, "aftersales_opened")
        aftersales.agree_to_refund(market.nanjiang.actor, case.id)
        send_back(case)
        kinds = [kind for kind, _ in told(market.shopper.id)]
        assert kinds == ["order_shipped", "aftersales_decided", "refund_done"]
        assert "58.00 元" in text_of(market.shopper.id, "refund_done")

    def test_is_told_that_the_replacement_is_on_its_way(self, market: Market) -> None:
        depot = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
        set_return_address(market.nanjiang.actor, market.nanjiang.id, depot)
        order = bought(market)
        deliver(market.buyer, market.nanjiang, order)
        case = apply_for_refund(
            market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1,
            kind=CaseKind.EXCHANGE, cause=CaseCause.WRONG_GOODS, reason="发错了",
        )  # fmt: skip
        aftersales.agree_to_refund(market.nanjiang.actor, case.id)
        aftersales.receive_goods(market.nanjiang.actor, case.id, put_back_quantity=1)
        aftersales.send_replacement(
            market.nanjiang.actor, case.id, courier_code="zto", waybill_no="ZT9876543210"
        )
        assert ("replacement_sent", f"/aftersales/{case.id}") in told(market.shopper.id)
        assert case.case_no in text_of(market.shopper.id, "replacement_sent")

    def test_is_told_once_of_an_order_that_was_called_off(self, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 1), (market.tea, 1)])
        cancel_order(market.buyer, order.id, reason=CancellationReason.NOT_WANTED)
        one, other = list_cases([order.id])
        send_back(other)
        assert told(market.shopper.id) == []
        send_back(one)
        assert told(market.shopper.id) == [("order_refunded", f"/orders/{order.id}")]
        text = text_of(market.shopper.id, "order_refunded")
        assert order.order_no in text
        assert f"{yuan(order.total_fen)} 元已退回" in text

    def test_hears_when_somebody_else_called_it_off(self, market: Market) -> None:
        order = bought(market)
        cancel_sale(market.nanjiang.actor, order.id, reason=CancellationReason.OUT_OF_STOCK)
        assert told(market.shopper.id) == [("cancellation_agreed", f"/orders/{order.id}")]

    def test_is_told_of_money_that_could_not_be_kept(self, market: Market) -> None:
        order = bought(market)
        second = start_another_attempt(trade_of(order.trade_id))
        succeed(second.id)
        [refund] = db.session.scalars(select(Refund).where(Refund.attempt_id == second.id))
        settle_refund(PROVIDER, refund_news(refund))
        link = f"/trades/{order.trade_id}/pay"
        assert ("payment_returned", link) in told(market.shopper.id)

    def test_is_told_where_and_until_when_to_collect(self, market: Market) -> None:
        point = make_point()
        order = buy_to_collect(market, point, [(market.mutton, 1)])
        ship(market.nanjiang, order)
        mark_arrived(actor_of(make_keeper(point)), pickup_of(order).id)
        assert ("pickup_arrived", f"/orders/{order.id}") in told(market.shopper.id)
        text = text_of(market.shopper.id, "pickup_arrived")
        assert "示例自提点 · 莲都" in text
        assert "取货码" in text


class TestUnit:
    def test_s_approver_decides_and_the_clerk_hears(self, market: Market) -> None:
        school = make_school()
        requisition = ask(school, [(market.mutton, 2)])
        link = f"/requisitions/{requisition.id}"
        assert told(school.approver.id) == [("requisition_submitted", link)]
        assert told(school.clerk.id) == []
        requisitions.refuse_requisition(school.second, requisition, reason="请写明用途")
        assert told(school.clerk.id) == [("requisition_refused", link)]
        assert "请写明用途" not in text_of(school.clerk.id, "requisition_refused")

    def test_is_reminded_of_a_debt_at_each_stage(self, market: Market) -> None:
        clerk = make_clerk_on_terms((make_finance_officer(), make_finance_officer()))
        trade = buy_on_terms(clerk.actor, [(market.mutton, 1)])
        [debt] = debts_of(trade)
        debt.due_on = clock.today() + timedelta(days=2)
        db.session.flush()
        note_reminders()
        assert ("receivable_due_soon", "/payables") in told(clerk.account.id)
        text = text_of(clerk.account.id, "receivable_due_soon")
        assert f"{debt.amount_fen / 100:.2f} 元" in text
        note_reminders()
        assert [kind for kind, _ in told(clerk.account.id)].count("receivable_due_soon") == 1


class TestCooperative:
    def test_is_told_of_new_orders_in_one_sum(self, market: Market) -> None:
        bought(market)
        bought(market)
        staff = staff_of(market)
        assert told(staff.id) == []
        jobs.send_order_digests()
        jobs.send_order_digests()
        assert told(staff.id) == [("orders_paid", "/desk/orders")]
        assert told(market.nanjiang.manager.id) == [("orders_paid", "/desk/orders")]
        assert told(market.xinhe.manager.id) == []
        total = sum(db.session.scalars(select(Order.total_fen)))
        assert f"2 笔已付款订单，共 {total / 100:.2f} 元" in text_of(staff.id, "orders_paid")
        bought(market)
        assert len(told(staff.id)) == 1
        jobs.send_order_digests()
        assert len(told(staff.id)) == 2

    def test_s_manager_is_told_of_a_statement(
        self, market: Market, travel: Callable[[datetime], None]
    ) -> None:
        travel(START)
        give_account(market.nanjiang)
        staff = staff_of(market)
        complete_later(sell(market, market.nanjiang, [(market.mutton, 1)]))
        officer = make_finance_officer()
        travel(START + timedelta(days=16))
        settle(officer, clock.today())
        [statement] = statements_of(market.nanjiang.id)
        issued = ("statement_issued", f"/desk/statements/{statement.id}")
        assert issued in told(market.nanjiang.manager.id)
        assert issued not in told(staff.id)

    def test_is_told_what_becomes_of_its_certificate(self, market: Market) -> None:
        made = make_product(market.nanjiang.id, name="南江核桃", origin_code=NANJIANG)
        assert made.certificate is not None
        administrator = make_actor(Role.PLATFORM_ADMIN)
        certificates.suspend_certificate(administrator, made.certificate, reason="抽检不合格")
        certificates.revoke_certificate(administrator, made.certificate, reason="抽检不合格")
        link = f"/desk/products/{made.product.id}"
        notices = told(market.nanjiang.manager.id)
        assert notices == [("certificate_suspended", link), ("certificate_revoked", link)]
        assert "南江核桃" in text_of(market.nanjiang.manager.id, "certificate_revoked")


class TestApplicant:
    def test_for_a_cooperative_is_told_of_each_decision_once(self) -> None:
        applicant, administrator = make_account(), make_actor(Role.PLATFORM_ADMIN)
        row = make_cooperative(state="recommended", applied_by=applicant.id)
        approve_cooperative(administrator, row.id)
        suspend_cooperative(administrator, row.id, note="资质过期")
        link = f"/apply/cooperative/{row.id}"
        # As the applicant and as the manager, but once.
        assert told(applicant.id) == [("cooperative_active", link), ("cooperative_suspended", link)]

    def test_for_a_unit_is_told_what_to_correct(self) -> None:
        applicant, administrator = make_account(), make_actor(Role.PLATFORM_ADMIN)
        unit = make_buying_unit(state="applied", applied_by=applicant.id)
        return_buying_unit(administrator, unit.id, note="统一社会信用代码有误")
        assert told(applicant.id) == [("buying_unit_returned", f"/apply/buying-unit/{unit.id}")]
        assert "统一社会" not in text_of(applicant.id, "buying_unit_returned")


class TestOffice:
    def test_nearest_is_told_what_waits_for_it(self, market: Market) -> None:
        officer = make_account(role=Role.OFFICE_OFFICER, scope=office_of(NANJIANG).id)
        elsewhere = make_account(role=Role.OFFICE_OFFICER, scope=office_of("652925").id)
        product = make_product(
            market.nanjiang.id, name="南江核桃", state=ListingState.DRAFT
        ).product
        catalogue.submit_product(market.nanjiang.actor, product)
        assert ("product_submitted", "/office/products") in told(officer.id)
        assert told(elsewhere.id) == []
        # An office reads its desk: nothing is sent to its telephone unless it wants that.
        sent = select(NoticeMessage).where(NoticeMessage.account_id == officer.id)
        assert db.session.scalars(sent).all() == []


class TestOldNews:
    def test_is_in_the_inbox_only(self, market: Market) -> None:
        order = bought(market)
        with clock.travel(clock.now() - timedelta(days=3)):
            ship(market.nanjiang, order)
            db.session.commit()
        assert told(market.shopper.id) == [("order_shipped", f"/orders/{order.id}")]
        assert db.session.scalars(select(NoticeMessage)).all() == []
