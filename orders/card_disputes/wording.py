"""Disputes in words: where they stand, why banks say they were raised, and what to do."""

from marketplace.language import Text
from orders.card_disputes.models import DisputeState

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
