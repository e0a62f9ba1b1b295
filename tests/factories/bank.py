"""Units that buy, trades that wait for a transfer, and the bank's statements about them."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace import clock
from marketplace.clock import SHANGHAI
from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.identity.models import Account
from marketplace.permissions import Role
from orders.bank_entries import service
from orders.bank_entries.models import BankEntry, BankMatch, MatchState
from orders.bank_entries.statement_files import HEAD
from orders.payments.bank_transfer import queries as transfers
from orders.payments.bank_transfer.service import start_transfer
from orders.payments.models import PaymentAttempt, Refund
from orders.trades.models import Trade
from partners.buying_units.models import BuyingUnit
from tests.factories.identity import actor_of, make_account
from tests.factories.orders import Basket, place, trade_of
from tests.factories.partners import make_buying_unit

_serials = itertools.count(1)
UNIT = "示例小学 · 缙云"


@dataclass(frozen=True, slots=True)
class Clerk:
    """A buying unit and one who buys for it."""

    unit: BuyingUnit
    account: Account

    @property
    def actor(self) -> Actor:
        return actor_of(self.account)


def make_clerk(name: str = UNIT) -> Clerk:
    """Make a unit with a clerk."""
    unit = make_buying_unit(name=name)
    return Clerk(unit, make_account(role=Role.BUYING_UNIT_CLERK, scope=unit.id))


def make_officers() -> tuple[Actor, Actor]:
    """Make the two finance officers whom a receipt takes."""
    one, two = (make_account(role=Role.FINANCE_OFFICER) for _ in range(2))
    return actor_of(one), actor_of(two)


def announce(buyer: Actor, basket: Basket) -> Trade:
    """Place a trade and announce its transfer."""
    trade_id = place(buyer, basket).trade.id
    start_transfer(buyer, trade_id)
    return trade_of(trade_id)


def code_of(trade: Trade) -> str:
    """Return what is to be written on a trade's transfer."""
    reference = transfers.find_reference(trade)
    assert reference is not None
    return reference.code


def receipt(
    fen: int, remark: str = "", *, name: str = UNIT, serial: str | None = None, out: bool = False
) -> list[str]:
    """Return a row of the bank's statement: money that came in just now, or left."""
    yuan = f"{fen / 100:.2f}"
    moment = clock.now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    amounts = ["", yuan] if out else [yuan, ""]
    return [
        serial or f"S{next(_serials):08d}", moment, "人民币", *amounts, name,
        "3300001234567890", "示例银行缙云支行", remark,
    ]  # fmt: skip


def bring_in(officer: Actor, *rows: Sequence[str]) -> service.Imported:
    """Import rows as a statement."""
    return service.import_statement(officer, [HEAD, *rows])


def matches() -> list[BankMatch]:
    """Return the matches that wait for a second officer, in order."""
    waiting = select(BankMatch).where(BankMatch.state == MatchState.PROPOSED)
    return list(db.session.scalars(waiting.order_by(BankMatch.id)))


def bank_entries() -> list[BankEntry]:
    """Return the bank's entries as they are stored, in order."""
    ordered = select(BankEntry).order_by(BankEntry.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def receive(officers: tuple[Actor, Actor], trade: Trade, fen: int) -> None:
    """Have money with a trade's code come in, and both officers agree."""
    bring_in(officers[0], receipt(fen, code_of(trade)))
    for match in matches():
        service.confirm_match(officers[1], match.id)


def attempts_of(trade_id: uuid.UUID) -> list[PaymentAttempt]:
    """Return a trade's attempts as they are stored, in order."""
    statement = select(PaymentAttempt).where(PaymentAttempt.trade_id == trade_id)
    ordered = statement.order_by(PaymentAttempt.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def refunds_of(trade_id: uuid.UUID) -> list[Refund]:
    """Return the refunds of a trade's attempts, in order."""
    ids = [attempt.id for attempt in attempts_of(trade_id)]
    statement = select(Refund).where(Refund.attempt_id.in_(ids)).order_by(Refund.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))
