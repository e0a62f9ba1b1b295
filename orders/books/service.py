"""Asking for the books of a period, and writing them into files that stay as they are."""

import tempfile
import uuid
from datetime import date
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import text

from marketplace import audit, clock, storage
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.ids import new_id, new_number
from orders.books import queries
from orders.books.documents import digest_of, write_books
from orders.books.errors import JournalExportNotReady, PeriodBackwards, PeriodNotOver
from orders.books.models import ExportState, JournalExport
from orders.books.trial import get_trial_balance

NUMBER_PREFIX = "ZB"


def ask_for_export(actor: Actor, *, start_on: date, end_on: date) -> JournalExport:
    """Ask for the books of days that are over. Raises PeriodBackwards, PeriodNotOver."""
    if end_on < start_on:
        raise PeriodBackwards(fields={"end_on": PeriodBackwards.title})
    if end_on >= queries.get_today():
        raise PeriodNotOver(fields={"end_on": PeriodNotOver.title})
    export = JournalExport(
        id=new_id(),
        export_no=new_number(NUMBER_PREFIX),
        start_on=start_on,
        end_on=end_on,
        state=ExportState.RUNNING,
        requested_by=actor.account_id,
        requested_at=clock.now(),
    )
    db.session.add(export)
    db.session.flush()
    audit.record(
        "journal_export.requested", "journal_export", export.id, actor=actor,
        after={"start_on": start_on.isoformat(), "end_on": end_on.isoformat()},
    )  # fmt: skip
    return export


def file_key(export: JournalExport, suffix: str) -> str:
    """Return where a file of an export is stored."""
    return f"journal/{export.id}.{suffix}"


def write_export(export_id: uuid.UUID) -> None:
    """Write an export's files, whose days are folded; one that is written stays as it is."""
    db.session.execute(text("set local statement_timeout = 0"))
    export = queries.lock_export(export_id)
    if export.state is ExportState.DONE:
        return
    trial = get_trial_balance(export.start_on, export.end_on, by_owner=True, limit=None)
    with tempfile.TemporaryDirectory(dir=storage.workshop()) as folder:
        xlsx, csv = Path(folder) / "books.xlsx", Path(folder) / "books.csv"
        written = write_books(export.start_on, export.end_on, trial, xlsx, csv)
        export.xlsx_digest, export.csv_digest = digest_of(xlsx), digest_of(csv)
        storage.keep(file_key(export, "xlsx"), xlsx)
        storage.keep(file_key(export, "csv"), csv)
    export.vouchers, export.rows = written.vouchers, written.rows
    export.debit_fen, export.credit_fen = written.debit_fen, written.credit_fen
    export.state, export.finished_at = ExportState.DONE, clock.now()
    db.session.flush()


def open_file(export_id: uuid.UUID, suffix: str) -> tuple[BinaryIO, str]:
    """Open a file of an export, with the name it is taken home under. Raises JournalExportNotReady."""
    export = queries.get_export(export_id)
    if export.state is not ExportState.DONE:
        raise JournalExportNotReady
    name = f"{export.export_no}-{export.start_on:%Y%m%d}-{export.end_on:%Y%m%d}.{suffix}"
    return storage.open_(file_key(export, suffix)), name
