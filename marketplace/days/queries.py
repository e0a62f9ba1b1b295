"""What is read of days: the booking day, and how far a ledger is folded."""

from datetime import date

from sqlalchemy import func, select, text

from marketplace import clock
from marketplace.database import db
from marketplace.days.models import FoldedDay


def book_day(ledger: str) -> date:
    """Return the Shanghai day to book rows of a ledger on, and keep it open until the commit.

    The database's own clock decides, so that two machines cannot disagree on what is over. A
    transaction that writes to several ledgers books them in one order everywhere: journal first.
    """
    day: date = db.session.execute(
        text("select book_day(:ledger, :pretended)"),
        {"ledger": ledger, "pretended": clock.travelled_to()},
    ).scalar_one()
    return day


def find_last_folded_day(ledger: str) -> date | None:
    """Return the last day that is folded, None while there is none."""
    return db.session.scalar(
        select(func.max(FoldedDay.folded_on)).where(FoldedDay.ledger == ledger)
    )


def find_newest_link(ledger: str) -> FoldedDay | None:
    """Return the newest link of a ledger's chain."""
    return db.session.scalar(
        select(FoldedDay)
        .where(FoldedDay.ledger == ledger)
        .order_by(FoldedDay.sequence.desc())
        .limit(1)
    )
