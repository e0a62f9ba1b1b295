"""A credited sale in words: its facts as they were judged, its decisions, its movements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from marketplace.language import Text
from partners.credits.facts import BUYER_IS_SELLER, UNIT_CLERK_IS_SELLER
from partners.credits.models import Credit, Sale
from partners.credits.rules import Kind, Outcome, Scheme, Stage
from partners.pairings.queries import current_book
from partners.regions.queries import tree

SCHEMES = {
    Scheme.PAIRING: Text("结对任务", "Pairing task"),
    Scheme.RESERVED_SHARE: Text("预留份额", "Reserved share"),
    Scheme.CATALOGUE: Text("供应台账", "Supply ledger"),
}
STAGES = {
    Stage.CONFIRMED: Text("已确认", "Confirmed"),
    Stage.PENDING: Text("待确认", "Pending"),
    Stage.HELD: Text("暂缓", "Held"),
}
KINDS = {
    Kind.DIRECT_PURCHASE: Text("直接采购", "Direct purchase"),
    Kind.ASSISTED_SALE: Text("帮助销售", "Assisted sale"),
}
CAUSES = {
    "paid": Text("付款", "Paid"),
    "completed": Text("交易完成", "Completed"),
    "returned": Text("退款冲回", "Refunded"),
    "flagged": Text("疑点暂缓", "Flagged"),
    "released": Text("解除暂缓", "Released"),
    "refused": Text("核定不计入", "Refused"),
    "tie_settled": Text("确定结对", "Pairing chosen"),
    "reattributed": Text("变更归属", "Attribution moved"),
    "recounted": Text("重新认定", "Re-counted"),
}
BOOKED = Text("记账", "Booked")
FLAGS = {
    BUYER_IS_SELLER: Text(
        "下单人是卖方合作社的负责人或店员", "Whoever ordered is a manager or staff of the seller"
    ),
    UNIT_CLERK_IS_SELLER: Text(
        "采购单位的经办人同时是卖方合作社的负责人或店员",
        "A clerk of the buying unit is also a manager or staff of the seller",
    ),
    "split_purchase": Text("疑似拆分采购", "Perhaps a split purchase"),
}
OTHER_DOUBT = Text("其他疑点", "Another doubt")
STAGE_TONES = {Stage.CONFIRMED: "confirmed", Stage.PENDING: "pending"}


def place(code: str | None) -> str | None:
    """Return a region's full name, None where it is not known."""
    return tree().full_name(code) if code and code in tree() else None


def cause(kind: str) -> Text:
    """Return why something was booked."""
    return CAUSES.get(kind, BOOKED)


def doubts(sale: Sale) -> str:
    """Return in words what is doubtful about a sale, as its flags say; empty if nothing is."""
    return str(Text("、", ", ")).join(str(FLAGS.get(flag, OTHER_DOUBT)) for flag in sale.flags)


def card(sale: Sale) -> dict[str, Any]:
    """Return a sale as a list shows it."""
    return {
        "id": sale.id,
        "product_name": sale.product_name,
        "cooperative_name": sale.cooperative_name,
        "quantity": f"{sale.quantity} {sale.unit}",
        "origin": place(sale.origin_code),
        "sale_on": sale.sale_on,
        "amount_fen": sale.amount_fen,
        "returned_fen": sale.returned_fen,
        "is_held": sale.held_on is not None,
        "held_on": sale.held_on,
        "doubts": doubts(sale),
    }


def facts(sale: Sale) -> list[tuple[str, str]]:
    """Return the evidence that was judged, kept as it was on the day of the sale."""
    unknown = str(Text("不明", "Unknown"))
    valid = None
    if sale.certificate_valid_from is not None:
        until = (
            sale.certificate_valid_to.isoformat()
            if sale.certificate_valid_to
            else str(Text("长期", "open"))
        )
        valid = str(
            Text("{a} 至 {b}", "{a} to {b}").format(
                a=sale.certificate_valid_from.isoformat(), b=until
            )
        )
    said: list[tuple[Text, str | None]] = [
        (Text("销售日", "Sold on"), sale.sale_on.isoformat()),
        (Text("合作社", "Cooperative"), sale.cooperative_name),
        (Text("商品", "Product"), sale.product_name),
        (Text("数量", "Quantity"), f"{sale.quantity} {sale.unit}"),
        (Text("产地", "Origin"), place(sale.origin_code) or unknown),
        (Text("认定编号", "Certificate"), sale.certificate_no or str(Text("无", "None"))),
        (Text("认定有效期", "Certificate valid"), valid),
        (Text("疑点", "Doubts"), doubts(sale)),
        (Text("交易完成", "Completed on"), sale.completed_on.isoformat() if sale.completed_on else None),
        (Text("暂缓自", "Held since"), sale.held_on.isoformat() if sale.held_on else None),
    ]  # fmt: skip
    return [(str(label), value) for label, value in said if value]


def outcome_view(outcome: Outcome) -> dict[str, Any]:
    """Return what a sale counts for under one scheme."""
    return {
        "scheme": SCHEMES[outcome.scheme],
        "reason": outcome.reason,
        "counts": outcome.counts,
        "amount_fen": outcome.net_fen,
        "kind": KINDS[outcome.kind] if outcome.kind else None,
        "stage": STAGES[outcome.stage] if outcome.stage else None,
        "tone": {Stage.CONFIRMED: "yes"}.get(outcome.stage, "pending") if outcome.stage else "",
    }


def movement_view(credit: Credit) -> dict[str, Any]:
    """Return one entry of the ledger."""
    return {
        "booked_on": credit.booked_on,
        "scheme": SCHEMES[credit.scheme],
        "region": place(credit.region_code),
        "stage": STAGES[credit.stage],
        "tone": STAGE_TONES.get(credit.stage, ""),
        "cause": cause(credit.cause_kind),
        "amount_fen": credit.amount_fen,
    }


def pairing_choices(pairing_ids: Iterable[UUID]) -> list[tuple[UUID, str]]:
    """Return the pairings among which an office must choose."""
    book = current_book()
    entries = [book.get(pairing_id) for pairing_id in pairing_ids]
    return [
        (
            one.id,
            f"{book.regions.name(one.east_code)}—{book.regions.name(one.west_code)} · {one.relation.label}",
        )
        for one in entries
    ]
