"""A case in words: its course, whose turn it is, and the page that buyer, seller and platform read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.language import Text
from orders.aftersales.evidence.queries import list_evidence
from orders.aftersales.models import CaseKind
from orders.aftersales.rules import CAUSE_TITLES, KIND_TITLES
from orders.orderbook.couriers import courier_name
from orders.orderbook.showing import ShownCase
from orders.orderbook.wording import CASE_TONES
from orders.trades.models import OrderLine
from orders.trades.states import ESCALATE_CASE, REOPEN_CASE, AftersalesState, By
from products.storefront.drawings import drawing_of

# What a step says in the course of a case; by whom, where the clock's differs from a person's.
_DEEDS: dict[str, Text] = {
    "applied": Text("买家提交申请", "The buyer applied"),
    "given": Text("直接退款", "Refunded without an application"),
    "agreed": Text("合作社同意", "The cooperative agreed"),
    "refused": Text("合作社拒绝", "The cooperative refused"),
    "withdrawn": Text("买家撤回", "The buyer withdrew it"),
    "charged_back": Text(
        "买家的银行已把这笔款项退给买家，售后结束",
        "The buyer's bank has given the money back; nothing is left to ask for",
    ),
    "superseded": Text(
        "订单取消，并入取消退款", "The order was called off; this went back with it"
    ),
    "sent_back": Text("买家已寄回", "The buyer sent the goods back"),
    "lapsed": Text("逾期未寄回，关闭", "Closed: nothing was sent back in time"),
    "received": Text("合作社收到退货", "The cooperative received the goods"),
    "goods_refused": Text("合作社拒收退货", "The cooperative refused what came back"),
    "replacement_sent": Text("合作社发出换货", "The cooperative sent the replacement"),
    "refunded_instead": Text("改为退款", "The money goes back instead"),
    "refunded_unseen": Text(
        "合作社逾期未确认收货，自动退款",
        "Refunded: the cooperative did not confirm receipt in time",
    ),
    "exchanged": Text("换货完成", "The exchange is done"),
    "escalated": Text("买家申请平台介入", "The buyer asked the platform"),
    "upheld": Text("平台支持买家", "The platform found for the buyer"),
    "dismissed": Text("平台未支持买家", "The platform found for the cooperative"),
    "done": Text("款项已退回", "The money is back"),
    "came_back": Text(
        "收款银行没有收下，款项又退了回来", "The bank did not take the money; it came back"
    ),
}
_BY_CLOCK: dict[str, Text] = {
    "agreed": Text("合作社逾期未答复，按同意办理", "No answer in time: agreed to"),
    "refunded_instead": Text(
        "合作社逾期未发换货，自动退款", "No replacement in time: the money goes back"
    ),
    "exchanged": Text("逾期未确认，视为已收到换货", "Taken as received"),
}
NEXT: dict[AftersalesState, Text] = {
    AftersalesState.APPLIED: Text("等合作社答复。", "The cooperative is to answer."),
    AftersalesState.AWAITING_GOODS: Text(
        "请把商品寄到下面的退货地址，寄出后填写运单号。",
        "Send the goods to the address below, then enter the waybill number.",
    ),
    AftersalesState.RETURNING: Text(
        "商品在退回途中，等合作社确认收到。",
        "The goods are on their way back; the cooperative is to confirm them.",
    ),
    AftersalesState.AWAITING_REPLACEMENT: Text(
        "退货已收到，等合作社发出换货。", "The goods are back; the replacement is to be sent."
    ),
    AftersalesState.REPLACING: Text(
        "换货已发出，收到后请确认。", "The replacement is on its way; confirm when you have it."
    ),
    AftersalesState.IN_ARBITRATION: Text(
        "平台正在查看双方的说明和照片，结果对双方都有效。",
        "The platform is looking at both sides; what it decides binds both.",
    ),
    AftersalesState.AWAITING_REFUND: Text(
        "退款已发起，按原付款方式退回。", "The refund is under way, the way it was paid."
    ),
    AftersalesState.DONE: Text("款项已原路退回。", "The money has gone back the way it was paid."),
    AftersalesState.EXCHANGED: Text("换货已完成。", "The exchange is done."),
    AftersalesState.WITHDRAWN: Text("申请已撤回。", "The application was withdrawn."),
    AftersalesState.REFUSED: Text("合作社没有同意。", "The cooperative did not agree."),
    AftersalesState.DISMISSED: Text(
        "平台裁定维持合作社的答复。", "The platform upheld the cooperative."
    ),
    AftersalesState.LAPSED: Text(
        "没有在期限内寄回，申请已关闭。", "Nothing was sent back in time; the case is closed."
    ),
}
_OWED_AGAIN = Text(
    "上次退款被收款银行退了回来，款项仍欠买家；平台会换一种方式退，不需要重新申请。",
    "The last refund came back from the bank and is still owed; the platform sends it another way."
    " Nobody needs to apply again.",
)
# The same to the cooperative and the platform, where it is not their turn or not the buyer's.
_NEXT_AT_DESK: dict[AftersalesState, Text] = {
    AftersalesState.APPLIED: Text("请在期限前答复买家。", "Please answer the buyer in time."),
    AftersalesState.AWAITING_GOODS: Text(
        "等买家寄回商品。", "The buyer is to send the goods back."
    ),
    AftersalesState.RETURNING: Text(
        "商品在退回途中，收到后请确认。",
        "The goods are on their way back; confirm them on arrival.",
    ),
    AftersalesState.AWAITING_REPLACEMENT: Text(
        "退货已收到，请发出换货。", "The goods are back; please send the replacement."
    ),
    AftersalesState.REPLACING: Text("等买家确认收到换货。", "The buyer is to confirm it."),
}
PARTY_TITLES: dict[By, Text] = {
    By.BUYER: Text("买家", "The buyer"),
    By.COOPERATIVE: Text("合作社", "The cooperative"),
    By.PLATFORM: Text("平台", "The platform"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's course."""

    label: Text
    tone: str
    at: datetime
    note: str | None


