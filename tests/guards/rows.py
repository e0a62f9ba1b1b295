"""Rows for the guard of rights: one entry for each kind of id that stands in an address.

A route whose address names a row needs an entry here, or it fails the build: either a factory in
``ROWS`` (the row belongs to somebody: a stranger must get 404) or a line in ``SHARED`` (everybody
with the route's permission may see it, and why). A body that must be valid before the row is
looked up stands in ``BODIES``, by endpoint.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.database import db
from marketplace.endpoints.service import send_test
from marketplace.identity import sessions
from marketplace.identity.models import Account, SessionKind
from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.models import Notice
from marketplace.notices.service import Telling, Words, tell
from marketplace.permissions import Role
from orders.aftersales.addresses import Consignee, set_return_address
from orders.aftersales.models import AftersalesCase
from orders.aftersales.service import apply_for_refund, escalate_case, refuse_refund
from orders.attribution_changes.service import apply_for_change
from orders.papers.models import PaperKind
from orders.papers.service import make_paper
from orders.payments.bank_transfer import proofs
from orders.pickups.models import Pickup
from orders.pickups.queries import list_on_the_way
from partners.cooperatives.models import Cooperative
from partners.pickup_points.models import HolderKind
from products.certificates.models import CertificateState
from tests.factories import identity as make
from tests.factories.addresses import make_address
from tests.factories.aftersales import make_evidence
from tests.factories.bank import announce, make_clerk
from tests.factories.coupons import make_sellers_coupon
from tests.factories.credits import make_sale
from tests.factories.endpoints import make_endpoint
from tests.factories.freight import make_template
from tests.factories.households import make_household_share
from tests.factories.invoices import ask, issue, make_title
from tests.factories.orders import (
    Market,
    Seller,
    buy,
    lines_of,
    make_market,
    make_seller,
    ship,
)
from tests.factories.partners import (
    make_buying_unit,
    make_cooperative,
    make_outlet,
    new_credit_code,
    office_of,
)
from tests.factories.payments import make_trade, start_attempt
from tests.factories.pickups import buy_to_collect, make_keeper, make_point, pickup_of
from tests.factories.products import make_photo, make_product
from tests.factories.quotas import make_quota
from tests.factories.requisitions import make_requisition
from tests.factories.settlements import give_account, make_statement


@dataclass(frozen=True, slots=True)
class Row:
    """What stands in the address, and who may touch it: the first that holds the permission."""

    values: dict[str, Any]
    owners: tuple[Account, ...]


def _session() -> Row:
    account = make.make_account()
    opened = sessions.open_session(account, SessionKind.TOKEN)
    return Row({"session_id": opened.session.id}, (account,))


def _notice() -> Row:
    account = make.make_account()
    words = Words(
        kind="test", group=NoticeGroup.ORDERS, title=Text("消息", "Notice"),
        text=Text("消息", "Notice"), link="/orders",
    )  # fmt: skip
    tell([Telling(uuid.uuid4(), account.id, words)])
    notice = db.session.scalars(select(Notice).where(Notice.account_id == account.id)).one()
    return Row({"notice_id": notice.id}, (account,))


def _membership() -> Row:
    scope = uuid.uuid4()
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=scope)
    membership = make.give_role(make.make_account(), Role.COOPERATIVE_STAFF, scope)
    return Row({"membership_id": membership.id}, (manager,))


def _account() -> Row:
    administrator = make.make_account(role=Role.PLATFORM_ADMIN)
    return Row({"account_id": make.make_account().id}, (administrator,))


def _cooperative() -> Row:
    applicant, administrator = make.make_account(), make.make_account(role=Role.PLATFORM_ADMIN)
    cooperative = make_cooperative(state="applied", applied_by=applicant.id)
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
    office = office_of(cooperative.region_code)
    officer = make.make_account(role=Role.OFFICE_OFFICER, scope=office.id)
    owners = (applicant, manager, officer, administrator)
    give_account(Seller(cooperative, manager))
    depot = Consignee(name="示例仓库", phone="13900139000", address="示例路 2 号")
    set_return_address(make.actor_of(manager), cooperative.id, depot)
    return Row({"cooperative_id": cooperative.id}, owners)


def _buying_unit() -> Row:
    applicant = make.make_account()
    unit = make_buying_unit(applied_by=applicant.id)
    clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    office = office_of(unit.region_code)
    approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office.id)
    return Row({"unit_id": unit.id}, (applicant, clerk, approver))


def _outlet() -> Row:
    outlet = make_outlet()
    operator = make.make_account(role=Role.OUTLET_OPERATOR, scope=outlet.id)
    return Row({"outlet_id": outlet.id}, (operator,))


def _pickup_point() -> Row:
    unit = make_buying_unit()
    clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    point = make_point(
        actor=make.actor_of(clerk),
        holder_kind=HolderKind.BUYING_UNIT,
        holder_id=unit.id,
        is_for_unit_only=True,
    )
    administrator = make.make_account(role=Role.PLATFORM_ADMIN)
    return Row({"pickup_point_id": point.id}, (clerk, administrator))


def _keeper_of_point() -> Row:
    row = _pickup_point()
    point_id = row.values["pickup_point_id"]
    keeper = make.make_account(role=Role.PICKUP_KEEPER, scope=point_id)
    return Row({"pickup_point_id": point_id, "account_id": keeper.id}, row.owners)


def _pickup() -> Row:
    point = make_point()
    order = buy_to_collect(market := make_market(), point, [(market.mutton, 1)])
    ship(market.nanjiang, order)
    return Row({"pickup_id": pickup_of(order).id}, (make_keeper(point),))


def _pickup_parcel() -> Row:
    row = _pickup()
    pickup = db.session.get_one(Pickup, row.values["pickup_id"])
    [parcel] = list_on_the_way(pickup)
    return Row(row.values | {"parcel_id": parcel.id}, row.owners)


def _pickup_at_point() -> Row:
    row = _pickup()
    point_id = db.session.get_one(Pickup, row.values["pickup_id"]).pickup_point_id
    return Row({"pickup_point_id": point_id} | row.values, row.owners)


def _pickup_terms() -> Row:
    seller = make_seller("示例合作社 · 自提", "511922")
    return Row({"cooperative_id": seller.id, "pickup_point_id": make_point().id}, (seller.manager,))


def _keepers(cooperative: Cooperative) -> tuple[Account, ...]:
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
    office = office_of(cooperative.region_code)
    return (manager, make.make_account(role=Role.OFFICE_APPROVER, scope=office.id))


def _product() -> Row:
    cooperative = make_cooperative()
    made = make_product(cooperative.id)
    return Row({"product_id": made.id}, _keepers(cooperative))


def _sku() -> Row:
    cooperative = make_cooperative()
    made = make_product(cooperative.id)
    return Row({"sku_id": made.sku.id}, _keepers(cooperative))


def _photo() -> Row:
    cooperative = make_cooperative()
    photo = make_photo(make_product(cooperative.id).product)
    return Row({"product_id": photo.product_id, "photo_id": photo.id}, _keepers(cooperative))


def _certificate() -> Row:
    cooperative = make_cooperative()
    made = make_product(cooperative.id, certificate_state=CertificateState.APPLIED)
    assert made.certificate is not None
    return Row({"certificate_id": made.certificate.id}, _keepers(cooperative))


def _trade() -> Row:
    buyer = make.make_account()
    return Row({"trade_id": make_trade(account_id=buyer.id).id}, (buyer,))


def _own_proof() -> Row:
    clerk = make_clerk()
    trade = announce(clerk.actor, [(make_market().mutton, 1)])
    paper = proofs.Paper("0" * 64, "application/pdf", b"%PDF-1.7\n%%EOF")
    proofs.keep_paper(trade, paper)
    proof = proofs.add_proof(clerk.actor, trade.id, paper)
    return Row({"trade_id": trade.id, "proof_id": proof.id}, (clerk.account,))


def _payment() -> Row:
    buyer = make.make_account()
    attempt = start_attempt(make_trade(account_id=buyer.id))
    return Row({"payment_id": attempt.id}, (buyer,))


def _report_region() -> Row:
    officer = make.make_account(role=Role.OFFICE_OFFICER, scope=office_of("330783").id)
    return Row({"region_code": "330783"}, (officer,))


# A subject has one quota a year.
_years = itertools.cycle(range(2022, 2101))


def _quota() -> Row:
    city = office_of("330700")
    approver = make.make_account(role=Role.OFFICE_APPROVER, scope=city.id)
    return Row({"quota_id": make_quota(year=next(_years)).id}, (approver,))


def _order() -> Row:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    return Row({"order_id": order.id}, (market.shopper, market.nanjiang.manager))


def _order_line() -> Row:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    return Row({"order_id": order.id, "line_id": lines_of(order)[0].id}, (market.shopper,))


def _applied() -> tuple[Market, AftersalesCase]:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    case = apply_for_refund(
        market.buyer, order.id, order_line_id=lines_of(order)[0].id, quantity=1, reason="不想要了"
    )
    return market, case


def _aftersales_case() -> Row:
    market, case = _applied()
    return Row({"case_id": case.id}, (market.shopper, market.nanjiang.manager))


def _evidence() -> Row:
    market, case = _applied()
    evidence = make_evidence(market.buyer, case)
    values = {"case_id": case.id, "evidence_id": evidence.id}
    return Row(values, (market.shopper, market.nanjiang.manager))


def _escalated_case() -> Row:
    market, case = _applied()
    refuse_refund(market.nanjiang.actor, case.id, answer="已经发货")
    escalate_case(market.buyer, case.id, reason="没有发货")
    administrator = make.make_account(role=Role.PLATFORM_ADMIN)
    return Row({"escalated_case_id": case.id}, (administrator,))


def _paper() -> Row:
    market = make_market()
    unit = make_buying_unit()
    clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    [order] = buy(make.actor_of(clerk), [(market.mutton, 1)], buying_unit_id=unit.id)
    paper = make_paper(make.actor_of(clerk), order.id, kind=PaperKind.CONTRACT)
    return Row({"paper_id": paper.id}, (clerk, market.nanjiang.manager))


def _invoice_title() -> Row:
    unit = make_buying_unit()
    clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    title = make_title(make.actor_of(clerk), unit_id=unit.id)
    return Row({"title_id": title.id}, (clerk,))


def _invoice() -> Row:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    invoice = issue(market.nanjiang.actor, ask(market.buyer, [order]))
    return Row({"invoice_id": invoice.id}, (market.shopper, market.nanjiang.manager))


def _credited_sale() -> Row:
    facts = make_sale(flags=("split_purchase",))
    approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office_of("330783").id)
    return Row({"line_id": facts.line_id}, (approver,))


def _attribution_change() -> Row:
    market = make_market()
    [order] = buy(market.buyer, [(market.mutton, 1)])
    change = apply_for_change(market.buyer, order.id, reason="选错了", region_code="330783")
    office = office_of(change.decided_in)
    approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office.id)
    return Row({"change_id": change.id}, (approver,))


def _statement() -> Row:
    seller = make_seller("示例合作社 · 通江", "511921")
    return Row(
        {"statement_id": make_statement(seller).id},
        (seller.manager, make.make_account(role=Role.FINANCE_OFFICER)),
    )


def _household_share() -> Row:
    seller = make_seller("示例合作社 · 通江", "511921")
    share = make_household_share(seller)
    approver = make.make_account(role=Role.OFFICE_APPROVER, scope=office_of("511921").id)
    return Row({"share_id": share.id}, (seller.manager, approver))


def _address() -> Row:
    unit = make_buying_unit()
    clerk = make.make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id)
    address = make_address(make.actor_of(clerk), buying_unit_id=unit.id)
    return Row({"address_id": address.id}, (clerk,))


def _coupon() -> Row:
    seller = make_seller("示例合作社 · 恩阳", "511903")
    return Row({"coupon_id": make_sellers_coupon(seller).id}, (seller.manager,))


def _freight_template() -> Row:
    seller = make_seller("示例合作社 · 平昌", "511923")
    return Row({"template_id": make_template(seller).id}, (seller.manager,))


def _requisition() -> Row:
    asked = make_requisition()
    return Row({"requisition_id": asked.requisition.id}, (asked.clerk, asked.approver))


def _webhook_endpoint() -> Row:
    cooperative = make_cooperative()
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
    return Row({"endpoint_id": make_endpoint(manager, cooperative.id).id}, (manager,))


def _webhook_delivery() -> Row:
    cooperative = make_cooperative()
    manager = make.make_account(role=Role.COOPERATIVE_MANAGER, scope=cooperative.id)
    endpoint = make_endpoint(manager, cooperative.id)
    delivery = send_test(make.actor_of(manager), endpoint.id)
    return Row({"endpoint_id": endpoint.id, "delivery_id": delivery.id}, (manager,))


# By the names in the address, in order; two ids in one address have one entry ("a_id b_id").
ROWS: dict[str, Callable[[], Row]] = {
    "session_id": _session,
    "notice_id": _notice,
    "membership_id": _membership,
    "account_id": _account,
    "cooperative_id": _cooperative,
    "unit_id": _buying_unit,
    "outlet_id": _outlet,
    "pickup_point_id": _pickup_point,
    "pickup_point_id account_id": _keeper_of_point,
    "pickup_id": _pickup,
    "pickup_id parcel_id": _pickup_parcel,
    "pickup_point_id pickup_id": _pickup_at_point,
    "cooperative_id pickup_point_id": _pickup_terms,
    "product_id": _product,
    "sku_id": _sku,
    "product_id photo_id": _photo,
    "certificate_id": _certificate,
    "trade_id": _trade,
    "trade_id proof_id": _own_proof,
    "payment_id": _payment,
    "quota_id": _quota,
    "region_code": _report_region,
    "line_id": _credited_sale,
    "title_id": _invoice_title,
    "invoice_id": _invoice,
    "order_id": _order,
    "order_id line_id": _order_line,
    "case_id": _aftersales_case,
    "change_id": _attribution_change,
    "case_id evidence_id": _evidence,
    "escalated_case_id": _escalated_case,
    "statement_id": _statement,
    "share_id": _household_share,
    "address_id": _address,
    "paper_id": _paper,
    "template_id": _freight_template,
    "requisition_id": _requisition,
    "coupon_id": _coupon,
    "endpoint_id": _webhook_endpoint,
    "endpoint_id delivery_id": _webhook_delivery,
}

SHARED: dict[str, str] = {
    "token": "a link from an e-mail says by its signature what it may do",
    "message_id": "messages that were given up are the platform's to send again; their readers are not shown",
    "channel": "a way of sending, no row",
    "recovery_id": "applications are the platform's; its officers and auditors see every one",
    "pairing_id": "pairings are public facts; only the platform changes them",
    "code": "regions are public facts",
    "run_id": "a settlement run closes every cooperative's window; finance officers see it whole",
    "reconciliation_id": "a channel's day is the platform's own; finance officers and auditors see all",
    "difference_id": "differences are found for the platform; finance officers and auditors see all",
    "booking_id": "what the bank moved by itself is said by one finance officer, agreed by another",
    "opening_id": "the bank's opening balance is entered by one finance officer, agreed by another",
    "batch_id": "a payout batch holds many cooperatives' payouts; finance officers see it whole",
    "account_code": "the chart of accounts is the platform's; who reads the books reads all of them",
    "journal_entry_id": "the books are the platform's; finance officers and auditors read all of them",
    "journal_export_id": "exports hold the platform's whole books",
    "entry_id": "the bank's entries are on the platform's own account; finance officers see all",
    "list_id": "a bank refund list holds many buyers' refunds; finance officers see it whole",
    "terms_change_id": "terms of paying later are proposed and granted by finance officers",
    "debtor_id": "finance officers see what every unit owes, and its terms",
    "match_id": "what a bank entry is for is said by one finance officer, and agreed by another",
    "proof_id": "finance officers look at every proof of a transfer",
    "refund_id": "refunds that a provider refused are the platform's own to settle",
    "transfer_account_id": "where a cooperative is paid by transfer is said by two finance officers",
    "card_dispute_id": "payments that a bank disputes are the platform's own to answer",
    "dispute_id": "finance officers answer every cooperative's disputes",
    "receivable_id": "finance officers see what every unit owes",
    "write_off_id": "finance officers propose and agree to give a debt up",
    "correction_id": "what is put right of a statement is said by one finance officer, agreed by another",
    "recount_id": "recounts are the platform's; who may read the rules may read them",
    "paper_code": "who holds a paper may check it; the answer names bodies and a sum, no person",
    "offered_coupon_id": "what may be claimed is public; it goes into the own hands only",
    "bought_sku_id": "anybody may put a listed SKU into the own cart; no other cart is reached",
}

_REASON = {"reason": "材料不全"}
_NOTE = {"note": "材料齐全"}

_FREIGHT = {
    "name": "冷链",
    "basis": "weight",
    "zones": [
        {"first_units": 1000, "first_fen": 1000, "further_units": 500, "further_fen": 200},
        {"region_codes": ["650000"], "is_served": False},
    ],
}

_REFUND = {"order_line_id": str(uuid.uuid4()), "quantity": 1, "reason": "不想要了"}

_WAYBILL = {"courier_code": "sf", "waybill_no": "SF0000000001"}

_WAYBILLS = {"rows": [{"order_no": "DD0000", "waybill_no": "SF1234567890123"}]}

_POINT = {
    "name": "示例自提点",
    "region_code": "331102",
    "address": "示例街 2 号",
    "hours": "工作日 8:00—18:00",
    "contact": "示例联系人",
}

_ENDPOINT = {"label": "商城", "url": "https://8.8.8.8/hooks", "kinds": ["order.paid"]}

BODIES: dict[str, dict[str, Any]] = {
    "waybill_batches.check_waybills": _WAYBILLS,
    "waybill_batches.send_waybills": _WAYBILLS,
    "pickup_points.describe_pickup_point": _POINT,
    "pickup_points.appoint_keeper": {"phone": "13900139001"},
    "pickups.hand_out_pickup": {"code": "12345678"},
    "pickups.set_pickup_terms": {"rule": "free"},
    "webhook_endpoints.change_webhook_endpoint": _ENDPOINT,
    "webhook_endpoints.replay_webhooks_since": {"since": "2026-01-01T00:00:00+08:00"},
    "endpoints_pages.change_webhook_endpoint": _ENDPOINT,
    "endpoints_pages.replay_webhooks_since": {"since": "2026-01-01T00:00"},
    "addresses.change_address": {
        "name": "示例收货人",
        "phone": "13800000000",
        "region_code": "330783",
        "address": "示例路 1 号",
    },
    "attribution_changes.apply_for_attribution_change": {
        "region_code": "330783",
        "reason": "选错了",
    },
    "attribution_changes.approve_attribution_change": {"note": "情况属实"},
    "attribution_changes.refuse_attribution_change": {"note": "材料不足"},
    "aftersales.apply_for_refund": _REFUND,
    "aftersales.give_refund": _REFUND,
    "aftersales.refuse_refund": {"answer": "已经发货"},
    "aftersales.refuse_goods": {"answer": "空包裹"},
    "aftersales.send_goods_back": _WAYBILL,
    "aftersales.send_replacement": _WAYBILL,
    "aftersales.receive_goods": {"put_back_quantity": 0},
    "aftersales.escalate_case": {"reason": "没有发货"},
    "aftersales.ask_to_intercept": {"reason": "地址错了"},
    "aftersales.set_return_address": {
        "name": "示例仓库",
        "phone": "13900139000",
        "address": "示例路 2 号",
    },
    "reconciliation.close_difference": {"reason": "已查明", "version": 1},
    "direct_bookings.propose_direct_booking": {"purpose": "bank_charge", "reason": "手续费"},
    "reconciliation.match_outgoing": {
        "item": "payout",
        "subject_id": "019b0000-0000-7000-8000-000000000000",
    },
    "arbitration.decide_case": {"outcome": "dismiss", "decision": "照片不符"},
    "aftersales_desk_pages.answer_refund": {"decision": "agree"},
    "aftersales_desk_pages.refuse_returned_goods": {"answer": "空包裹"},
    "aftersales_desk_pages.ship_replacement": _WAYBILL,
    "aftersales_desk_pages.take_goods_in": {"put_back_quantity": "0"},
    "aftersales_pages.say_sent_back": _WAYBILL,
    "aftersales_pages.ask_platform": {"reason": "没有发货"},
    "aftersales_pages.ask_to_intercept": {"reason": "地址错了"},
    "arbitration_pages.decide_arbitration": {"outcome": "dismiss", "decision": "照片不符"},
    "bank_entries.propose_bank_match": {"kind": "return", "reason": "付款方要求退回"},
    "bank_refunds.correct_bank_refund_payee": {
        "name": "示例付款方",
        "account_no": "6222020200112233",
        "bank_name": "示例银行",
        "reason": "原账户已销户",
    },
    "bank_entries_pages.propose_bank_match": {"kind": "return", "reason": "付款方要求退回"},
    "books.ask_for_journal_export": {"start_on": "2026-01-01", "end_on": "2026-01-31"},
    "household_shares.enter_household_share": {
        "lines": [{"place_code": "511921", "kind": "lifted", "households": 3, "amount_fen": 5000}]
    },
    "household_shares.return_household_share": {"reason": "place_wrong"},
    "household_shares_pages.return_share": {"reason": "place_wrong"},
    "buying_units.close_buying_unit": _NOTE,
    "buying_units.describe_canteen": {"canteen": "own"},
    "buying_units.file_purchasing": {
        "year": 2026,
        "canteen_purchasing_fen": 100_000_00,
        "share_basis_points": 1000,
    },
    "buying_units.resubmit_buying_unit": {
        "name": "示例小学",
        "kind": "school",
        "region_code": "331122",
        "credit_code": new_credit_code(),
    },
    "buying_units.return_buying_unit": _NOTE,
    "payments_pages.go_to_pay": {"provider": "sandbox"},
    "cancellations.cancel_order": {"reason": "not_wanted"},
    "cancellations.cancel_sale": {"reason": "out_of_stock"},
    "cancellations.refuse_to_cancel": {"answer": "已经打包"},
    "cancellations_pages.cancel_order": {"reason": "not_wanted"},
    "cancellations_pages.cancel_sale": {"reason": "out_of_stock"},
    "cancellations_pages.answer_cancellation": {"decision": "agree"},
    "remarks.change_remark": {"remark": "周末送货"},
    "remarks.change_seller_note": {"note": "多送一袋"},
    "offers.set_price_steps": {"steps": []},
    "offers.set_buyer_limits": {"limits": []},
    "coupons.issue_coupon": {
        "name": "满 100 减 10",
        "from_fen": 10_000,
        "amount_off_fen": 1000,
        "total_limit": 10,
        "valid_from_at": "2026-01-01T00:00:00+08:00",
        "valid_until_at": "2099-01-01T00:00:00+08:00",
    },
    "freight.change_freight_template": _FREIGHT,
    "freight.choose_freight_template": {"template_id": None},
    "freight.create_freight_template": _FREIGHT,
    "cooperatives.introduce_cooperative": {"introduction": "高山茶园"},
    "cooperatives.recommend_cooperative": _NOTE,
    "cooperatives.resubmit_cooperative": {
        "name": "示例合作社",
        "kind": "household",
        "region_code": "511922",
    },
    "cooperatives.resume_cooperative": _NOTE,
    "cooperatives.return_cooperative": _NOTE,
    "cooperatives.return_recommendation": _NOTE,
    "cooperatives.suspend_cooperative": _NOTE,
    "catalogue.add_sku": {"spec": "1 千克", "unit": "袋", "weight_g": 1000, "price_fen": 9900},
    "catalogue.return_product": _REASON,
    "catalogue.update_sku": {"price_fen": 9900},
    "certificates.apply_for_certificate": {
        "valid_from": "2030-01-01",
        "valid_to": "2030-12-31",
        "linked_households": 12,
        "linked_villages": 2,
        "linked_jobs": 5,
        "linked_income_fen": 100,
    },
    "certificates.reinstate_certificate": _REASON,
    "certificates.return_application": _REASON,
    "certificates.revoke_certificate": _REASON,
    "certificates.suspend_certificate": _REASON,
    "payout_accounts.set_payout_account": {
        "bank_name": "示例农商银行",
        "holder": "示例合作社",
        "account_no": "6222020200112233",
    },
    "payout_accounts_pages.set_payout_account": {
        "bank_name": "示例农商银行",
        "holder": "示例合作社",
        "account_no": "6222020200112233",
    },
    "payments_pages.go_to_repay": {"provider": "sandbox", "amount": "1"},
    "settlements_pages.answer_dispute": {"answer": "按下单时的规则计算"},
    "settlements.propose_statement_correction": {
        "line_id": str(uuid.uuid4()),
        "amount_fen": 100,
        "reason": "运费少算",
    },
    "settlements_pages.dispute_line": {"line_id": str(uuid.uuid4()), "reason": "运费不对"},
    "settlements.answer_dispute": {"answer": "按下单时的规则计算"},
    "settlements.dispute_statement_line": {"line_id": str(uuid.uuid4()), "reason": "运费不对"},
    "buying_units.set_approval_rule": {"approval_from_fen": None},
    "requisitions.refuse_requisition": _REASON,
    "requisitions.resubmit_requisition": {"quote_digest": "x"},
    "stock.adjust_stock": {"kind": "received", "quantity": 1},
    "credits.hold_credit": _NOTE,
    "credits.release_credit": _NOTE,
    "credits.refuse_credit": _NOTE,
    "credits.settle_credit_tie": {
        **_NOTE,
        "pairing_id": "00000000-0000-7000-8000-000000000000",
    },
    "credits.reattribute_credit": {**_NOTE, "attribution_code": "330700"},
    "invoice_titles.change_invoice_title": {"kind": "personal", "name": "示例抬头"},
    "invoice_titles_pages.change_invoice_title": {
        "kind": "personal",
        "name": "示例抬头",
        "version": "1",
    },
    "invoices.decline_invoice_request": _REASON,
    "invoices.reverse_invoice": _REASON,
    "invoice_replacements.ask_for_replacement": {
        "title_id": "00000000-0000-7000-8000-000000000000",
        "reason": "抬头写错",
    },
    "invoice_replacements.decline_replacement": _REASON,
    "invoice_replacements_pages.ask_for_replacement": {
        "title_id": "00000000-0000-7000-8000-000000000000",
        "reason": "抬头写错",
    },
    "invoice_replacements_pages.decline_replacement": _REASON,
    "invoices.issue_invoice": {
        "number": "26511000000000000001",
        "issued_on": "2026-01-01",
        "amount_fen": 5800,
    },
    "papers.make_order_paper": {"kind": "contract"},
    "papers_pages.make_paper": {"kind": "contract"},
    "quotas.revise_quota": {"amount_fen": 100, "document": "对口办〔2026〕2号"},
    "fulfilment.ship_order": {"courier_code": "sf", "waybill_no": "SF0000000001"},
    "outlets.close_outlet": {"closed_on": "2026-12-31"},
    "outlets.describe_outlet": {"name": "示例专馆", "address": ""},
}

# Writes that take no body, by endpoint.
WITHOUT_BODY = frozenset(
    {
        "bank_balance.confirm_bank_opening",
        "bank_balance.reject_bank_opening",
        "direct_bookings.confirm_direct_booking",
        "direct_bookings.reject_direct_booking",
        "payouts.make_transfer_batch",
        "pickup_points.pause_pickup_point",
        "pickup_points.resume_pickup_point",
        "pickups.mark_parcel_arrived",
        "pickups.mark_pickup_arrived",
        "webhook_endpoints.pause_webhook_endpoint",
        "webhook_endpoints.replay_webhook_delivery",
        "webhook_endpoints.resume_webhook_endpoint",
        "webhook_endpoints.rotate_webhook_secret",
        "webhook_endpoints.send_webhook_test",
        "invoice_titles.make_default_invoice_title",
        "invoices.cancel_invoice_request",
        "invoice_replacements.agree_to_replacement",
        "invoice_replacements.withdraw_replacement",
        "addresses.make_default_address",
        "attribution_changes.withdraw_attribution_change",
        "requisitions.approve_requisition",
        "requisitions.withdraw_requisition",
        "guest_carts.open_guest_cart",
        "bank_entries.confirm_bank_match",
        "bank_entries.reject_bank_match",
        "bank_refunds.make_bank_refund_list",
        "bank_refunds.reject_bank_refund_list",
        "bank_refunds.release_bank_refund_list",
        "household_shares.attest_household_share",
        "receivables.confirm_terms",
        "receivables.reject_terms",
        "payments.close_payments",
        "recounts.approve_recount",
        "recounts.withdraw_recount",
        "identity.request_phone_leaving_code",
        "recoveries.approve_recovery",
        "recoveries.stop_own_recovery",
        "identity.sign_out",
        "identity.begin_totp_enrolment",
        "identity.disable_account",
        "identity.enable_account",
        "buying_units.approve_buying_unit",
        "aftersales.withdraw_application",
        "aftersales.refund_instead",
        "aftersales.confirm_replacement",
        "cancellations.agree_to_cancel",
        "cancellations.withdraw_cancellation",
        "remarks.remind_to_ship",
        "fulfilment.pick_order",
        "checkout.cancel_trade",
        "coupons.claim_coupon",
        "coupons.stop_coupon",
        "fulfilment.accept_order",
        "cooperatives.approve_cooperative",
        "cooperatives.verify_cooperative",
        "catalogue.approve_product",
        "catalogue.pause_product",
        "catalogue.resume_product",
        "catalogue.submit_product",
        "catalogue.withdraw_product",
        "certificates.approve_certificate",
        "certificates.certify_certificate",
        "media.choose_cover",
        "payouts.make_payout_batch",
        "receivables.confirm_write_off",
        "receivables.reject_write_off",
        "settlements.confirm_statement",
        "settlements.confirm_statement_correction",
        "settlements.reject_statement_correction",
        "settlements.issue_settlement_run",
        "settlements.reissue_statement",
        "settlements.release_statement",
    }
)
