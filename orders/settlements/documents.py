"""A statement as a spreadsheet of three sheets and as a paper, for a cooperative's own accounts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from marketplace import clock
from marketplace.language import Text
from marketplace.money import yuan
from marketplace.papers import Side, begin_paper
from marketplace.spreadsheets import Cell, XlsxFile, yuan_of
from orders.settlements.models import LINE_TITLES, LineKind, SettlementLine, Statement
from orders.settlements.showing import ShownLine, stream_lines
from orders.settlements.states import STATEMENT_TITLES

if TYPE_CHECKING:
    from marketplace.typesetting import Paper

# A paper of more lines is read by nobody; the spreadsheet has them all.
MAX_PAPER_LINES = 300

_SOLD_HEAD = ("订单编号", "入账日期", "商品", "规格", "数量", "货款及运费（元）",
              "其中平台补贴优惠（元）", "合作社承担优惠（元，已扣）", "完成前退款（元）",
              "其中退回平台补贴（元）", "服务费率", "服务费（元）", "应付（元）")  # fmt: skip
_SOLD_WIDTHS = (20, 12, 28, 18, 8, 18, 22, 26, 18, 22, 10, 14, 14)
_REFUND_HEAD = ("类别", "订单编号", "日期", "商品", "规格", "退款（元）", "其中退回平台补贴（元）",
                "服务费更正（元）", "退回服务费（元）", "更正（元）", "应付（元）",
                "说明")  # fmt: skip
_REFUND_WIDTHS = (8, 20, 12, 28, 18, 14, 22, 16, 18, 14, 14, 50)


def list_amounts(statement: Statement) -> list[tuple[Text, int]]:
    """Return the amounts of a statement with their names, as they add up."""
    return [
        (Text("订单入账", "Orders in"), statement.gross_fen),
        (Text("退款", "Refunds"), -statement.refunds_fen),
        (Text("平台服务费", "Platform fee"), -statement.fee_fen),
        (Text("退回服务费", "Fee refunded"), statement.fee_refunded_fen),
        *(
            [(Text("更正和拒付暂扣", "Corrections and disputes"), statement.correction_fen)]
            if statement.correction_fen
            else []
        ),
        (Text("上期结转", "Carried forward"), statement.carried_forward_fen),
        (Text("本期余额", "Balance"), statement.balance_fen),
        (Text("应付金额", "Payable"), statement.payable_fen),
    ]


def list_discounts(statement: Statement) -> list[tuple[Text, int]]:
    """Return who bore the discounts; these amounts are contained in those above."""
    return [
        (Text("平台承担优惠（已含）", "Borne by the platform (in the orders)"),
         statement.coupon_fen),
        (Text("随退货退回平台（已含）", "Returned with goods (in the refunds)"),
         -statement.coupon_back_fen),
        (Text("合作社承担优惠（已扣）", "Borne by the cooperative (taken off before)"),
         statement.own_discount_fen),
    ]  # fmt: skip


def _particulars(statement: Statement) -> list[tuple[str, str]]:
    return [
        ("结算单号", statement.statement_no),
        ("合作社", statement.cooperative_name),
        ("结算期间", _window(statement)),
        ("状态", STATEMENT_TITLES[statement.state].zh),
        ("明细行数", str(statement.line_count)),
    ]


def _window(statement: Statement) -> str:
    return f"{statement.start_on} 至 {statement.end_on - timedelta(days=1)}（含当日）"


def _payment(statement: Statement) -> list[tuple[str, str]]:
    def moment(name: str) -> str:
        at = getattr(statement, name)
        return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else "—"

    return [
        ("开户银行", statement.bank_name or "未登记"),
        ("收款账号", statement.account_masked or "未登记"),
        ("出具时间", moment("issued_at")),
        ("核对期限", _confirm_until(statement)),
        ("付款时间", moment("paid_at")),
        ("银行流水号", statement.bank_serial or "—"),
        ("校验码", statement.hash.hex() if statement.hash else "未出具"),
    ]


def _confirm_until(statement: Statement) -> str:
    if statement.confirm_due_at is None:
        return "—"
    last = clock.shanghai_date(statement.confirm_due_at) - timedelta(days=1)
    return f"{last}（含），逾期未提异议即视为核对无误"


def _sold(shown: ShownLine) -> Sequence[Cell]:
    line, sold = shown.line, shown.sold
    return (shown.order_no, line.booked_on.isoformat(), sold.product_name, sold.spec, sold.quantity,
            yuan_of(line.gross_fen), yuan_of(line.coupon_fen), yuan_of(line.own_discount_fen),
            yuan_of(line.refunds_fen), yuan_of(line.coupon_back_fen),
            f"{sold.fee_rate_bp / 100:g}%", yuan_of(line.fee_fen),
            yuan_of(line.payable_fen))  # fmt: skip


def _refunded(shown: ShownLine) -> Sequence[Cell]:
    line, sold = shown.line, shown.sold
    return (LINE_TITLES[line.kind].zh, shown.order_no, line.booked_on.isoformat(),
            sold.product_name, sold.spec, yuan_of(line.refunds_fen), yuan_of(line.coupon_back_fen),
            yuan_of(line.fee_fen), yuan_of(line.fee_refunded_fen), yuan_of(line.correction_fen),
            yuan_of(line.payable_fen), _ground(shown))  # fmt: skip


def _ground(shown: ShownLine) -> str:
    if shown.line.kind is LineKind.DISPUTE:
        return _of_dispute(shown.line)
    if shown.ground is None:
        return ""
    statement_no, correction = shown.ground
    return f"更正结算单 {statement_no}：{correction.reason}"


def _of_dispute(line: SettlementLine) -> str:
    if line.correction_fen < 0:
        return "买家向银行拒付，办完前暂扣"
    return "拒付未成立，解除暂扣" if line.correction_fen > 0 else "拒付成立，货款已退给买家"


def write_statement_xlsx(statement: Statement) -> bytes:
    """Write a statement as a spreadsheet: the statement, the orders in, refunds and corrections."""
    file = XlsxFile()
    summary: list[Sequence[Cell]] = [("项目", "内容"), *_particulars(statement)]
    summary += [(f"{label.zh}（元）", yuan_of(fen)) for label, fen in list_amounts(statement)]
    summary += [(f"{label.zh}（元）", yuan_of(fen)) for label, fen in list_discounts(statement)]
    summary += _payment(statement)
    file.add_sheet("结算单", summary, (40, 70))
    file.add_sheet("订单入账", _list_sold(statement), _SOLD_WIDTHS)
    file.add_sheet("退款与更正", _list_taken_back(statement), _REFUND_WIDTHS)
    return file.close()


def _list_sold(statement: Statement) -> Iterator[Sequence[Cell]]:
    yield _SOLD_HEAD
    yield from _with_total(map(_sold, stream_lines(statement, LineKind.SALE)))


def _list_taken_back(statement: Statement) -> Iterator[Sequence[Cell]]:
    yield _REFUND_HEAD
    lines = (shown for kind in _TAKEN_BACK for shown in stream_lines(statement, kind))
    yield from _with_total(map(_refunded, lines))


def _with_total(rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """Go through rows, and add up their amounts in a last one."""
    totals: list[Decimal | None] = []
    for row in rows:
        amounts = [cell if isinstance(cell, Decimal) else None for cell in row]
        totals = amounts if not totals else [
            None if here is None else here + (before or 0)
            for here, before in zip(amounts, totals, strict=True)
        ]  # fmt: skip
        yield row
    if totals:
        yield ["合计", *totals[1:]]


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
    discounts = [(label.zh, yuan(fen)) for label, fen in list_discounts(statement)]
    if any(fen for _, fen in list_discounts(statement)):
        paper.add_heading("优惠由谁承担（元）")
        paper.add_particulars(discounts)
    paper.add_heading("收款与付款")
    paper.add_particulars(_payment(statement))
    _add_sold(paper, statement)
    _add_taken_back(paper, statement)
    for shown in stream_lines(statement, LineKind.CORRECTION, limit=MAX_PAPER_LINES):
        paper.add_note(f"{shown.order_no} {shown.sold.product_name}：{_ground(shown)}")
    if statement.line_count > MAX_PAPER_LINES:
        paper.add_note(f"每类只列出前 {MAX_PAPER_LINES} 行，全部明细见电子表格。")
    paper.add_note(
        "结算期间的首尾两日都含在内。校验码由结算单各项和全部明细算出，内容改动后即不相符。"
    )
    return paper.close_up()


_TAKEN_BACK = (LineKind.REFUND, LineKind.CORRECTION, LineKind.DISPUTE)
LEFT: tuple[Side] = ("LEFT",)
RIGHT: tuple[Side] = ("RIGHT",)
_PAPER_SOLD_HEAD = ("订单编号", "日期", "商品", "货款", "平台补贴", "自担优惠", "退款", "服务费",
                    "应付")  # fmt: skip
_PAPER_SOLD_WIDTHS = (34, 21, 38, 19, 18, 18, 18, 17, 19)
_PAPER_BACK_HEAD = (
    "类别",
    "订单编号",
    "日期",
    "商品",
    "退款",
    "退回补贴",
    "服务费",
    "更正",
    "应付",
)
_PAPER_BACK_WIDTHS = (13, 34, 21, 38, 19, 18, 18, 18, 19)


def _add_sold(paper: "Paper", statement: Statement) -> None:
    rows = [
        (shown.order_no, shown.line.booked_on.isoformat(), _goods(shown),
         yuan(shown.line.gross_fen), yuan(shown.line.coupon_fen), yuan(shown.line.own_discount_fen),
         yuan(shown.line.refunds_fen), yuan(shown.line.fee_fen), yuan(shown.line.payable_fen))
        for shown in stream_lines(statement, LineKind.SALE, limit=MAX_PAPER_LINES)
    ]  # fmt: skip
    if rows:
        paper.add_heading("订单入账（元）")
        sides: list[Side] = [*LEFT * 3, *RIGHT * 6]
        paper.add_table([_PAPER_SOLD_HEAD, *rows], _PAPER_SOLD_WIDTHS, sides)


def _add_taken_back(paper: "Paper", statement: Statement) -> None:
    rows = [
        (LINE_TITLES[kind].zh, shown.order_no, shown.line.booked_on.isoformat(), _goods(shown),
         yuan(shown.line.refunds_fen), yuan(shown.line.coupon_back_fen),
         yuan(shown.line.fee_fen - shown.line.fee_refunded_fen), yuan(shown.line.correction_fen),
         yuan(shown.line.payable_fen))
        for kind in _TAKEN_BACK
        for shown in stream_lines(statement, kind, limit=MAX_PAPER_LINES)
    ]  # fmt: skip
    if rows:
        paper.add_heading("退款与更正（元）")
        sides: list[Side] = [*LEFT * 4, *RIGHT * 5]
        paper.add_table([_PAPER_BACK_HEAD, *rows], _PAPER_BACK_WIDTHS, sides)


def _goods(shown: ShownLine) -> str:
    return f"{shown.sold.product_name} {shown.sold.spec}"
