"""The bank's answer to a file of ours, brought to a page: read whole or not at all, and told."""

from collections.abc import Callable

from flask import request

from marketplace import layout
from marketplace.database import transaction
from marketplace.errors import Conflict, PayloadTooLarge, Unprocessable
from marketplace.language import Text
from marketplace.spreadsheets import MAX_BYTES, read_rows
from orders.payouts.errors import ResultFileMissing, ResultFileWrong
from orders.payouts.service import Taken

ROWS_TOLD = 5


def take_results(take: Callable[[list[list[str]]], Taken]) -> None:
    """Give the posted file's rows to ``take``; tell what came of it, or what is wrong in it."""
    try:
        taken = _take(take)
    except ResultFileWrong as problem:
        layout.tell(problem.detail or problem.title, "bad")
        for row in problem.extra.get("rows", [])[:ROWS_TOLD]:
            wrong = Text("第 {row} 行：{why}", "Row {row}: {why}")
            layout.tell(wrong.format(row=row["row"], why=row["reason"]), "bad")
    except (Conflict, Unprocessable, PayloadTooLarge) as problem:
        layout.tell(problem.title, "bad")
    else:
        layout.tell(
            Text(
                "已写入：成功 {paid} 笔，失败 {failed} 笔，此前已写入 {repeated} 笔",
                "Taken: {paid} paid, {failed} failed, {repeated} known before",
            ).format(paid=taken.paid, failed=taken.failed, repeated=taken.repeated),
            _tone(taken),
        )


def _tone(taken: Taken) -> str:
    """Return the colour of an answer: a failure is not good news, however well it was read."""
    if not taken.failed:
        return "good"
    return "waiting" if taken.paid else "bad"


def _take(take: Callable[[list[list[str]]], Taken]) -> Taken:
    given = request.files.get("file")
    if given is None or not given.filename:
        raise ResultFileMissing
    with given.stream as stream:
        rows = read_rows(stream.read(MAX_BYTES + 1))
    with transaction():
        return take(rows)
