"""The file that goes to the bank and the one that comes back: one row a payout."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Protocol

from marketplace.language import Text
from marketplace.spreadsheets import Cell, XlsxFile, numbered, write_csv, yuan_of
from orders.payout_accounts.models import PayoutAccount
from orders.payouts.errors import ResultFileWrong
from orders.payouts.models import Payout, PayoutBatch, PayoutState

NUMBER, AMOUNT = "付款编号", "金额（元）"
RESULT, SERIAL, FAILURE = "结果", "银行流水号", "失败原因"
DOCUMENT = "结算单号"
SENT_HEAD = ("序号", NUMBER, DOCUMENT, "收款户名", "收款账号", "开户行", AMOUNT, "附言")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One row of a file for the bank: pay so much to this account."""

    number: str
    document_no: str
    holder: str
    account_no: str
    bank_name: str
    amount_fen: int
    remark: str


def list_instructions(
    batch: PayoutBatch, payouts: Sequence[Payout], accounts: Mapping[uuid.UUID, PayoutAccount]
) -> list[Instruction]:
    """Return what a batch of payouts asks of the bank."""
    return [
        Instruction(
            number=payout.payout_no,
            document_no=payout.statement_no,
            holder=accounts[payout.payout_account_id].holder,
            account_no=accounts[payout.payout_account_id].account_no,
            bank_name=accounts[payout.payout_account_id].bank_name,
            amount_fen=payout.amount_fen,
            remark=f"货款结算 {batch.batch_no}",
        )
        for payout in payouts
    ]


def _rows(instructions: Sequence[Instruction], document: str) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = [
        tuple(document if name == DOCUMENT else name for name in SENT_HEAD)
    ]
    rows += [
        (at, each.number, each.document_no, each.holder, each.account_no, each.bank_name,
         yuan_of(each.amount_fen), each.remark)
        for at, each in enumerate(instructions, start=1)
    ]  # fmt: skip
    return rows


def write_bank_csv(instructions: Sequence[Instruction], document: str = DOCUMENT) -> bytes:
    """Write instructions for the bank as CSV; ``document`` heads the column of their papers."""
    return write_csv(_rows(instructions, document))


def write_bank_xlsx(instructions: Sequence[Instruction], document: str = DOCUMENT) -> bytes:
    """Write instructions for the bank as XLSX."""
    file = XlsxFile()
    file.add_sheet("批量付款", _rows(instructions, document), _WIDTHS)
    return file.close()


def wrong_rows(wrong: Sequence[tuple[int, Text]]) -> ResultFileWrong:
    """Return the refusal of a file, with each row at fault and why."""
    return ResultFileWrong(rows=[{"row": number, "reason": str(why)} for number, why in wrong])


class Sent(Protocol):
    """What the bank was asked to pay, and what it has answered so far."""

    @property
    def amount_fen(self) -> int:
        """How much."""

    @property
    def state(self) -> PayoutState:
        """Whether the bank has answered, and what."""

    @property
    def bank_serial(self) -> str | None:
        """The bank's number of the payment, once it paid."""


def read_answers(
    rows: Sequence[Sequence[str]],
    sent: Mapping[str, Sent],
    list_known: Callable[[Collection[str]], Mapping[str, str]],
) -> list[Answer]:
    """Read the bank's answers to what was sent; ``list_known`` tells whose serials are taken.

    Raises ResultFileWrong naming every row that cannot be read or does not fit, all at once.
    """
    answers: list[Answer] = []
    wrong: list[tuple[int, Text]] = []
    filled = numbered(rows)
    head = _read_head(filled)
    for number, row in filled[1:]:
        answer = _read_answer(number, _cells(row, head))
        if isinstance(answer, Text):
            wrong.append((number, answer))
        else:
            answers.append(answer)
    known = list_known([answer.bank_serial for answer in answers if answer.bank_serial])
    seen: set[str] = set()
    for answer in answers:
        why = _why_wrong(answer, sent, known, seen)
        if why is not None:
            wrong.append((answer.row, why))
        seen |= {answer.payout_no, f"serial {answer.bank_serial or answer.payout_no}"}
    if wrong:
        raise wrong_rows(sorted(wrong, key=lambda one: one[0]))
    return answers


def _read_head(filled: Sequence[tuple[int, Sequence[str]]]) -> dict[str, int]:
    if not filled:
        raise ResultFileWrong(Text("文件是空的", "The file is empty"))
    names = enumerate(filled[0][1])
    head = {name.replace("(", "（").replace(")", "）"): at for at, name in names}
    missing = [name for name in (NUMBER, RESULT, SERIAL, AMOUNT, FAILURE) if name not in head]
    if missing:
        raise ResultFileWrong(
            Text("缺少列：{names}", "Columns are missing: {names}").format(names="、".join(missing))
        )
    return head


def _why_wrong(
    answer: Answer, sent: Mapping[str, Sent], known: Mapping[str, str], seen: set[str]
) -> Text | None:
    payout = sent.get(answer.payout_no)
    if payout is None:
        return Text("付款编号不在这个批次里", "No payout of this batch has this number")
    if answer.payout_no in seen:
        return Text("同一付款编号出现了两次", "This payout stands here twice")
    if answer.amount_fen != payout.amount_fen:
        return Text("金额与付款金额不符", "The amount is not that of the payout")
    if answer.bank_serial is not None and (
        f"serial {answer.bank_serial}" in seen
        or known.get(answer.bank_serial, answer.payout_no) != answer.payout_no
    ):
        return Text("银行流水号已用于另一笔付款", "The serial number is another payout's")
    if payout.state is not PayoutState.SENT and payout.bank_serial != answer.bank_serial:
        return Text("该笔付款此前已有不同的结果", "This payout has another result already")
    return None


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
