"""The ways in which paying by bank transfer can fail."""

from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from marketplace.language import Text


class TransferNotOffered(Unprocessable):
    title = Text(
        "对公转账只对采购单位的订单开放，请选择其他付款方式",
        "Bank transfer is for buying units' orders; please choose another means",
    )


class TooManyTransfersWaiting(Conflict):
    title = Text(
        "等待转账的交易太多，请先付清或取消几笔再选择对公转账",
        "Too many trades wait for a transfer; pay or cancel some of them first",
    )


class TransferNotChosen(Conflict):
    title = Text("这笔交易没有选择对公转账", "This trade is not to be paid by bank transfer")


class TransferPartReceived(Conflict):
    title = Text(
        "已收到部分转账，不能更换付款方式：请补足余款，或取消订单后由我们退回",
        "Part of the transfer has arrived, so the means cannot be changed: send the rest, or cancel"
        " the order and have it back",
    )


class ProofTooLarge(PayloadTooLarge):
    title = Text("转账凭证不能超过 8 MB", "A proof may have 8 MB at most")


class ProofUnreadable(Unprocessable):
    """Neither a whole picture nor a PDF, whatever its name says."""

    title = Text(
        "请上传完好的 JPEG、PNG、WebP 图片或 PDF 文件",
        "Upload an intact JPEG, PNG or WebP picture, or a PDF",
    )


class TooManyProofs(Conflict):
    title = Text("每笔交易最多上传 5 份转账凭证", "A trade has five proofs at most")


class ProofNotFound(NotFound):
    title = Text("没有找到这份转账凭证", "There is no such proof")
