"""What of an application is true: found out when an officer reads it, never when it is sent.

Sending an application therefore costs and says the same whether or not there is such an account.
"""

import unicodedata
import uuid
from dataclasses import dataclass

import orjson
from sqlalchemy import or_, select

from marketplace import secrets
from marketplace.database import db
from marketplace.identity.models import Account, AccountState, FormerPhone
from orders.checkout.service import Recipient
from orders.trades.models import Order, Trade
from orders.trades.states import TradeState

LOOKED_AT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What an applicant says, sealed at rest."""

    old_phone: str
    new_phone: str
    recipient_name: str
    order_numbers: tuple[str, ...]
    paid_fen: int | None = None
    story: str = ""

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return secrets.seal(orjson.dumps(values).decode())

    @classmethod
    def unseal(cls, sealed: bytes) -> "Statements":
        """Read what ``seal`` made."""
        values = orjson.loads(secrets.unseal(sealed))
        return cls(**values | {"order_numbers": tuple(values["order_numbers"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is true of one account that has, or had, the lost number."""

    account: Account
    has_number_now: bool
    # Asked for with the very number: the notice reaches nobody but the applicant.
    is_same_number: bool
    numbers_right: int
    is_recipient_right: bool
    is_amount_right: bool

    @property
    def is_enough(self) -> bool:
        """An order number, which cannot be guessed, and one thing more; where nobody else would be
        told, everything.
        """
        more = (self.is_recipient_right, self.is_amount_right)
        return self.numbers_right > 0 and (all(more) if self.is_same_number else any(more))


def list_evidence(said: Statements, old_phone_index: bytes) -> list[Evidence]:
    """Hold the statements against every account of the lost number, the best fit first.

    Staff accounts have a password, and are not recovered here.
    """
    had = select(FormerPhone.account_id).where(FormerPhone.phone_index == old_phone_index)
    accounts = db.session.scalars(
        select(Account)
        .where(
            or_(Account.phone_index == old_phone_index, Account.id.in_(had)),
            Account.state == AccountState.ACTIVE,
            Account.password_hash.is_(None),
        )
        .order_by(Account.created_at, Account.id)
        .execution_options(populate_existing=True)
    ).all()
    found = [_weigh(account, said, old_phone_index) for account in accounts]
    return sorted(
        found,
        key=lambda one: (one.numbers_right, one.is_recipient_right, one.is_amount_right),
        reverse=True,
    )


def find_account(said: Statements, old_phone_index: bytes) -> uuid.UUID | None:
    """Return the one account for which there is enough; None where there is none, or more than one."""
    enough = [one.account.id for one in list_evidence(said, old_phone_index) if one.is_enough]
    return enough[0] if len(enough) == 1 else None


def _weigh(account: Account, said: Statements, old_phone_index: bytes) -> Evidence:
    rows = db.session.execute(
        select(Order.order_no, Trade.trade_no, Order.ship_to, Trade.total_fen, Trade.state)
        .join(Trade, Trade.id == Order.trade_id)
        .where(Order.account_id == account.id)
        .order_by(Order.id.desc())
        .limit(LOOKED_AT)
    ).all()
    wanted = {_plain(number).upper() for number in said.order_numbers}
    right = wanted & {number for row in rows for number in (row.order_no, row.trade_no)}
    names = {_plain(Recipient.unseal(row.ship_to).name) for row in rows}
    paid = {row.total_fen for row in rows if row.state is TradeState.PAID}
    return Evidence(
        account=account,
        has_number_now=account.phone_index == old_phone_index,
        is_same_number=said.old_phone == said.new_phone,
        numbers_right=len(right),
        is_recipient_right=_plain(said.recipient_name) in names,
        is_amount_right=said.paid_fen is not None and said.paid_fen in paid,
    )


def _plain(typed: str) -> str:
    return "".join(unicodedata.normalize("NFKC", typed).split())
