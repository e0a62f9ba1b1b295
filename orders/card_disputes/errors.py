"""The ways answering a dispute, or moving its money, can fail."""

from marketplace.errors import Conflict, NotFound, Unavailable, Unprocessable
from marketplace.language import Text


class CardDisputeNotFound(NotFound):
    title = Text("没有找到这笔拒付", "This dispute was not found")


class PaymentDisputed(Conflict):
    title = Text(
        "买家已就这笔付款向银行提出拒付，支付渠道不接受退款：拒付办完前不能退，"
        "拒付成立的款项银行已经退给买家",
        "The buyer disputes this payment at the bank, and the provider takes no refund of it: none"
        " before the dispute has ended, and none if it is lost, for the buyer has the money then",
    )


class DisputeNotAnswerable(Conflict):
    title = Text(
        "这笔拒付现在不能提交材料：已经提交过，或已经办完",
        "Evidence cannot be sent for this dispute: it was sent before, or the dispute has ended",
    )


class EvidenceMissing(Unprocessable):
    title = Text("请写明情况", "Please say what happened")


class EvidenceRefused(Unprocessable):
    title = Text("支付渠道没有接受这些材料", "The provider did not take this evidence")


class EvidenceUndelivered(Unavailable):
    title = Text(
        "暂时连不上支付渠道，材料没有送到，请稍后再提交",
        "The provider cannot be reached; the evidence was not delivered, please try again later",
    )


class ShippingDisputed(Conflict):
    title = Text(
        "买家已就这笔订单的付款向银行提出拒付，银行办完前请先不要发货",
        "The buyer disputes this order's payment at the bank; ship nothing before that has ended",
    )


class GoodsChargedBack(Conflict):
    title = Text(
        "拒付已成立，银行已把货款退给买家，请不要发货",
        "The dispute is lost and the buyer has the money back; do not ship these goods",
    )
