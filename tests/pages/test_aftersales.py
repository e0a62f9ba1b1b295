"""After-sales and packing in a browser: what buyer, cooperative and platform see on phone and desk."""

import uuid
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from marketplace.database import transaction
from marketplace.permissions import Role
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import CaseCause, CaseKind
from orders.aftersales.service import (
    agree_to_refund,
    apply_for_refund,
    escalate_case,
    refuse_refund,
)
from tests.factories.aftersales import make_evidence
from tests.factories.identity import make_account
from tests.factories.orders import buy, deliver, lines_of, make_market, ship
from tests.pages.conftest import Site, Visits

pytestmark = pytest.mark.browser

DEPOT = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")


@dataclass(frozen=True, slots=True)
class Scene:
    """Who takes part and what stands where, by ids that any session may use."""

    buyer: uuid.UUID
    seller: uuid.UUID
    judge: uuid.UUID
    waiting: uuid.UUID
    on_its_way: uuid.UUID
    delivered: uuid.UUID
    line: uuid.UUID
    returning: uuid.UUID
    escalated: uuid.UUID


def set_the_scene(site: Site) -> Scene:
    """Commit an order to pack, one on its way, and one with a return and a dispute."""
    with site.app.app_context(), transaction():
        market = make_market()
        set_return_address(market.nanjiang.actor, market.nanjiang.id, DEPOT)
        [waiting] = buy(market.buyer, [(market.mutton, 2), (market.tea, 1)])
        [on_its_way] = buy(market.buyer, [(market.tea, 1)])
        ship(market.nanjiang, on_its_way)
        [delivered] = buy(market.buyer, [(market.mutton, 3)])
        deliver(market.buyer, market.nanjiang, delivered)
        line = lines_of(delivered)[0].id
        cases = [
            apply_for_refund(
                market.buyer, delivered.id, order_line_id=line, quantity=1,
                kind=CaseKind.RETURN, cause=CaseCause.DAMAGED, reason="袋子破了，漏汁",
            )
            for _ in range(2)
        ]  # fmt: skip
        make_evidence(market.buyer, cases[0])
        agree_to_refund(market.nanjiang.actor, cases[0].id, answer="请寄回，运费到付")
        refuse_refund(market.nanjiang.actor, cases[1].id, answer="发货时完好")
        escalate_case(market.buyer, cases[1].id, reason="有开箱视频")
        return Scene(
            market.shopper.id, market.nanjiang.manager.id,
            make_account(role=Role.PLATFORM_ADMIN).id,
            waiting.id, on_its_way.id, delivered.id, line, cases[0].id, cases[1].id,
        )  # fmt: skip


def test_pages_of_a_case_and_of_packing_are_whole(site: Site, visit: Visits) -> None:
    scene = set_the_scene(site)
    buyer = visit()
    buyer.enter(scene.buyer, f"/aftersales/{scene.returning}")
    buyer.check()
    for path in (
        f"/orders/{scene.waiting}",
        f"/orders/{scene.waiting}/cancel",
        f"/orders/{scene.on_its_way}/interception",
        f"/orders/{scene.delivered}",
        f"/orders/{scene.delivered}/lines/{scene.line}/refund",
    ):
        buyer.go(path)
        buyer.check()
    buyer.go(f"/aftersales/{scene.returning}")
    buyer.page.fill("#waybill_no", "sf 1234 5678 9012")
    buyer.follow("text=我已寄出", "待合作社收退货")
    expect(buyer.page.locator("main")).to_contain_text("SF123456789012")

    seller = visit()
    seller.enter(scene.seller, f"/desk/refunds/{scene.returning}")
    seller.check()
    for path in ("/desk/orders", f"/desk/orders/{scene.waiting}", "/desk/orders/pick-list",
                 "/desk/refunds?tab=returning"):  # fmt: skip
        seller.go(path)
        seller.check()
    seller.go(f"/desk/refunds/{scene.returning}")
    seller.follow("text=确认收到并退款", "退款中")

    judge = visit()
    judge.enter(scene.judge, "/desk/arbitration")
    judge.check()
    judge.go(f"/desk/arbitration/{scene.escalated}")
    judge.check()
    judge.page.check("input[value=dismiss]")
    judge.page.fill("#decision", "照片显示包装完好")
    judge.follow("text=作出裁定", "售后裁定")
