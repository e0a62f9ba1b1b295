"""Refunds in pages: asked for, answered, withdrawn."""

import re
import uuid
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from marketplace.database import db
from marketplace.permissions import Role
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import apply_for_refund, escalate_case, refuse_refund
from orders.trades.models import Order
from orders.trades.states import AftersalesState
from products.catalogue.models import ReturnClass
from tests.factories import identity
from tests.factories.orders import (
    DONGYANG,
    Market,
    buy,
    deliver,
    lines_of,
    make_market,
    ship,
    stock_up,
)
from tests.factories.partners import office_of
from tests.factories.pictures import picture


@pytest.fixture
def market() -> Market:
    return make_market()


@pytest.fixture
def order(market: Market) -> Order:
    return buy(market.buyer, [(market.mutton, 2)], DONGYANG)[0]


@pytest.fixture
def case(market: Market, order: Order) -> AftersalesCase:
    return apply_for_refund(
        market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1, reason="少了一袋"
    )


def state_of(case_id: uuid.UUID) -> AftersalesState:
    return db.session.get_one(AftersalesCase, case_id, populate_existing=True).state


class TestAskForRefund:
    def address(self, order: Order) -> str:
        return f"/orders/{order.id}/lines/{lines_of(order)[0].id}/refund"

    def test_the_form_offers_all_that_is_left_and_the_amount_follows_the_quantity(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, market.shopper)
        page = client.get(self.address(order)).text
        assert 'value="2"' in page
        assert "2 件 116.00 元" in page
        assert "1 件 58.00 元" in client.get(f"{self.address(order)}?quantity=1").text
        assert "最多还可退 2 件" in client.get(f"{self.address(order)}?quantity=3").text
        assert "最多 116.00 元" in client.get(f"{self.address(order)}?quantity=0").text

    def test_an_amount_left_open_is_that_of_the_pieces(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        values = {"csrf_token": token, "quantity": "1", "amount_yuan": "", "reason": "坏了一袋"}
        refused = client.post(self.address(order), data={**values, "amount_yuan": "58.01"})
        assert (refused.status_code, "1 件最多退 58.00 元" in refused.text) == (422, True)
        for _ in range(2):
            assert client.post(self.address(order), data=values).status_code == 303
        cases = db.session.scalars(select(AftersalesCase.goods_fen)).all()
        assert list(cases) == [5800, 5800]
        # Nothing is left: the order offers nothing more, and says so to whom an old page led here.
        assert self.address(order) not in client.get(f"/orders/{order.id}").text
        assert client.get(self.address(order)).status_code == 303
        assert "没有可以再申请" in client.get(f"/orders/{order.id}").text
        assert "没有可以再申请" in client.post(self.address(order), data=values).text

    def test_is_sent_to_the_cooperative(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        values = {
            "csrf_token": token,
            "quantity": "1",
            "amount_yuan": "58.00",
            "reason": "坏了一袋",
        }
        assert client.post(self.address(order), data=values).status_code == 303
        page = client.get(f"/orders/{order.id}").text
        assert "待合作社答复" in page
        assert "坏了一袋" in page

    @pytest.mark.parametrize(
        ("field", "typed"),
        [("quantity", "3"), ("quantity", ""), ("amount_yuan", "116.01"), ("amount_yuan", "x"), ("amount_yuan", "0"),
         ("reason", "")],
    )  # fmt: skip
    def test_says_what_is_wrong(
        self, client: FlaskClient, market: Market, order: Order, field: str, typed: str
    ) -> None:
        token = identity.sign_in_page(client, market.shopper)
        values = {"csrf_token": token, "quantity": "2", "amount_yuan": "116.00", "reason": "坏了"}
        refused = client.post(self.address(order), data={**values, field: typed})
        assert refused.status_code == 422
        assert "error-text" in refused.text
        assert "10000000000000" not in refused.text  # the bounds in fen are nothing to a buyer

    def test_nobody_asks_for_others(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, identity.make_account())
        assert client.get(self.address(order)).status_code == 404

    def test_the_seller_does_not_ask(
        self, client: FlaskClient, market: Market, order: Order
    ) -> None:
        identity.sign_in_page(client, market.nanjiang.manager)
        assert client.get(self.address(order)).status_code == 404


class TestAnswerRefund:
    def answer(self, client: FlaskClient, token: str, case_id: uuid.UUID, **values: str) -> None:
        data = {"csrf_token": token, **values}
        assert client.post(f"/desk/refunds/{case_id}/answer", data=data).status_code == 303

    def test_agreement_takes_the_credit_back(
        self, client: FlaskClient, market: Market, case: AftersalesCase, order: Order
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        assert "少了一袋" in client.get("/desk/refunds").text
        self.answer(client, token, case.id, decision="agree")
        assert state_of(case.id) is AftersalesState.AWAITING_REFUND
        buyer = client.application.test_client()
        identity.sign_in_page(buyer, market.shopper)
        assert "帮助销售 · ¥58.00 · 待确认" in buyer.get(f"/orders/{order.id}").text

    def test_a_refusal_must_say_why(
        self, client: FlaskClient, market: Market, case: AftersalesCase
    ) -> None:
        token = identity.sign_in_page(client, market.nanjiang.manager)
        self.answer(client, token, case.id, decision="refuse", answer="")
        assert state_of(case.id) is AftersalesState.APPLIED
        assert "拒绝须写明理由" in client.get("/desk/refunds").text
        self.answer(client, token, case.id, decision="refuse", answer="已按约定发货")
        assert state_of(case.id) is AftersalesState.REFUSED

    def test_another_cooperative_does_not_see_it(
        self, client: FlaskClient, market: Market, case: AftersalesCase
    ) -> None:
        token = identity.sign_in_page(client, market.xinhe.manager)
        assert "少了一袋" not in client.get("/desk/refunds?tab=all").text
        data = {"csrf_token": token, "decision": "agree"}
        assert client.post(f"/desk/refunds/{case.id}/answer", data=data).status_code == 404
        assert state_of(case.id) is AftersalesState.APPLIED


class TestWithdrawRefund:
    def test_takes_it_back(self, client: FlaskClient, market: Market, case: AftersalesCase) -> None:
        token = identity.sign_in_page(client, market.shopper)
        client.post(f"/refunds/{case.id}/withdraw", data={"csrf_token": token})
        assert state_of(case.id) is AftersalesState.WITHDRAWN


class TestCase:
    """A case from both sides: applied for with a photo, sent back, taken in, or decided."""

    @pytest.fixture
    def delivered(self, market: Market) -> Order:
        [order] = buy(market.buyer, [(market.mutton, 2)], DONGYANG)
        return deliver(market.buyer, market.nanjiang, order)

    def apply(self, client: FlaskClient, market: Market, order: Order, **values: object) -> str:
        token = identity.sign_in_page(client, market.shopper)
        data = {
            "csrf_token": token,
            "kind": "return",
            "cause": "damaged",
            "quantity": "1",
            "amount_yuan": "58.00",
            "reason": "袋子破了",
            "photo": (BytesIO(picture()), "a.jpg"),
            **values,
        }
        address = f"/orders/{order.id}/lines/{lines_of(order)[0].id}/refund"
        assert client.post(address, data=data).status_code == 303
        return token

    def case_of(self, order: Order) -> AftersalesCase:
        statement = select(AftersalesCase).where(AftersalesCase.order_id == order.id)
        return db.session.scalars(statement).one()

    def test_comes_back_and_is_refunded(
        self, client: FlaskClient, market: Market, delivered: Order
    ) -> None:
        token = self.apply(client, market, delivered)
        case = self.case_of(delivered)
        page = client.get(f"/aftersales/{case.id}").text
        assert "按同意办理" in page
        assert "确定撤回" in page
        assert "合作社" in page.split("退货运费")[1][:60]
        seller = client.application.test_client()
        desk = identity.sign_in_page(seller, market.nanjiang.manager)
        assert "退货退款" in seller.get("/desk/refunds").text
        answering = seller.get(f"/desk/refunds/{case.id}").text
        assert "同意时必填" in answering
        assert answering.index("买家说明") < answering.index("<h2>答复买家")
        assert "（选填）" not in answering.split("答复买家")[1].split("</form>")[0]
        refused = seller.post(
            f"/desk/refunds/{case.id}/answer", data={"csrf_token": desk, "decision": "agree"}
        )
        assert refused.status_code == 422
        assert "请先填写退货地址" in refused.text
        agreed = {"name": "示例仓库", "phone": "13900139000", "address": "示例路 2 号"}
        seller.post(
            f"/desk/refunds/{case.id}/answer",
            data={"csrf_token": desk, "decision": "agree", **agreed},
        )
        assert "示例路 2 号" in client.get(f"/aftersales/{case.id}").text
        client.post(
            f"/aftersales/{case.id}/send-back",
            data={"csrf_token": token, "courier_code": "sf", "waybill_no": "SF1234567890"},
        )
        assert "SF1234567890" in seller.get(f"/desk/refunds/{case.id}").text
        assert '待收退货<span class="count">1</span>' in seller.get("/desk/refunds").text
        seller.post(
            f"/desk/refunds/{case.id}/receive",
            data={"csrf_token": desk, "put_back_quantity": "0"},
        )
        assert state_of(case.id) is AftersalesState.AWAITING_REFUND
        assert "退款中" in client.get(f"/aftersales/{case.id}").text

    def test_photos_are_for_the_two_sides_and_the_platform(
        self, client: FlaskClient, market: Market, delivered: Order
    ) -> None:
        self.apply(client, market, delivered)
        case = self.case_of(delivered)
        [href] = set(
            re.findall(
                rf"/aftersales/{case.id}/evidence/[0-9a-f-]+",
                client.get(f"/aftersales/{case.id}").text,
            )
        )
        photo = client.get(href)
        assert (photo.status_code, photo.content_type) == (200, "image/webp")
        assert "no-store" in photo.headers["Cache-Control"]
        refuse_refund(market.nanjiang.actor, case.id, answer="照片看不出来")
        seen = {}
        officer = identity.make_account(role=Role.OFFICE_OFFICER, scope=office_of("511922").id)
        judge = identity.make_account(role=Role.PLATFORM_ADMIN)
        auditor = identity.make_account(role=Role.AUDITOR)
        for name, account in (
            ("seller", market.nanjiang.manager),
            ("rival", market.xinhe.manager),
            ("officer", officer),
            ("auditor", auditor),
            ("judge", judge),
        ):
            other = client.application.test_client()
            identity.sign_in_page(other, account)
            seen[name] = other.get(href).status_code
        assert seen == {
            "seller": 200, "rival": 404, "officer": 404, "auditor": 404, "judge": 404,
        }  # fmt: skip
        escalate_case(market.buyer, case.id, reason="请平台看看")
        other = client.application.test_client()
        identity.sign_in_page(other, judge)
        assert other.get(href).status_code == 200

    def test_the_platform_reads_both_sides_and_decides(
        self, client: FlaskClient, market: Market, delivered: Order
    ) -> None:
        token = self.apply(client, market, delivered)
        case = self.case_of(delivered)
        refuse_refund(market.nanjiang.actor, case.id, answer="发货时完好")
        page = client.get(f"/aftersales/{case.id}").text
        assert "申请平台介入" in page
        client.post(
            f"/aftersales/{case.id}/escalate",
            data={"csrf_token": token, "reason": "有开箱视频"},
        )
        judge = client.application.test_client()
        account = identity.make_account(role=Role.PLATFORM_ADMIN)
        desk = identity.sign_in_page(judge, account, stepped_up=True)
        assert "袋子破了" in judge.get("/desk/arbitration").text
        address = f"/desk/arbitration/{case.id}"
        page = judge.get(address).text
        assert "发货时完好" in page
        assert page.index("袋子破了") < page.index("发货时完好") < page.index("有开箱视频")
        data = {"csrf_token": desk, "outcome": "refund", "decision": "包装不足"}
        refused = judge.post(address, data={**data, "amount_yuan": "58.01"})
        assert "不能超过申请金额" in refused.text
        assert judge.post(address, data=data).status_code == 303
        assert state_of(case.id) is AftersalesState.AWAITING_REFUND
        assert "包装不足" in client.get(f"/aftersales/{case.id}").text

    def test_an_exchange_is_brought_before_the_platform_without_a_sum(
        self, client: FlaskClient, market: Market, delivered: Order
    ) -> None:
        self.apply(client, market, delivered, kind="exchange", amount_yuan="")
        case = self.case_of(delivered)
        refuse_refund(market.nanjiang.actor, case.id, answer="发货时完好")
        escalate_case(market.buyer, case.id, reason="请平台看看")
        account = identity.make_account(role=Role.PLATFORM_ADMIN)
        identity.sign_in_page(client, account, stepped_up=True)
        page = client.get("/desk/arbitration").text
        assert ">换货</a>" in page
        assert "¥" not in page

    def test_fresh_goods_say_so_before_and_after(self, client: FlaskClient, market: Market) -> None:
        sku = stock_up(market.nanjiang, "鲜笋", return_class=ReturnClass.PERISHABLE)
        [order] = buy(market.buyer, [(sku, 1)], DONGYANG)
        deliver(market.buyer, market.nanjiang, order)
        token = identity.sign_in_page(client, market.shopper)
        address = f"/orders/{order.id}/lines/{lines_of(order)[0].id}/refund"
        assert "不适用七天无理由" in client.get(address).text
        data = {
            "csrf_token": token, "kind": "return", "cause": "no_reason", "quantity": "1",
            "amount_yuan": "1.00", "reason": "不想要了",
        }  # fmt: skip
        refused = client.post(address, data=data)
        assert (refused.status_code, "不支持无理由退换" in refused.text) == (422, True)

    def test_a_parcel_on_its_way_is_asked_back(self, client: FlaskClient, market: Market) -> None:
        [order] = buy(market.buyer, [(market.mutton, 2)], DONGYANG)
        ship(market.nanjiang, order)
        token = identity.sign_in_page(client, market.shopper)
        assert f"/orders/{order.id}/interception" in client.get(f"/orders/{order.id}").text
        address = f"/orders/{order.id}/interception"
        assert "拒收" in client.get(address).text
        client.post(address, data={"csrf_token": token, "reason": "地址错了"})
        assert self.case_of(order).return_way == "intercepted"
