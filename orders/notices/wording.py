"""The words of each notice, in both languages; their names are also those of approved templates.

Numbers, amounts and days only: what is told lies on lock screens and in mailboxes.
"""

from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.service import Words
from marketplace.notices.wording import Wording
from orders.notices.selling import SELLING

G = NoticeGroup


WORDINGS: dict[str, Wording] = {
    "order_shipped": Wording(
        G.ORDERS,
        Text("订单已发货", "Your order is on its way"),
        Text(
            "订单 {number} 发出了一个包裹，共 {pieces} 件，物流进度见订单页。",
            "A parcel of order {number} with {pieces} items is on its way; follow it on the order's page.",
        ),
    ),
    "pickup_arrived": Wording(
        G.ORDERS,
        Text("包裹已到自提点", "A parcel is at the pick-up point"),
        Text(
            "订单 {number} 有包裹到了{place}，请在 {due} 前凭订单页上的取货码领取。",
            "A parcel of order {number} is at {place}; collect it by {due} with the code on the"
            " order's page.",
        ),
    ),
    "pickup_reminded": Wording(
        G.ORDERS,
        Text("请尽快取货", "Please collect your order"),
        Text(
            "订单 {number} 还在{place}等您领取，{due} 后不再保留。",
            "Order {number} waits at {place} and is kept until {due}.",
        ),
    ),
    "pickup_uncollected": Wording(
        G.ORDERS,
        Text("订单逾期未取", "Your order was not collected"),
        Text(
            "订单 {number} 逾期未取，已按下单时的约定处理，详情见订单页。",
            "Order {number} was not collected in time; see its page for what happens now.",
        ),
    ),
    "refund_done": Wording(
        G.ORDERS,
        Text("退款已退回", "Your money is on its way back"),
        Text(
            "订单 {number} 的退款 {amount} 元已退回原支付方式，到账时间以银行或支付平台为准。",
            "{amount} yuan of order {number} went back the way it was paid; your bank says when it arrives.",
        ),
    ),
    "order_refunded": Wording(
        G.ORDERS,
        Text("订单已取消，款项已退回", "Your order is called off and paid back"),
        Text(
            "订单 {number} 已取消，{amount} 元已退回原支付方式，到账时间以银行或支付平台为准。",
            "Order {number} is called off; {amount} yuan went back the way it was paid.",
        ),
    ),
    "payment_returned": Wording(
        G.ORDERS,
        Text("多收的款项已退回", "What was too much has gone back"),
        Text(
            "交易 {number} 多收的 {amount} 元已退回，详情见付款页。",
            "{amount} yuan too much for trade {number} went back; see its pay page.",
        ),
    ),
    "cancellation_agreed": Wording(
        G.ORDERS,
        Text("订单已取消", "Your order is called off"),
        Text(
            "订单 {number} 已取消，已付的款项会退回原支付方式。",
            "Order {number} is called off; what you paid goes back the way it came.",
        ),
    ),
    "cancellation_refused": Wording(
        G.ORDERS,
        Text("取消申请未同意", "Your order goes on"),
        Text(
            "合作社没有同意取消订单 {number}，理由见订单页；收货后仍可申请售后。",
            "The cooperative does not call order {number} off; see why on its page. You may still ask for"
            " after-sales once you have the goods.",
        ),
    ),
    "replacement_sent": Wording(
        G.AFTERSALES,
        Text("换货已寄出", "Your replacement is on its way"),
        Text(
            "售后 {number} 的换货已寄出，物流进度见售后页，收到后请确认。",
            "The replacement of case {number} is on its way; follow it on its page, and confirm it when"
            " it arrives.",
        ),
    ),
    "aftersales_decided": Wording(
        G.AFTERSALES,
        Text("售后有结果了", "Your after-sales case was decided"),
        Text(
            "售后 {number} 已有处理结果，请查看下一步怎么做。",
            "Case {number} was decided; see what comes next.",
        ),
    ),
    "requisition_submitted": Wording(
        G.PURCHASING,
        Text("有采购申请待审批", "A requisition waits for you"),
        Text(
            "采购申请 {number}（{amount} 元）等待您审批，{due} 前有效。",
            "Requisition {number} ({amount} yuan) waits for your decision until {due}.",
        ),
    ),
    "requisition_approved": Wording(
        G.PURCHASING,
        Text("采购申请已通过", "Your requisition is approved"),
        Text(
            "采购申请 {number}（{amount} 元）已通过并下单，请按时付款。",
            "Requisition {number} ({amount} yuan) is approved and placed; please pay in time.",
        ),
    ),
    "requisition_returned": Wording(
        G.PURCHASING,
        Text("采购申请被退回", "Your requisition came back"),
        Text(
            "采购申请 {number}（{amount} 元）被退回，意见见申请页，修改后可再提交。",
            "Requisition {number} ({amount} yuan) came back; read why, change it and submit it again.",
        ),
    ),
    "requisition_refused": Wording(
        G.PURCHASING,
        Text("采购申请未通过", "Your requisition was refused"),
        Text(
            "采购申请 {number}（{amount} 元）未通过，意见见申请页。",
            "Requisition {number} ({amount} yuan) was refused; read why on its page.",
        ),
    ),
    "requisition_expired": Wording(
        G.PURCHASING,
        Text("采购申请已过期", "Your requisition has expired"),
        Text(
            "采购申请 {number}（{amount} 元）过期未审批，需要时请重新提交。",
            "Nobody decided requisition {number} ({amount} yuan) in time; submit it again if you need it.",
        ),
    ),
    "receivable_due_soon": Wording(
        G.PURCHASING,
        Text("应付账款快到期了", "A payment is due soon"),
        Text(
            "订单 {number} 还有 {amount} 元应付，{due} 到期。",
            "{amount} yuan of order {number} are due on {due}.",
        ),
    ),
    "receivable_due": Wording(
        G.PURCHASING,
        Text("应付账款今天到期", "A payment is due today"),
        Text(
            "订单 {number} 的 {amount} 元应付账款今天（{due}）到期，请尽快付款。",
            "{amount} yuan of order {number} are due today ({due}).",
        ),
    ),
    "receivable_overdue": Wording(
        G.PURCHASING,
        Text("应付账款已逾期", "A payment is overdue"),
        Text(
            "订单 {number} 的 {amount} 元应付账款已于 {due} 到期，请尽快付款。",
            "{amount} yuan of order {number} were due on {due}; please pay.",
        ),
    ),
    "receivable_grace_over": Wording(
        G.PURCHASING,
        Text("宽限期已过", "The days of grace are over"),
        Text(
            "订单 {number} 的 {amount} 元应付账款（{due} 到期）已过宽限期，付清前不能再先货后款。",
            "{amount} yuan of order {number} (due on {due}) are past their grace; until they are paid, goods"
            " no longer come first.",
        ),
    ),
    "receivable_long_overdue": Wording(
        G.PURCHASING,
        Text("应付账款长期逾期", "A payment is long overdue"),
        Text(
            "订单 {number} 的 {amount} 元应付账款（{due} 到期）长期未付，请联系平台说明情况。",
            "{amount} yuan of order {number} (due on {due}) are long overdue; please tell us why.",
        ),
    ),
    "invoice_issued": Wording(
        G.ORDERS,
        Text("发票已开具", "Your invoice is ready"),
        Text(
            "{amount} 元的发票已开具，可在“我的发票”下载。",
            "An invoice of {amount} yuan is ready under “Invoices”.",
        ),
    ),
    "invoice_declined": Wording(
        G.ORDERS,
        Text("开票申请被退回", "Your invoice request came back"),
        Text(
            "{amount} 元的开票申请被退回，原因见申请页，修改后可再提交。",
            "Your request of {amount} yuan came back; read why and ask again.",
        ),
    ),
    "buying_unit_active": Wording(
        G.PURCHASING,
        Text("采购单位审核通过", "Your unit is admitted"),
        Text(
            "“{name}”已通过审核，可以为单位采购了。",
            "“{name}” is admitted; you can buy for it now.",
        ),
    ),
    "buying_unit_returned": Wording(
        G.PURCHASING,
        Text("采购单位申请被退回", "Your unit's application came back"),
        Text(
            "“{name}”的申请被退回，意见见申请页，修改后可再提交。",
            "The application of “{name}” came back; read why, change it and submit it again.",
        ),
    ),
    "payout_failed": Wording(
        G.OFFICE,
        Text("打款失败待处理", "A failed payout to look at"),
        Text(
            "结算单 {number} 的 {amount} 元打款失败，请核实后重新付款。",
            "{amount} yuan of statement {number} could not be paid; find out why and pay again.",
        ),
    ),
    "statement_disputed": Wording(
        G.OFFICE,
        Text("结算单有异议待答复", "A disputed statement to answer"),
        Text(
            "合作社对结算单 {number} 提出异议，请核实答复。",
            "The cooperative disputes a line of statement {number}; please look and answer.",
        ),
    ),
    "refund_failed": Wording(
        G.OFFICE,
        Text("退款失败待处理", "A failed refund to look at"),
        Text(
            "退款 {number}（{amount} 元）没有退成，请处理。",
            "Refund {number} ({amount} yuan) could not be made; please see to it.",
        ),
    ),
    "product_submitted": Wording(
        G.OFFICE,
        Text("有商品待审核", "A product to review"),
        Text("“{name}”已提交，等待审核。", "“{name}” was submitted and waits for review."),
    ),
}

WORDINGS |= SELLING


def say(kind: str, link: str, **values: str) -> Words:
    """Return a notice's words with its values; ``link`` is the page to go to."""
    return WORDINGS[kind].say(kind, link, values)
