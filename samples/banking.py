"""A sample of the bank: a transfer that came in part, a receipt of nobody's, and goods bought on terms."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from marketplace import clock
from marketplace.clock import SHANGHAI
from marketplace.database import db, transaction
from marketplace.identity.actor import Actor
from orders.bank_entries import service as bank
from orders.bank_entries.models import BankEntry, BankMatch, MatchState
from orders.bank_entries.statement_files import HEAD
from orders.payments import calls
from orders.payments.bank_transfer.queries import find_reference
from orders.receivables import queries as receivables
from orders.receivables import service as terms
from orders.requisitions.errors import ApprovalRequired
from orders.trades.models import Order, Trade
from partners.buying_units.models import BuyingUnit
from samples import people
from samples.buyers import UNITS, find_unit
from samples.purchases import Purchase, Reach, advance, place

ON_TERMS = Purchase(9, people.DONGYANG_CLERK_PHONE, "330783",
                    (("翡翠米", "5 千克", 6),), Reach.ACCEPTED)  # fmt: skip
BY_TRANSFER = Purchase(1, people.JINYUN_CLERK_PHONE, "331122",
                       (("梅河大米", "10 千克", 8),), Reach.PAID)  # fmt: skip
LIMIT_FEN = 2_000_000
PART_FEN = 30_000
STRAY_FEN = 12_345


def keep_bank() -> None:
    """Make what is missing: terms and a debt of Dongyang's school, a transfer of Jinyun's hospital."""
    with transaction():
        officers = people.finance_officers()
        school = find_unit(UNITS[0])
        has_terms = school is None or receivables.find_terms(school.id) is not None
        has_entries = db.session.scalar(select(BankEntry.id).limit(1)) is not None
    if school is not None and not has_terms:
        with clock.travel(clock.now() - timedelta(days=ON_TERMS.days_ago)):
            _buy_on_terms(school, officers)
    if not has_entries:
        with clock.travel(clock.now() - timedelta(days=BY_TRANSFER.days_ago)):
            trade = _announce()
        _bring_in(trade, officers)


def _buy_on_terms(school: BuyingUnit, officers: tuple[Actor, Actor]) -> None:
    with transaction():
        change = terms.propose_terms(
            officers[0], school.id, limit_fen=LIMIT_FEN, due_days=30, grace_days=15,
            reason="示例采购协议（仅供演示）",
        )  # fmt: skip
        terms.confirm_terms(officers[1], change.id)
        clerk = people.by_phone(ON_TERMS.phone)
    try:
        trade_id = place(ON_TERMS, clerk)
    except ApprovalRequired:
        # In a database of before there were terms, the school's threshold is there already.
        return
    calls.start_payment(clerk, trade_id, "pay_later")
    of_trade = select(Order.id, Order.cooperative_id).where(Order.trade_id == trade_id)
    for order_id, cooperative_id in db.session.execute(of_trade).all():
        for step in (Reach.SHIPPED, Reach.ACCEPTED):
            advance(step, order_id, cooperative_id, clerk)


def _announce() -> Trade:
    with transaction():
        clerk = people.by_phone(BY_TRANSFER.phone)
    trade_id = place(BY_TRANSFER, clerk)
    calls.start_payment(clerk, trade_id, "bank_transfer")
    with transaction():
        return db.session.get_one(Trade, trade_id)


def _bring_in(trade: Trade, officers: tuple[Actor, Actor]) -> None:
    """Import a statement: a part of the transfer, which both officers agree on, and a stray one."""
    with transaction():
        reference = find_reference(trade)
        code = reference.code if reference else ""
        moment = clock.now().astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        rows = [
            _row(f"SAMPLE{number:04d}", moment, fen, name, remark)
            for number, (fen, name, remark) in enumerate(
                [(PART_FEN, "示例医院 · 缙云", code), (STRAY_FEN, "示例付款方", "货款")], start=1
            )
        ]
        bank.import_statement(officers[0], [HEAD, *rows])
        waiting = select(BankMatch.id).where(BankMatch.state == MatchState.PROPOSED)
        for match_id in db.session.scalars(waiting).all():
            bank.confirm_match(officers[1], match_id)


def _row(serial: str, moment: str, fen: int, name: str, remark: str) -> list[str]:
    return [serial, moment, "人民币", f"{fen / 100:.2f}", "", name, "0000000000000001",
            "示例银行缙云支行", remark]  # fmt: skip
