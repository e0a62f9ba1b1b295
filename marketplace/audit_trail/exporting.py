"""The trail in files: bounded, and itself in the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from marketplace import audit, clock
from marketplace.audit import AuditEntry
from marketplace.audit_trail import queries, showing
from marketplace.audit_trail.queries import EntryFilter
from marketplace.database import transaction
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.spreadsheets import Cell, XlsxFile, write_csv

# A file that a spreadsheet opens well; who needs more narrows the period and takes several.
MOST_ROWS = 20_000
AT_ONCE = 500
_WIDTHS = (20, 18, 26, 14, 26, 60, 18, 36, 28, 38)
_HEAD = (
    Text("时间", "When"), Text("经办人", "Who"), Text("操作", "What"), Text("对象", "Object"),
    Text("编号", "Number"), Text("内容", "Facts"), Text("来源地址", "From"),
    Text("请求编号", "Request"), Text("操作代码", "Action"), Text("对象标识", "Object's id"),
)  # fmt: skip
_ARROW = " → "

Rows = Iterable[Sequence[Cell]]


def export(actor: Actor, wanted: EntryFilter, suffix: str, write: Callable[[Rows], bytes]) -> bytes:
    """Write the newest of what was asked for into a file, and that it was taken into the trail."""
    counted = 0

    def rows() -> Iterator[Sequence[Cell]]:
        nonlocal counted
        yield [str(title) for title in _HEAD]
        for row in _rows(wanted):
            counted += 1
            yield row

    body = write(rows())
    said = {
        "format": suffix,
        "count": counted,
        "account_id": str(wanted.account_id) if wanted.account_id else None,
        "kind": wanted.action or wanted.subject_kind,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
    }
    after = {name: value for name, value in said.items() if value is not None}
    with transaction():
        audit.record("audit_trail.exported", "audit_trail", suffix, actor=actor, after=after)
    return body


def write_csv_file(rows: Rows) -> bytes:
    """Write rows as CSV."""
    return write_csv(rows)


def write_xlsx_file(rows: Rows) -> bytes:
    """Write rows as a spreadsheet."""
    file = XlsxFile()
    file.add_sheet(str(Text("审计记录", "Audit trail")), rows, _WIDTHS)
    return file.close()


def _rows(wanted: EntryFilter) -> Iterator[Sequence[Cell]]:
    entries = queries.stream_entries(wanted, MOST_ROWS)
    while part := list(islice(entries, AT_ONCE)):
        for shown in showing.show_entries(part):
            yield _row(shown)


def _row(shown: showing.ShownEntry) -> Sequence[Cell]:
    entry: AuditEntry = shown.entry
    facts = [
        f"{each.title} {_ARROW.join(v for v in (each.before, each.after) if v is not None)}"
        for each in shown.changes
    ]
    return [
        entry.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        shown.who, shown.what, shown.subject.title, shown.subject.number, "\n".join(facts),
        entry.address, entry.request_id, entry.action, entry.subject_id,
    ]  # fmt: skip
