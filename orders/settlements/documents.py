"""A statement as a spreadsheet of three sheets and as a paper, for a cooperative's own accounts."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from marketplace import clock
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.papers import Side, begin_paper
from marketplace.spreadsheets import Cell, XlsxFile, yuan_of
from orders.settlements.models import LineKind, Statement
from orders.settlements.showing import ShownLine, stream_lines
from orders.settlements.states import STATEMENT_TITLES

if TYPE_CHECKING:
    from marketplace.typesetting import Paper

# A paper of more lines is read by nobody; the spreadsheet has them all.
MAX_PAPER_LINES = 300

_SOLD_HEAD = ("订单编号", "入账日期", "商品", "规格", "数量", "货款及运费（元）", "完成前退款（元）",
              "服务费率", "服务费（元）", "应付（元）")  # fmt: skip
_SOLD_WIDTHS = (20, 12, 28, 18, 8, 18, 18, 10, 14, 14)
_REFUND_HEAD = (
    "订单编号",
    "退款日期",
    "商品",
    "规格",
    "退款（元）",
    "退回服务费（元）",
    "应付（元）",
)
_REFUND_WIDTHS = (20, 12, 28, 18, 14, 18, 14)


def list_amounts(statement: Statement) -> list[tuple[Text, int]]:
    """Return the amounts of a statement with their names, as they add up."""
    return [
        (Text("订单入账", "Orders in"), statement.gross_fen),
        (Text("退款", "Refunds"), -statement.refunds_fen),
        (Text("平台服务费", "Platform fee"), -statement.fee_fen),
        (Text("退回服务费", "Fee refunded"), statement.fee_refunded_fen),
        (Text("上期结转", "Carried forward"), statement.carried_forward_fen),
        (Text("本期余额", "Balance"), statement.balance_fen),
        (Text("应付金额", "Payable"), statement.payable_fen),
    ]


def _particulars(statement: Statement) -> list[tuple[str, str]]:
    return [
        ("结算单号", statement.statement_no),
        ("合作社", statement.cooperative_name),
        ("结算期间", f"{statement.start_on}（含）至 {statement.end_on}（不含）"),
        ("状态", STATEMENT_TITLES[statement.state].zh),
        ("明细行数", str(statement.line_count)),
    ]


def _payment(statement: Statement) -> list[tuple[str, str]]:
    def moment(name: str) -> str:
        at = getattr(statement, name)
        return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else "—"

    return [
        ("开户银行", statement.bank_name or "未登记"),
        ("收款账号", statement.account_masked or "未登记"),
        ("出具时间", moment("issued_at")),
        ("付款时间", moment("paid_at")),
        ("银行流水号", statement.bank_serial or "—"),
        ("校验码", statement.hash.hex() if statement.hash else "未出具"),
    ]


def _sold(shown: ShownLine) -> Sequence[Cell]:
    line, sold = shown.line, shown.sold
    return (shown.order_no, line.booked_on.isoformat(), sold.product_name, sold.spec, sold.quantity,
            yuan_of(line.gross_fen), yuan_of(line.refunds_fen), f"{sold.fee_rate_bp / 100:g}%",
            yuan_of(line.fee_fen), yuan_of(line.payable_fen))  # fmt: skip


def _refunded(shown: ShownLine) -> Sequence[Cell]:
    line, sold = shown.line, shown.sold
    return (shown.order_no, line.booked_on.isoformat(), sold.product_name, sold.spec,
            yuan_of(line.refunds_fen), yuan_of(line.fee_refunded_fen),
            yuan_of(line.payable_fen))  # fmt: skip


def write_statement_xlsx(statement: Statement) -> bytes:
    """Write a statement as a spreadsheet: the statement, the orders in, the refunds."""
    file = XlsxFile()
    summary: list[Sequence[Cell]] = [("项目", "内容"), *_particulars(statement)]
    summary += [(f"{label.zh}（元）", yuan_of(fen)) for label, fen in list_amounts(statement)]
    summary += _payment(statement)
    file.add_sheet("结算单", summary, (18, 70))
    file.add_sheet("订单入账", _sheet(statement, LineKind.SALE), _SOLD_WIDTHS)
    file.add_sheet("退款", _sheet(statement, LineKind.REFUND), _REFUND_WIDTHS)
    return file.close()


def _sheet(statement: Statement, kind: LineKind) -> Iterator[Sequence[Cell]]:
    yield _SOLD_HEAD if kind is LineKind.SALE else _REFUND_HEAD
    write = _sold if kind is LineKind.SALE else _refunded
    for shown in stream_lines(statement, kind):
        yield write(shown)


def write_statement_pdf(statement: Statement) -> bytes:
    """Write a statement as a paper: particulars, amounts, payee, and the first of its lines."""
    paper = begin_paper(
        "结算单",
        made_at=statement.issued_at or clock.now(),
        footer=f"{statement.statement_no} · {statement.cooperative_name}",
    )
    paper.add_particulars(_particulars(statement))
    paper.add_heading("金额（元）")
    paper.add_particulars((label.zh, yuan(fen)) for label, fen in list_amounts(statement))
    paper.add_heading("收款与付款")
    paper.add_particulars(_payment(statement))
    _add_lines(paper, statement, LineKind.SALE, "订单入账")
    _add_lines(paper, statement, LineKind.REFUND, "退款")
    if statement.line_count > MAX_PAPER_LINES:
        paper.add_note(f"每类只列出前 {MAX_PAPER_LINES} 行，全部明细见电子表格。")
    paper.add_note(
        "结算期间含起始日、不含截止日。校验码由结算单各项和全部明细算出，内容改动后即不相符。"
    )
    return paper.close_up()


_LINE_HEAD = ("订单编号", "日期", "商品", "货款（元）", "退款（元）", "服务费（元）", "应付（元）")
_LINE_WIDTHS = (34, 22, 44, 22, 20, 20, 22)
_LINE_SIDES: Sequence[Side] = ("LEFT", "LEFT", "LEFT", "RIGHT", "RIGHT", "RIGHT", "RIGHT")


def _add_lines(paper: "Paper", statement: Statement, kind: LineKind, heading: str) -> None:
    rows = [
        (shown.order_no, shown.line.booked_on.isoformat(),
         f"{shown.sold.product_name} {shown.sold.spec}", yuan(shown.line.gross_fen),
         yuan(shown.line.refunds_fen), yuan(shown.line.fee_fen - shown.line.fee_refunded_fen),
         yuan(shown.line.payable_fen))
        for shown in stream_lines(statement, kind, limit=MAX_PAPER_LINES)
    ]  # fmt: skip
    if rows:
        paper.add_heading(heading)
        paper.add_table([_LINE_HEAD, *rows], _LINE_WIDTHS, _LINE_SIDES)
