"""The ways in which invoices refuse."""

from marketplace.errors import Conflict, NotFound, PayloadTooLarge, Unprocessable
from marketplace.language import Text
from marketplace.money import yuan


class InvoiceNotFound(NotFound):
    title = Text("没有找到这张发票", "No such invoice")


class InvoiceFileMissing(NotFound):
    title = Text("这张发票还没有文件", "This invoice has no file yet")


class OrdersNotTogether(Unprocessable):
    """Orders of two sellers, or not of one unit: no single invoice can be true to them."""

    title = Text(
        "一张发票只能开同一合作社的订单；合并开票须是同一采购单位的订单",
        "One invoice is of one cooperative's orders; several orders must be of one buying unit",
    )


class OrderNotInvoiceable(Conflict):
    title = Text("订单付款后才能申请发票", "An invoice is asked for once the order is paid")


class NothingToInvoice(Conflict):
    """Everything that was paid and kept is on an invoice already, or went back."""

    title = Text("没有可以申请开票的金额", "There is nothing left to invoice")


class TooManyInvoiceLines(Unprocessable):
    title = Text("一张发票的明细太多，请分次申请", "Too many lines for one invoice")


class TitleUnfitForSpecial(Unprocessable):
    """A special invoice is made out to a body with its address, telephone, bank and account."""

    title = Text(
        "开具专用发票，抬头须有纳税人识别号、地址、电话、开户银行和账号",
        "A special invoice needs a title with number, address, telephone, bank and account",
    )

    def __init__(self) -> None:
        super().__init__(fields={"title_id": self.title})


class InvoiceStateForbids(Conflict):
    title = Text("发票当前状态不能进行此操作", "The invoice's state does not allow this")


_BLUE_DUE = Text(
    "现在应开 {amount} 元。期间可能有退款，请按现在的金额重新开具。",
    "It is {amount} yuan now; a refund may have come in between.",
)
_RED_DUE = Text(
    "应红冲 {amount} 元，红字发票上印为 -{amount}，两种写法都可以。请核对文件上的价税合计。",
    "{amount} yuan is to be taken back, printed as -{amount}; write it either way. Check the file.",
)


class InvoiceAmountChanged(Conflict):
    """The issued file states another amount than is to be invoiced: a refund came in between."""

    title = Text("开票金额与应开金额不一致", "The amount is not the one to be invoiced")

    def __init__(self, amount_fen: int, *, is_red: bool) -> None:
        due = _RED_DUE if is_red else _BLUE_DUE
        said = due.format(amount=yuan(amount_fen))
        super().__init__(said, fields={"amount_fen": said}, amount_fen=amount_fen)


class InvoiceNumberTaken(Conflict):
    title = Text("这个发票号码已经登记过", "This invoice number is on file already")

    def __init__(self) -> None:
        super().__init__(fields={"number": self.title})


class InvoiceDayWrong(Unprocessable):
    title = Text(
        "开票日期不能早于订单付款，也不能晚于今天",
        "The day of issue is neither before the payment nor after today",
    )

    def __init__(self) -> None:
        super().__init__(fields={"issued_on": self.title})


class TaxesIncomplete(Unprocessable):
    """Every line needs its treatment, and no other line has one."""

    title = Text("请为每一行填写征免税和税率", "Give the tax treatment of every line")

    def __init__(self) -> None:
        super().__init__(fields={"taxes": self.title})


class InvoiceFileUnreadable(Unprocessable):
    title = Text(
        "请上传完整的 PDF、OFD 或 XML 发票文件", "Upload an intact PDF, OFD or XML invoice file"
    )

    def __init__(self) -> None:
        super().__init__(fields={"file": self.title})


class InvoiceFileTooLarge(PayloadTooLarge):
    title = Text("发票文件不能超过 5 MB", "An invoice file has 5 MB at most")


class InvoiceFileRepeated(Conflict):
    title = Text("这个文件已用于另一张发票", "This file is another invoice's already")

    def __init__(self) -> None:
        super().__init__(fields={"file": self.title})


class NothingToReverse(Conflict):
    title = Text("这张发票已全部红冲或待红冲", "All of this invoice is reversed or about to be")
