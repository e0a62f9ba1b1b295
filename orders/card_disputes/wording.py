"""Disputes in words: where they stand, why banks say they were raised, and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.language import Text
from orders.card_disputes.models import OPEN, CardDispute, CardDisputeLine, DisputeState

STATES: dict[DisputeState, tuple[Text, str]] = {
    DisputeState.INQUIRY: (Text("银行查询，待答复", "The bank asks; answer"), "attention"),
    DisputeState.INQUIRY_REVIEWED: (Text("已答复银行查询", "The bank looks at it"), "pending"),
    DisputeState.INQUIRY_CLOSED: (Text("查询已结束", "The inquiry is over"), "confirmed"),
    DisputeState.NEEDS_RESPONSE: (Text("待提交材料", "Evidence is wanted"), "attention"),
    DisputeState.UNDER_REVIEW: (Text("银行审理中", "The bank decides"), "pending"),
    DisputeState.LOST: (
        Text("拒付成立，款项已退给买家", "Lost: the buyer has the money"),
        "attention",
    ),
    DisputeState.WON: (Text("拒付不成立，款项已退回", "Won: the money is back"), "confirmed"),
}
WHAT_TO_DO: dict[DisputeState, Text] = {
    DisputeState.INQUIRY: Text(
        "款项还没有被扣。联系买家问清情况：该退的在售后里退掉，查询就不会变成拒付；"
        "不该退的在期限前提交材料。",
        "No money has been taken yet. Ask the buyer: refund what should be refunded, and the inquiry"
        " will not become a dispute; otherwise send evidence in time.",
    ),
    DisputeState.INQUIRY_REVIEWED: Text(
        "等银行答复，不用再做什么。", "Wait for the bank; there is nothing more to do."
    ),
    DisputeState.INQUIRY_CLOSED: Text("没有扣款，已经办完。", "No money was taken; it is over."),
    DisputeState.NEEDS_RESPONSE: Text(
        "银行已把款项扣走。请向合作社要来发货、签收的凭证，在期限前提交；逾期不交，拒付自动成立。"
        "材料只能提交一次。",
        "The bank has taken the money. Get the proofs of shipping and delivery from the cooperative"
        " and send them in time: without them it is lost. They can be sent only once.",
    ),
    DisputeState.UNDER_REVIEW: Text(
        "材料已经交给银行，通常两到三个月内有结果。期间相关货款暂扣，不能退款。",
        "The bank has the evidence and usually decides within two or three months. The sale's money"
        " is held meanwhile, and cannot be refunded.",
    ),
    DisputeState.LOST: Text(
        "银行把款项退给了买家：这些商品已按退款处理，货款从合作社扣回，计入额已冲减。",
        "The bank gave the buyer the money: these goods count as refunded, the cooperatives are"
        " charged, and the credits are taken back.",
    ),
    DisputeState.WON: Text(
        "款项已回到支付渠道的余额，暂扣的货款已恢复应付。",
        "The provider holds the money again, and what was held is payable.",
    ),
}
_OPEN_TO_SELLER = Text(
    "银行办完之前，这些货款不结算、不能退款，没发的货先不要发。请保存发货和签收凭证，平台答复银行时会用到。"
    "不成立的，货款恢复结算；成立的，款项退给买家，按退款从结算中扣除。",
    "Until the bank has decided, this money is neither settled nor refunded, and nothing more is to be"
    " shipped. Keep the proofs of shipping and delivery: the platform answers the bank with them. If the"
    " dispute is won the money is settled; if it is lost the buyer has it, and it is deducted like a refund.",
)
# What the cooperative that sold it is told; an inquiry moves no money and falls on no line.
TO_SELLER: dict[DisputeState, Text] = {
    DisputeState.NEEDS_RESPONSE: _OPEN_TO_SELLER,
    DisputeState.UNDER_REVIEW: _OPEN_TO_SELLER,
    DisputeState.LOST: Text(
        "款项已退给买家，按退款从结算中扣除，计入额已冲减；没发的货不用再发。",
        "The buyer has the money back: it is deducted like a refund and its credit is taken back. What"
        " was not shipped need not be.",
    ),
    DisputeState.WON: Text(
        "款项没有退给买家，不再因拒付暂停结算。",
        "The buyer did not get the money back; it is no longer kept from settlement.",
    ),
}
REASONS: dict[str, Text] = {
    "fraudulent": Text("持卡人称不是本人付款", "The holder says someone else paid"),
    "product_not_received": Text("称没有收到商品", "Says the goods never came"),
    "product_unacceptable": Text("称商品与描述不符", "Says the goods are not as described"),
    "duplicate": Text("称重复扣款", "Says it was charged twice"),
    "credit_not_processed": Text("称应退的款没有退", "Says a refund never came"),
    "subscription_canceled": Text("称已取消", "Says it was cancelled"),
    "unrecognized": Text("不认得这笔付款", "Does not recognise the payment"),
    "general": Text("没有说明原因", "No reason given"),
    "noncompliant": Text("称不合卡组织规则", "Says it breaks the card network's rules"),
}


def seller_view(
    dispute: CardDispute, lines: Sequence[CardDisputeLine], names: Mapping[UUID, str]
) -> dict[str, Any]:
    """Return what the cooperative reads of a dispute on its order's page."""
    label, tone = STATES[dispute.state]
    if dispute.state is DisputeState.NEEDS_RESPONSE:
        label, tone = Text("平台答复银行中", "The platform answers the bank"), "pending"
    return {
        "id": dispute.id,
        "state_label": label,
        "tone": tone,
        "reason": REASONS.get(dispute.reason, REASONS["general"]),
        "opened_at": dispute.opened_at,
        "due_at": dispute.due_at if dispute.state is DisputeState.NEEDS_RESPONSE else None,
        "next": TO_SELLER.get(dispute.state),
        "amount_fen": sum(line.amount_fen for line in lines),
        "is_open": dispute.state in OPEN,
        "held_fen": sum(line.amount_fen for line in lines if line.is_held),
        "lines": [
            {"name": names[line.order_line_id], "goods_fen": line.goods_fen,
             "freight_fen": line.freight_fen}
            for line in lines
        ],
    }  # fmt: skip