def course_of(shown: ShownCase) -> list[Step]:
    """Return the course of a case, oldest first; the last step is the current one."""
    steps = []
    for number, event in enumerate(shown.events, start=1):
        titles = {**_DEEDS, **(_BY_CLOCK if event.party is By.CLOCK else {})}
        is_last = number == len(shown.events)
        steps.append(Step(titles[event.deed], "now" if is_last else "done", event.at, event.note))
    return steps


def _next_of(shown: ShownCase) -> Text:
    state = shown.case.state
    if state is AftersalesState.AWAITING_REFUND and shown.course:
        has_come_back = shown.course[-1].deed == REOPEN_CASE.deed
        if has_come_back:
            return _OWED_AGAIN
    if shown.party is By.BUYER:
        return NEXT[state]
    return _NEXT_AT_DESK.get(state, NEXT[state])


def _said_to_platform(shown: ShownCase) -> str | None:
    said = [each.note for each in shown.events if each.deed == ESCALATE_CASE.deed]
    return said[-1] if said else None


def case_page(
    shown: ShownCase, line: OrderLine, order_no: str, order_href: str | None
) -> dict[str, Any]:
    """Return everything that a page about one case shows; without an address of the order where the
    reader may not see all of it.
    """
    case = shown.case
    actions = set(shown.actions)
    facts = [
        (Text("申请类型", "Wanted"), KIND_TITLES[case.kind]),
        (Text("原因", "Cause"), CAUSE_TITLES[case.cause]),
        (Text("售后单号", "Case number"), case.case_no),
    ]
    if shown.return_freight_by is not None:
        facts.append((Text("退货运费", "Way back paid by"), PARTY_TITLES[shown.return_freight_by]))
    if case.return_waybill_no:
        waybill = f"{courier_name(case.return_courier_code or '')} {case.return_waybill_no}"
        facts.append((Text("退货运单", "Return waybill"), waybill))
    return {
        "id": case.id,
        "state_label": shown.state_title,
        "tone": CASE_TONES[case.state],
        "next": _next_of(shown),
        "due_at": shown.due_at,
        "due_outcome": shown.due_outcome,
        "product_name": line.product_name,
        "spec": line.spec,
        "photo_url": line.photo_url,
        "drawing": drawing_of(line.category_code),
        "quantity": case.quantity,
        "goods_fen": case.goods_fen,
        "freight_fen": case.freight_fen,
        "total_fen": shown.total_fen,
        "asks_for_goods": case.asks_for_goods,
        "is_exchange": case.kind is CaseKind.EXCHANGE,
        "reason": shown.reason,
        "escalation": _said_to_platform(shown),
        "answer": shown.answer,
        "decision": shown.decision,
        "return_to": shown.return_to,
        "course": course_of(shown),
        "facts": facts,
        "actions": actions,
        "order_no": order_no,
        "order_href": order_href,
        "evidence": [
            {"party": PARTY_TITLES[each.party], "href": f"/aftersales/{case.id}/evidence/{each.id}"}
            for each in list_evidence(case)
        ],
    }
