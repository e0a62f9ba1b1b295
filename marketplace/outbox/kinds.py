"""The closed list of what is told: names that leave the process, so none is ever given anew.

The part before the dot says what ``subject_id`` names. Labels are for people who choose among them.
"""

from enum import StrEnum

from marketplace.language import Text


class EventKind(StrEnum):
    """What can happen. Where a state is reached, the word is the state's."""

    TRADE_PLACED = "trade.placed"
    TRADE_PAID = "trade.paid"
    TRADE_CANCELLED = "trade.cancelled"
    TRADE_EXPIRED = "trade.expired"
    ORDER_PAID = "order.paid"
    ORDER_PART_SHIPPED = "order.part_shipped"
    ORDER_SHIPPED = "order.shipped"
    ORDER_ACCEPTED = "order.accepted"
    ORDER_COMPLETED = "order.completed"
    ORDER_CANCELLED = "order.cancelled"
    PARCEL_SHIPPED = "parcel.shipped"
    PICKUP_ARRIVED = "pickup.arrived"
    PICKUP_REMINDED = "pickup.reminded"
    PICKUP_UNCOLLECTED = "pickup.uncollected"
    CANCELLATION_ASKED = "cancellation.asked"
    CANCELLATION_AGREED = "cancellation.agreed"
    CANCELLATION_REFUSED = "cancellation.refused"
    CANCELLATION_WITHDRAWN = "cancellation.withdrawn"
    AFTERSALES_OPENED = "aftersales.opened"
    AFTERSALES_DECIDED = "aftersales.decided"
    AFTERSALES_MOVED = "aftersales.moved"
    AFTERSALES_CLOSED = "aftersales.closed"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_WON = "dispute.won"
    DISPUTE_LOST = "dispute.lost"
    REQUISITION_SUBMITTED = "requisition.submitted"
    REQUISITION_APPROVED = "requisition.approved"
    REQUISITION_RETURNED = "requisition.returned"
    REQUISITION_REFUSED = "requisition.refused"
    REQUISITION_WITHDRAWN = "requisition.withdrawn"
    REQUISITION_EXPIRED = "requisition.expired"
    RECEIVABLE_DUE_SOON = "receivable.due_soon"
    RECEIVABLE_DUE = "receivable.due"
    RECEIVABLE_OVERDUE = "receivable.overdue"
    RECEIVABLE_GRACE_OVER = "receivable.grace_over"
    RECEIVABLE_LONG_OVERDUE = "receivable.long_overdue"
    INVOICE_REQUESTED = "invoice.requested"
    INVOICE_ISSUED = "invoice.issued"
    INVOICE_DECLINED = "invoice.declined"
    STATEMENT_ISSUED = "statement.issued"
    STATEMENT_REISSUED = "statement.reissued"
    STATEMENT_CORRECTED = "statement.corrected"
    STATEMENT_DISPUTED = "statement.disputed"
    STATEMENT_ANSWERED = "statement.answered"
    STATEMENT_CONFIRMED = "statement.confirmed"
    STATEMENT_RELEASED = "statement.released"
    STATEMENT_PAID = "statement.paid"
    STATEMENT_FAILED = "statement.failed"
    CREDIT_CONFIRMED = "credit.confirmed"
    CREDIT_REVERSED = "credit.reversed"
    PRODUCT_SUBMITTED = "product.submitted"
    PRODUCT_APPROVED = "product.approved"
    PRODUCT_RETURNED = "product.returned"
    PRODUCT_PAUSED = "product.paused"
    PRODUCT_RESUMED = "product.resumed"
    PRODUCT_WITHDRAWN = "product.withdrawn"
    CERTIFICATE_ACTIVE = "certificate.active"
    CERTIFICATE_RETURNED = "certificate.returned"
    CERTIFICATE_SUSPENDED = "certificate.suspended"
    CERTIFICATE_REVOKED = "certificate.revoked"
    COOPERATIVE_ACTIVE = "cooperative.active"
    COOPERATIVE_RETURNED = "cooperative.returned"
    COOPERATIVE_SUSPENDED = "cooperative.suspended"
    BUYING_UNIT_ACTIVE = "buying_unit.active"
    BUYING_UNIT_RETURNED = "buying_unit.returned"

    @property
    def subject(self) -> str:
        """What its ``subject_id`` names."""
        return self.value.partition(".")[0]

    @property
    def label(self) -> Text:
        """Its name for people."""
        return LABELS[self]


