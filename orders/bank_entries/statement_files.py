"""The bank's statement as a table: every row read, or every row at fault named."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace import clock
from marketplace.forms import fen_of, signed_fen_of
from marketplace.language import Text
from marketplace.spreadsheets import numbered
from orders.bank_entries.errors import StatementFileWrong
from orders.bank_entries.models import OtherSide

SERIAL, MOMENT, CURRENCY, CAME_IN, WENT_OUT = (
    "银行流水号", "交易时间", "币种", "收入金额", "支出金额",
)  # fmt: skip
NAME, ACCOUNT, BANK, REMARK = "对方户名", "对方账号", "对方开户行", "附言"
# What stood on the account after the entry: used where the file has it.
BALANCE = "余额"
HEAD = (SERIAL, MOMENT, CURRENCY, CAME_IN, WENT_OUT, NAME, ACCOUNT, BANK, REMARK)
# The same columns as banks' own exports call them.
_ALIASES = {
    "流水号": SERIAL, "交易流水号": SERIAL, "交易日期": MOMENT, "入账时间": MOMENT,
    "贷方金额": CAME_IN, "收入": CAME_IN, "借方金额": WENT_OUT, "支出": WENT_OUT,
    "账户余额": BALANCE, "本次余额": BALANCE, "交易后余额": BALANCE,
    "对方名称": NAME, "对方账户": ACCOUNT, "对方行名": BANK, "摘要": REMARK, "用途": REMARK,
}  # fmt: skip
_YUAN = frozenset({"", "CNY", "RMB", "人民币", "人民币元"})
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
MAX_TEXT = 200
OLDEST = timedelta(days=730)


class _RowWrong(Exception):
    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the file tells it."""

    row: int
    serial: str
    occurred_at: datetime
    amount_fen: int
    is_incoming: bool
    other_side: OtherSide
    balance_fen: int | None = None


def read_lines(rows: Sequence[Sequence[str]]) -> list[Line]:
    """Read a statement; raises StatementFileWrong naming every row that cannot be read."""
    filled = numbered(rows)
    if not filled:
        raise StatementFileWrong(Text("文件是空的", "The file is empty"))
    head = _read_head(filled[0][1])
    lines: list[Line] = []
    wrong: list[tuple[int, Text]] = []
    seen: set[str] = set()
    for number, row in filled[1:]:
        try:
            line = _read_line(number, _cells(row, head))
            _refuse_unless(
                line.serial not in seen,
                Text("流水号在文件里出现了两次", "This serial stands here twice"),
            )
        except _RowWrong as row_wrong:
            wrong.append((number, row_wrong.why))
            continue
        seen.add(line.serial)
        lines.append(line)
    if wrong:
        raise wrong_rows(wrong)
    return lines


def wrong_rows(wrong: Sequence[tuple[int, Text]]) -> StatementFileWrong:
    """Return the refusal of a file, with each row at fault and why."""
    return StatementFileWrong(rows=[{"row": number, "reason": str(why)} for number, why in wrong])


def _read_head(row: Sequence[str]) -> dict[str, int]:
    head: dict[str, int] = {}
    for at, name in enumerate(row):
        plain = re.sub(r"[（(].*?[）)]|\s", "", name)
        head.setdefault(_ALIASES.get(plain, plain), at)
    missing = [name for name in HEAD if name not in head]
    if missing:
        raise StatementFileWrong(
            Text("缺少列：{names}", "Columns are missing: {names}").format(names="、".join(missing))
        )
    return head


def _cells(row: Sequence[str], head: Mapping[str, int]) -> Callable[[str], str]:
    def cell(name: str) -> str:
        return row[head[name]].strip() if name in head and head[name] < len(row) else ""

    return cell


def _read_line(number: int, cell: Callable[[str], str]) -> Line:
    """Read a row, or raise what is wrong with it."""
    _refuse_unless(
        _SERIAL.fullmatch(cell(SERIAL)) is not None,
        Text(
            "银行流水号应为 3 至 64 位字母、数字",
            "A serial number has 3 to 64 letters and digits",
        ),
    )
    _refuse_unless(
        cell(CURRENCY).upper() in _YUAN,
        Text(
            "币种不是人民币，请与银行联系退回，不要导入",
            "Not in yuan: have the bank send it back instead of importing it",
        ),
    )
    fen, is_incoming = _amount(cell(CAME_IN), cell(WENT_OUT))
    return Line(
        row=number,
        serial=cell(SERIAL),
        occurred_at=_moment(cell(MOMENT)),
        amount_fen=fen,
        is_incoming=is_incoming,
        other_side=_other_side(cell, is_incoming=is_incoming),
        balance_fen=_balance(cell(BALANCE)),
    )


def _refuse_unless(is_right: bool, why: Text) -> None:
    if not is_right:
        raise _RowWrong(why)


def _other_side(cell: Callable[[str], str], *, is_incoming: bool) -> OtherSide:
    name, account_no, bank_name, remark = (
        _CONTROL.sub("", cell(column)) for column in (NAME, ACCOUNT, BANK, REMARK)
    )
    _refuse_unless(
        max(map(len, (name, account_no, bank_name, remark))) <= MAX_TEXT,
        Text("对方信息或附言太长", "The other side's particulars or the remark are too long"),
    )
    _refuse_unless(
        not is_incoming or bool(name and account_no),
        Text("收入须有对方户名和账号", "A receipt names its payer and the account"),
    )
    return OtherSide(name=name, account_no=account_no, bank_name=bank_name, remark=remark)


def _amount(came_in: str, went_out: str) -> tuple[int, bool]:
    """Return the amount, and whether it came in."""
    incoming, outgoing = (
        0 if each in ("", "-", "--") else fen_of(each) for each in (came_in, went_out)
    )
    if incoming is None or outgoing is None:
        raise _RowWrong(Text("金额无法识别", "The amount cannot be read"))
    _refuse_unless(
        (incoming > 0) != (outgoing > 0),
        Text("收入和支出恰有一项大于零", "Exactly one of money in and money out is above zero"),
    )
    return (incoming, True) if incoming else (outgoing, False)


def _balance(value: str) -> int | None:
    if value in ("", "-", "--"):
        return None
    balance = signed_fen_of(value)
    if balance is None:
        raise _RowWrong(Text("余额无法识别", "The balance cannot be read"))
    return balance


def _moment(value: str) -> datetime:
    plain = value.replace("/", "-").replace("T", " ").split(".")[0]
    for pattern in _MOMENTS:
        try:
            moment = datetime.strptime(plain, pattern).replace(tzinfo=clock.SHANGHAI)
        except ValueError:
            continue
        now = clock.now()
        if now - OLDEST < moment < now + timedelta(days=1):
            return moment
    raise _RowWrong(
        Text("交易时间无法识别，或不在最近两年内", "The time cannot be read, or is too far off")
    )
