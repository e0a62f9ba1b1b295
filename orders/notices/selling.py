"""The words of notices to cooperatives: what to ship and answer, decisions on them, their money."""

from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.wording import Wording

G = NoticeGroup

SELLING: dict[str, Wording] = {
    "orders_paid": Wording(
        G.SELLING,
        Text("有新订单待发货", "New orders to ship"),
        Text(
            "新到 {count} 笔已付款订单，共 {amount} 元，请及时备货发货。",
            "{count} new orders, {amount} yuan in all, wait to be shipped.",
        ),
    ),
    "aftersales_opened": Wording(
        G.SELLING,
        Text("有售后申请待答复", "An after-sales case to answer"),
        Text(
            "售后 {number} 请在 {due} 前答复，到时没有答复按同意办理。",
            "Please answer case {number} by {due}; without an answer it is agreed to.",
        ),
    ),
    "cancellation_asked": Wording(
        G.SELLING,
        Text("买家申请取消订单", "A buyer asks to call an order off"),
        Text(
            "订单 {number} 请在 {due} 前答复，此前请不要发货；到时没有答复视为同意。",
            "Please answer on order {number} by {due} and do not ship it meanwhile; silence agrees.",
        ),
    ),
    "product_approved": Wording(
        G.SELLING,
        Text("商品已上架", "Your product is listed"),
        Text("“{name}”审核通过，已经上架。", "“{name}” was approved and is listed."),
    ),
    "product_returned": Wording(
        G.SELLING,
        Text("商品被退回", "Your product came back"),
        Text(
            "“{name}”审核未通过，意见见商品页，修改后可再提交。",
            "“{name}” was not approved; read why, change it and submit it again.",
        ),
    ),
    "certificate_active": Wording(
        G.SELLING,
        Text("认定已生效", "Your certificate is in force"),
        Text(
            "“{name}”的认定已生效，之后的销售可按口径计入。",
            "The certificate of “{name}” is in force; what is sold from now on can count.",
        ),
    ),
    "certificate_returned": Wording(
        G.SELLING,
        Text("认定申请被退回", "Your certificate came back"),
        Text(
            "“{name}”的认定申请被退回，意见见商品页，补正后可再申请。",
            "The certificate of “{name}” came back; read why on the product's page and apply again.",
        ),
    ),
    "certificate_suspended": Wording(
        G.SELLING,
        Text("认定已暂停", "Your certificate is suspended"),
        Text(
            "“{name}”的认定已暂停，恢复前的销售不计入任务，原因见商品页。",
            "The certificate of “{name}” is suspended; until it is back, sales do not count. The product's"
            " page says why.",
        ),
    ),
    "certificate_revoked": Wording(
        G.SELLING,
        Text("认定已撤销", "Your certificate was revoked"),
        Text(
            "“{name}”的认定已撤销，今后的销售不再计入任务，原因见商品页。",
            "The certificate of “{name}” was revoked; sales no longer count. The product's page says why.",
        ),
    ),
    "cooperative_active": Wording(
        G.SELLING,
        Text("合作社可以营业了", "Your cooperative is admitted"),
        Text(
            "“{name}”已可营业，请登记商品和收款账户。",
            "“{name}” may sell; enter its products and its account.",
        ),
    ),
    "cooperative_returned": Wording(
        G.SELLING,
        Text("入驻申请被退回", "Your application came back"),
        Text(
            "“{name}”的入驻申请被退回，意见见申请页，修改后可再提交。",
            "The application of “{name}” came back; read why, change it and submit it again.",
        ),
    ),
    "cooperative_suspended": Wording(
        G.SELLING,
        Text("合作社已被暂停营业", "Your cooperative is suspended"),
        Text(
            "“{name}”已被暂停营业，商品不再销售，已付款的订单请照常发货。",
            "“{name}” is suspended and its products are not sold; please ship what was paid for.",
        ),
    ),
    "dispute_opened": Wording(
        G.SETTLEMENT,
        Text("买家向银行提出拒付", "A buyer disputes a payment"),
        Text(
            "订单 {number} 有 {amount} 元被拒付，暂停结算 {held} 元，请保存发货凭证。",
            "{amount} yuan of order {number} are disputed at the buyer's bank; {held} yuan that were payable"
            " are held. Keep the proof of shipping; the platform answers the bank.",
        ),
    ),
    "dispute_won": Wording(
        G.SETTLEMENT,
        Text("拒付已胜诉", "The dispute was won"),
        Text(
            "订单 {number} 的 {amount} 元拒付已胜诉，暂停结算的款项恢复结算。",
            "The dispute over {amount} yuan of order {number} was won; what was held is payable again.",
        ),
    ),
    "dispute_lost": Wording(
        G.SETTLEMENT,
        Text("拒付败诉", "The dispute was lost"),
        Text(
            "订单 {number} 的 {amount} 元拒付败诉，款项已退给买家，按退款从结算中扣除。",
            "The dispute over {amount} yuan of order {number} was lost: the buyer has the money back, and it"
            " is deducted like a refund.",
        ),
    ),
    "statement_issued": Wording(
        G.SETTLEMENT,
        Text("结算单已出账", "Your statement is ready"),
        Text(
            "结算单 {number} 已出账，应付 {amount} 元，请核对确认。",
            "Statement {number} is ready: {amount} yuan are payable. Please check and confirm.",
        ),
    ),
    "statement_reissued": Wording(
        G.SETTLEMENT,
        Text("结算单已更正", "Your statement was put right"),
        Text(
            "结算单 {number} 已重新出账，应付 {amount} 元，请再次核对。",
            "Statement {number} was issued anew: {amount} yuan are payable. Please check it again.",
        ),
    ),
    "statement_paid": Wording(
        G.SETTLEMENT,
        Text("结算款已打款", "You were paid"),
        Text(
            "结算单 {number} 的 {amount} 元已打款，到账时间以银行为准。",
            "{amount} yuan of statement {number} were paid; your bank says when they arrive.",
        ),
    ),
    "statement_failed": Wording(
        G.SETTLEMENT,
        Text("结算款打款失败", "A payout failed"),
        Text(
            "结算单 {number} 的 {amount} 元打款失败，请核对收款账户。",
            "{amount} yuan of statement {number} could not be paid; please check the account.",
        ),
    ),
}