K = EventKind
LABELS: dict[EventKind, Text] = {
    K.TRADE_PLACED: Text("已下单", "Trade placed"),
    K.TRADE_PAID: Text("交易已付款", "Trade paid"),
    K.TRADE_CANCELLED: Text("交易已取消", "Trade cancelled"),
    K.TRADE_EXPIRED: Text("交易超时关闭", "Trade expired"),
    K.ORDER_PAID: Text("订单待发货", "Order to be shipped"),
    K.ORDER_PART_SHIPPED: Text("订单部分发货", "Order partly shipped"),
    K.ORDER_SHIPPED: Text("订单已全部发货", "Order shipped"),
    K.ORDER_ACCEPTED: Text("订单已收货", "Order received"),
    K.ORDER_COMPLETED: Text("订单已完成", "Order completed"),
    K.ORDER_CANCELLED: Text("已付款的订单被取消", "Paid order called off"),
    K.PARCEL_SHIPPED: Text("包裹已发出", "Parcel shipped"),
    K.PICKUP_ARRIVED: Text("订单已到自提点", "Order at its pick-up point"),
    K.PICKUP_REMINDED: Text("提醒到自提点取货", "Reminded to collect"),
    K.PICKUP_UNCOLLECTED: Text("自提逾期未取", "Not collected in time"),
    K.CANCELLATION_ASKED: Text("买家申请取消订单", "Cancellation asked for"),
    K.CANCELLATION_AGREED: Text("取消申请已同意", "Cancellation agreed"),
    K.CANCELLATION_REFUSED: Text("取消申请被拒绝", "Cancellation refused"),
    K.CANCELLATION_WITHDRAWN: Text("取消申请已撤回", "Cancellation withdrawn"),
    K.AFTERSALES_OPENED: Text("买家申请售后", "After-sales case opened"),
    K.AFTERSALES_DECIDED: Text("售后已有处理结果", "After-sales case decided"),
    K.AFTERSALES_MOVED: Text("售后有新进展", "After-sales case moved on"),
    K.AFTERSALES_CLOSED: Text("售后已结束", "After-sales case closed"),
    K.REFUND_SUCCEEDED: Text("退款到账", "Refund succeeded"),
    K.REFUND_FAILED: Text("退款失败", "Refund failed"),
    K.DISPUTE_OPENED: Text("买家向银行提出拒付", "Payment disputed"),
    K.DISPUTE_WON: Text("拒付胜诉", "Dispute won"),
    K.DISPUTE_LOST: Text("拒付败诉", "Dispute lost"),
    K.REQUISITION_SUBMITTED: Text("采购申请待审批", "Requisition submitted"),
    K.REQUISITION_APPROVED: Text("采购申请已通过", "Requisition approved"),
    K.REQUISITION_RETURNED: Text("采购申请被退回", "Requisition returned"),
    K.REQUISITION_REFUSED: Text("采购申请被否决", "Requisition refused"),
    K.REQUISITION_WITHDRAWN: Text("采购申请已撤回", "Requisition withdrawn"),
    K.REQUISITION_EXPIRED: Text("采购申请已过期", "Requisition expired"),
    K.RECEIVABLE_DUE_SOON: Text("应付账款即将到期", "Debt due soon"),
    K.RECEIVABLE_DUE: Text("应付账款今日到期", "Debt due today"),
    K.RECEIVABLE_OVERDUE: Text("应付账款已逾期", "Debt overdue"),
    K.RECEIVABLE_GRACE_OVER: Text("应付账款宽限期已过", "Debt past its days of grace"),
    K.RECEIVABLE_LONG_OVERDUE: Text("应付账款长期逾期", "Debt long overdue"),
    K.INVOICE_REQUESTED: Text("买家申请开票", "Invoice requested"),
    K.INVOICE_ISSUED: Text("发票已开具", "Invoice issued"),
    K.INVOICE_DECLINED: Text("开票申请被退回", "Invoice declined"),
    K.STATEMENT_ISSUED: Text("结算单已出账", "Statement issued"),
    K.STATEMENT_REISSUED: Text("结算单已重新出账", "Statement issued anew"),
    K.STATEMENT_CORRECTED: Text("结算单已更正", "Statement corrected"),
    K.STATEMENT_DISPUTED: Text("结算单有异议", "Statement disputed"),
    K.STATEMENT_ANSWERED: Text("结算单异议已答复", "Dispute answered"),
    K.STATEMENT_CONFIRMED: Text("结算单已核对", "Statement confirmed"),
    K.STATEMENT_RELEASED: Text("结算款已放行", "Payout released"),
    K.STATEMENT_PAID: Text("结算款已打款", "Payout paid"),
    K.STATEMENT_FAILED: Text("结算款打款失败", "Payout failed"),
    K.CREDIT_CONFIRMED: Text("计入额已确认", "Credit confirmed"),
    K.CREDIT_REVERSED: Text("计入额已冲回", "Credit taken back"),
    K.PRODUCT_SUBMITTED: Text("商品已提交审核", "Product submitted"),
    K.PRODUCT_APPROVED: Text("商品审核通过并上架", "Product approved and listed"),
    K.PRODUCT_RETURNED: Text("商品审核被退回", "Product returned"),
    K.PRODUCT_PAUSED: Text("商品已暂停销售", "Product paused"),
    K.PRODUCT_RESUMED: Text("商品恢复销售", "Product listed again"),
    K.PRODUCT_WITHDRAWN: Text("商品已下架", "Product withdrawn"),
    K.CERTIFICATE_ACTIVE: Text("认定已生效", "Certificate in force"),
    K.CERTIFICATE_RETURNED: Text("认定申请被退回", "Certificate returned"),
    K.CERTIFICATE_SUSPENDED: Text("认定已暂停", "Certificate suspended"),
    K.CERTIFICATE_REVOKED: Text("认定已撤销", "Certificate revoked"),
    K.COOPERATIVE_ACTIVE: Text("合作社已准入", "Cooperative admitted"),
    K.COOPERATIVE_RETURNED: Text("合作社申请被退回", "Cooperative's application returned"),
    K.COOPERATIVE_SUSPENDED: Text("合作社已暂停", "Cooperative suspended"),
    K.BUYING_UNIT_ACTIVE: Text("采购单位已通过审核", "Buying unit admitted"),
    K.BUYING_UNIT_RETURNED: Text("采购单位申请被退回", "Buying unit's application returned"),
}
