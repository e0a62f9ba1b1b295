"""A unit's year as a spreadsheet: the splits, and every order behind them."""

from collections.abc import Iterator, Sequence

from marketplace.spreadsheets import Cell, XlsxFile, yuan_of
from orders.spending import queries
from orders.spending.service import Spending, SpendingPart
from orders.trades.states import ORDER_TITLES, OrderState

_PART_HEAD = ("订单数", "采购金额（元）", "退款（元）", "净支出（元）")
_ORDER_HEAD = ("采购日期", "采购单位", "订单编号", "合作社", "订单状态", "采购金额（元）", "退款（元）",
               "净支出（元）", "已开票（元）", "申请开票中（元）", "未开票（元）", "退款在途（元）")  # fmt: skip
_ORDER_WIDTHS = (12, 28, 20, 28, 14, 14, 14, 14, 14, 16, 14, 14)


def write_spending_xlsx(spending: Spending) -> bytes:
    """Write a unit's spending of a year; the orders are read one after the other."""
    file = XlsxFile()
    file.add_sheet("汇总", _summary(spending), (24, 40))
    for title, head, parts in (
        ("按月", "月份", spending.months),
        ("按合作社", "合作社", spending.cooperatives),
        ("按产地", "产地", spending.origins),
        ("按品类", "品类", spending.categories),
        ("按单位", "采购单位", spending.by_unit),
    ):
        file.add_sheet(title, _parts(head, parts), (40, 10, 16, 16, 16))
    file.add_sheet("订单明细", _orders(spending), _ORDER_WIDTHS)
    return file.close()


def _summary(spending: Spending) -> list[Sequence[Cell]]:
    share, standing, due = spending.reserved_share, spending.standing, spending.due
    return [
        ("项目", "内容"),
        ("采购单位", spending.unit.name),
        ("年度", spending.year),
        ("包含单位数", len(spending.units)),
        ("订单数", spending.whole.orders),
        ("采购金额（元）", yuan_of(spending.whole.bought_fen)),
        ("退款（元）", yuan_of(spending.whole.refunded_fen)),
        ("净支出（元）", yuan_of(spending.whole.net_fen)),
        ("预留份额（元）", "未填报" if share.target_fen is None else yuan_of(share.target_fen)),
        ("计入预留份额，已确认（元）", yuan_of(share.confirmed_fen)),
        ("计入预留份额，待确认（元）", yuan_of(share.pending_fen)),
        ("已开票（元）", yuan_of(standing.issued_fen)),
        ("申请开票中（元）", yuan_of(standing.requested_fen)),
        ("未开票（元）", yuan_of(standing.uninvoiced_fen)),
        ("退款在途（元）", yuan_of(standing.coming_back_fen)),
        ("今日应付未付（元）", yuan_of(due.owed_fen)),
        ("其中逾期（元）", yuan_of(due.overdue_fen)),
    ]


def _parts(head: str, parts: Sequence[SpendingPart]) -> Iterator[Sequence[Cell]]:
    yield (head, *_PART_HEAD)
    for part in parts:
        amounts = (part.bought_fen, part.refunded_fen, part.net_fen)
        yield (part.name, part.orders, *(yuan_of(fen) for fen in amounts))


def _orders(spending: Spending) -> Iterator[Sequence[Cell]]:
    yield _ORDER_HEAD
    names = {unit.id: unit.name for unit in spending.units}
    for row in queries.stream_orders(names, spending.year):
        amounts = (row.bought_fen, row.refunded_fen, row.bought_fen - row.refunded_fen,
                   row.issued_fen, row.requested_fen, row.uninvoiced_fen,
                   row.coming_back_fen)  # fmt: skip
        yield (
            row.bought_on.isoformat(),
            names[row.buying_unit_id],
            row.order_no,
            row.cooperative_name,
            ORDER_TITLES[OrderState(row.state)].zh,
            *(yuan_of(fen) for fen in amounts),
        )
