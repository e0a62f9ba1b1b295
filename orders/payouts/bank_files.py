"""The file that goes to the bank and the one that comes back: one row a payout."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from marketplace.language import Text
from marketplace.spreadsheets import Cell, XlsxFile, write_csv, yuan_of
from orders.payout_accounts.models import PayoutAccount
from orders.payouts.errors import ResultFileWrong
from orders.payouts.models import Payout, PayoutBatch

NUMBER, AMOUNT = "付款编号", "金额（元）"
RESULT, SERIAL, FAILURE = "结果", "银行流水号", "失败原因"
SENT_HEAD = ("序号", NUMBER, "结算单号", "收款户名", "收款账号", "开户行", AMOUNT, "附言")
_WIDTHS = (6, 20, 20, 36, 28, 28, 16, 28)
_PAID = frozenset({"成功", "paid", "success"})
_FAILED = frozenset({"失败", "failed", "failure"})
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of one payout: its serial number if it paid, else why not."""

    row: int
    payout_no: str
    amount_fen: int
    bank_serial: str | None
    failure: str | None


def _rows(
    batch: PayoutBatch, payouts: Sequence[Payout], accounts: Mapping[uuid.UUID, PayoutAccount]
) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [SENT_HEAD]
    for number, payout in enumerate(payouts, start=1):
        account = accounts[payout.payout_account_id]
        rows.append(
            (number, payout.payout_no, payout.statement_no, account.holder, account.account_no,
             account.bank_name, yuan_of(payout.amount_fen), f"货款结算 {batch.batch_no}")
        )  # fmt: skip
    return rows


def write_bank_csv(
    batch: PayoutBatch, payouts: Sequence[Payout], accounts: Mapping[uuid.UUID, PayoutAccount]
) -> bytes:
    """Write a batch for the bank as CSV."""
    return write_csv(_rows(batch, payouts, accounts))


def write_bank_xlsx(
    batch: PayoutBatch, payouts: Sequence[Payout], accounts: Mapping[uuid.UUID, PayoutAccount]
) -> bytes:
    """Write a batch for the bank as XLSX."""
    file = XlsxFile()
    file.add_sheet("批量付款", _rows(batch, payouts, accounts), _WIDTHS)
    return file.close()


def read_answers(rows: Sequence[Sequence[str]]) -> list[Answer]:
    """Read the bank's answers; raises ResultFileWrong naming every row that cannot be read."""
    if not rows:
        raise ResultFileWrong(Text("文件是空的", "The file is empty"))
    head = {name.replace("(", "（").replace(")", "）"): at for at, name in enumerate(rows[0])}
    missing = [name for name in (NUMBER, RESULT, SERIAL, AMOUNT, FAILURE) if name not in head]
    if missing:
        raise ResultFileWrong(
            Text("缺少列：{names}", "Columns are missing: {names}").format(names="、".join(missing))
        )
    answers, wrong = [], []
    for number, row in enumerate(rows[1:], start=2):
        cell = _cells(row, head)
        answer = _read_answer(number, cell)
        if isinstance(answer, Text):
            wrong.append((number, answer))
        else:
            answers.append(answer)
    if wrong:
        raise wrong_rows(wrong)
    return answers


def wrong_rows(wrong: Sequence[tuple[int, Text]]) -> ResultFileWrong:
    """Return the refusal of a file, with each row at fault and why."""
    return ResultFileWrong(rows=[{"row": number, "reason": str(why)} for number, why in wrong])


def _cells(row: Sequence[str], head: Mapping[str, int]) -> Callable[[str], str]:
    def cell(name: str) -> str:
        return row[head[name]].strip() if head[name] < len(row) else ""

    return cell


def _read_answer(number: int, cell: Callable[[str], str]) -> Answer | Text:
    amount_fen = _fen(cell(AMOUNT))
    result = cell(RESULT).lower()
    serial, failure = cell(SERIAL), cell(FAILURE)
    if amount_fen is None:
        return Text("金额无法识别", "The amount cannot be read")
    if len(serial) > MAX_TEXT or len(failure) > MAX_TEXT:
        return Text("流水号或失败原因太长", "The serial number or the reason is too long")
    if result in _PAID:
        if not serial:
            return Text("成功的付款须有银行流水号", "A payout that succeeded has a serial number")
        return Answer(number, cell(NUMBER), amount_fen, serial, None)
    if result in _FAILED:
        return Answer(number, cell(NUMBER), amount_fen, None, failure or "银行未说明原因")
    return Text("结果应为“成功”或“失败”", "The result is neither success nor failure")


def _fen(amount: str) -> int | None:
    try:
        fen = Decimal(amount.replace(",", "")).scaleb(2)
    except InvalidOperation:
        return None
    if not fen.is_finite() or fen != fen.to_integral_value() or abs(fen) > 10**15:
        return None
    return int(fen)
