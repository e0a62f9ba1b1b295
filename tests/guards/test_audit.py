"""The audit trail can be read: every action and every fact in the source has words for people."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Enum

from marketplace import capabilities
from marketplace.audit_trail.deeds import ACTIONS, SUBJECTS, kind_of
from marketplace.audit_trail.wording import FIELDS, NAMED, STATES, words_for
from marketplace.database import Model
from marketplace.identity.models import AttemptKind, SessionKind
from marketplace.notices.groups import Channel, NoticeGroup
from marketplace.permissions import Role, ScopeKind
from marketplace.working_days.models import DayKind
from orders.aftersales.models import CaseCause, CaseKind
from orders.attribution_changes.models import ChangeState as AttributionState
from orders.bank_balance.models import OpeningState
from orders.bank_entries.models import MatchKind
from orders.bank_refunds.models import ListState
from orders.card_disputes.models import DisputeState
from orders.coupons.models import Party
from orders.direct_bookings.models import BookingState
from orders.failed_refunds.models import SettlementState
from orders.freight.models import Basis
from orders.invoices.states import InvoiceKind, InvoiceType
from orders.journal.direct_entries import Purpose
from orders.papers.models import PaperKind
from orders.payments.models import PaymentOutcome
from orders.payout_accounts.models import PayoutChannel
from orders.pickups.models import PickupRule
from orders.receivables.models import ChangeState
from orders.reconciliation.kinds import DifferenceKind
from orders.reconciliation.models import Item
from orders.recoveries.models import RecoveryState
from orders.requisitions.models import RequisitionState
from orders.settlement_schedules.models import Rhythm
from orders.settlements.models import CorrectionState
from orders.trades.states import (
    AFTERSALES_MOVES,
    CANCELLATION_MOVES,
    ORDER_MOVES,
    PICKUP_MOVES,
    TRADE_MOVES,
    Move,
)
from orders.transfers.models import ProposalState
from partners.buying_units.models import BuyingUnitState, CanteenArrangement
from partners.cooperatives.models import CooperativeState
from partners.credits.rules import Scheme
from partners.outlets.models import OutletKind
from products.stock.models import StockMoveKind

ROOT = Path(__file__).resolve().parents[2]
WRITERS = {"audit.record", "audit.entry"}


def members(states: type[StrEnum], *never: StrEnum) -> set[str]:
    return {str(state) for state in states if state not in never}


def deeds(moves: tuple[Move, ...]) -> set[str]:
    return {move.deed for move in moves}


# What is put together from a state or a move: the beginning, and how it may end.
ENDINGS: dict[str, set[str]] = {
    "aftersales.": deeds(AFTERSALES_MOVES),
    "attribution_change.": members(AttributionState),
    "bank_opening.": members(OpeningState),
    "bank_refund_list.": members(ListState),
    "buying_unit.": members(BuyingUnitState),
    "cancellation.": deeds(CANCELLATION_MOVES),
    "card_dispute.": members(DisputeState),
    "cooperative.": members(CooperativeState),
    "direct_booking.": members(BookingState),
    "debt_write_off.": members(ChangeState),
    "order.": deeds(ORDER_MOVES),
    "pay_later.": members(ChangeState),
    "pickup.": deeds(PICKUP_MOVES),
    "pickup_point.": {"paused", "resumed"},
    "recovery.": members(RecoveryState),
    "refund_settlement.": members(SettlementState),
    "requisition.": members(RequisitionState),
    "statement.correction_": members(CorrectionState),
    "trade.": deeds(TRADE_MOVES),
    "transfer_account.": members(ProposalState),
}

# What begins with the kind of a row that several tables have in common.
IN_FULL: dict[str, set[str]] = {
    "orders/shared_books/service.py": {
        f"{kind}.{deed}"
        for kind in ("address", "invoice_title")
        for deed in ("added", "changed", "made_default", "removed")
    },
}


# Facts that are codes, by the kind of thing where the name means several, and what they may be.
CODED: dict[tuple[str, str], Iterable[str]] = {
    ("", "basis"): Basis,
    ("", "bearer"): Party,
    ("", "by"): ["buyer", "cooperative", "platform"],
    ("", "canteen"): CanteenArrangement,
    ("", "cause"): CaseCause,
    ("", "channel"): [*Channel, *PayoutChannel, "bank", "pay_later", "sandbox", "stripe"],
    ("", "issuer"): Party,
    ("", "opened_by"): ["buyer", "cooperative"],
    ("", "outcome"): PaymentOutcome,
    ("", "owner_kind"): ["account", "buying_unit"],
    ("", "provider"): ["sandbox", "stripe", "bank_transfer", "pay_later"],
    ("", "rhythm"): Rhythm,
    ("", "role"): Role,
    ("", "scheme"): Scheme,
    ("", "scope_kind"): ScopeKind,
    ("", "type"): InvoiceType,
    ("", "why"): ["started_afresh", "taken_by_new_holder", "recovery"],
    ("account", "group"): NoticeGroup,
    ("aftersales_case", "kind"): CaseKind,
    ("bank_entry", "item"): Item,
    ("bank_entry", "kind"): MatchKind,
    ("cooperative", "rule"): PickupRule,
    ("direct_booking", "item"): Item,
    ("direct_booking", "purpose"): Purpose,
    ("invoice", "kind"): InvoiceKind,
    ("order", "kind"): PaperKind,
    ("outlet", "kind"): OutletKind,
    ("reconciliation_difference", "kind"): DifferenceKind,
    ("session", "by"): AttemptKind,
    ("session", "kind"): SessionKind,
    ("sign_in_attempt", "by"): AttemptKind,
    ("sku", "kind"): StockMoveKind,
    ("special_days", "kind"): DayKind,
}
# What people typed or were given to read: names, numbers, counts, days, reasons.
PLAIN = {
    "address",
    "amount",
    "bank_serial",
    "captured",
    "claimed",
    "currency",
    "day",
    "digest",
    "digests",
    "document",
    "due_days",
    "failed",
    "failure",
    "fresh",
    "grace_days",
    "households",
    "is_default",
    "kinds",
    "limits",
    "matched",
    "method",
    "name",
    "note",
    "number",
    "on_hand",
    "orders",
    "paid",
    "paper_no",
    "payments",
    "payouts",
    "permission",
    "pieces",
    "rate_bp",
    "reason",
    "reference",
    "repeated",
    "replaces",
    "revision",
    "round",
    "rows",
    "steps",
    "total_limit",
    "valid_from",
    "version",
    "year",
    "zones",
}


@dataclass(frozen=True)
class Written:
    """An action as it stands in the source: whole, or how it begins."""

    where: str
    action: str
    is_whole: bool
    kind: str | None


def wrappers(tree: ast.Module) -> dict[str, tuple[ast.expr, int, str, str | None]]:
    """Functions that pass an action on: its expression, which argument makes it, and its name."""
    found = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [argument.arg for argument in function.args.args]
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in WRITERS and call.args:
                passed = [name for name in spelled_by(call.args[0]) if name in names]
                if passed:
                    offset = 1 if names[0] == "self" else 0
                    kind = literal(call.args[1])
                    found[function.name] = (
                        call.args[0], names.index(passed[0]) - offset, passed[0], kind,
                    )  # fmt: skip
    return found


def spelled_by(action: ast.expr) -> list[str]:
    """The names whose value an action is, or is put together from."""
    parts = action.values if isinstance(action, ast.JoinedStr) else [action]
    plain = [part.value if isinstance(part, ast.FormattedValue) else part for part in parts]
    return [part.id for part in plain if isinstance(part, ast.Name)]


def literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def said(node: ast.expr, name: str = "", value: ast.expr | None = None) -> list[tuple[str, bool]]:
    """What an expression makes: texts that are whole, or only their beginning."""
    if isinstance(node, ast.IfExp):
        return said(node.body) + said(node.orelse)
    whole = literal(node)
    if whole is not None:
        return [(whole, True)]
    if isinstance(node, ast.Name) and node.id == name and value is not None:
        return said(value)
    if isinstance(node, ast.JoinedStr):
        first = literal(node.values[0]) or ""
        given = literal(value) if value is not None else None
        return [(first + given, True)] if given is not None else [(first, False)]
    return []


def actions_in(path: Path) -> Iterator[Written]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passing = wrappers(tree)
    where = path.relative_to(ROOT).as_posix()
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name in WRITERS and call.args:
            kind = literal(call.args[1])
            passed = {expression for expression, *_ in passing.values()}
            if call.args[0] not in passed:
                made = said(call.args[0])
                assert made, f"{where}:{call.lineno}: an action that nobody can read"
                yield from (Written(where, text, is_whole, kind) for text, is_whole in made)
        elif (last := name.rpartition(".")[2]) in passing:
            expression, position, argument, kind = passing[last]
            named = {keyword.arg: keyword.value for keyword in call.keywords}
            value = named.get(argument)
            if value is None and position < len(call.args):
                value = call.args[position]
            made = said(expression, argument, value) or [
                # It stands in a table of steps of this module.
                (text, True)
                for node in ast.walk(tree)
                if isinstance(node, ast.expr)
                and (text := literal(node)) is not None
                and re.fullmatch(rf"{kind}\.[a-z_]+", text)
            ]
            assert made, f"{where}:{call.lineno}: an action that nobody can read"
            for text, is_whole in made:
                yield Written(where, text, is_whole, kind)


def all_written() -> list[Written]:
    return [
        written
        for domain in capabilities.DOMAINS
        for path in sorted((ROOT / domain).rglob("*.py"))
        if "audit" in (source := path.read_text("utf-8"))
        and "AuditEntry(Model)" not in source
        and path.relative_to(ROOT).as_posix() not in IN_FULL
        for written in actions_in(path)
    ]


WRITTEN = all_written()


class TestActions:
    def test_are_found_in_the_source(self) -> None:
        whole = {written.action for written in WRITTEN if written.is_whole}
        assert {"payment.succeeded", "webhook_endpoint.paused", "credit.held"} <= whole
        assert len(whole) > 120

    def test_have_words(self) -> None:
        silent = {w.action for w in WRITTEN if w.is_whole and w.action not in ACTIONS}
        assert sorted(silent) == []

    def test_of_rows_in_common_have_words(self) -> None:
        assert [path for path in IN_FULL if not (ROOT / path).exists()] == []
        assert sorted(set().union(*IN_FULL.values()) - set(ACTIONS)) == []

    def test_that_are_put_together_have_words(self) -> None:
        begun = {written.action for written in WRITTEN if not written.is_whole}
        assert sorted(begun - set(ENDINGS)) == []
        assert sorted(set(ENDINGS) - begun) == []
        made = {begin + end for begin in begun for end in ENDINGS[begin]}
        assert sorted(made - set(ACTIONS)) == []

    def test_name_the_kind_of_thing_that_they_are_done_to(self) -> None:
        wrong = {
            (w.action, w.kind)
            for w in WRITTEN
            if w.is_whole and w.kind is not None and kind_of(w.action) != w.kind
        }
        assert sorted(wrong) == []
        assert sorted({kind_of(action) for action in ACTIONS} - set(SUBJECTS)) == []


class TestFacts:
    def test_have_names(self) -> None:
        assert sorted(facts() - set(FIELDS)) == []
        assert sorted(set(NAMED) - set(FIELDS)) == []
        assert sorted(set(NAMED.values()) - set(SUBJECTS)) == []

    def test_that_are_codes_have_words_for_each(self) -> None:
        capabilities.modules("pages")
        silent = {
            (kind, name, str(code))
            for (kind, name), codes in CODED.items()
            for code in codes
            if str(code) not in words_for(name, kind)
        }
        assert sorted(silent) == []

    def test_are_known_as_codes_or_as_plain(self) -> None:
        """A fact of a new name is either in CODED with its enum, or plain: text, number, or day."""
        plain = {each for each in facts() if each.endswith(("_fen", "_id", "_on", "_at", "_code"))}
        coded = {name for _, name in CODED}
        assert sorted(facts() - plain - coded - PLAIN - {"state"}) == []
        assert sorted(PLAIN & coded) == []

    def test_under_a_name_that_means_several_things_are_told_of_known_kinds(self) -> None:
        """What ``kind`` or ``item`` means depends on the thing that it is told of."""
        written = {
            (kind, name) for kind, name in facts_of_kinds() if name in ("kind", "item", "purpose")
        }
        assert sorted(written - set(CODED)) == []

    def test_have_words_for_every_state(self) -> None:
        capabilities.modules("models")
        states = {
            state
            for table in Model.metadata.tables.values()
            for column in table.columns
            if column.name == "state" and isinstance(column.type, Enum)
            for state in column.type.enums
        }
        assert sorted(states - set(STATES)) == []


def facts() -> set[str]:
    """The names of facts that stand in the calls which write the trail."""
    return {name for _, name in facts_of_kinds()}


def facts_of_kinds() -> set[tuple[str, str]]:
    """The names of facts with the kind of thing that they are told of, where the call spells it."""
    found: set[tuple[str, str]] = set()
    for domain in capabilities.DOMAINS:
        for path in (ROOT / domain).rglob("*.py"):
            source = path.read_text("utf-8")
            if "audit" not in source:
                continue
            for call in ast.walk(ast.parse(source)):
                if not isinstance(call, ast.Call) or ast.unparse(call.func) not in WRITERS:
                    continue
                kind = literal(call.args[1]) or ""
                for keyword in call.keywords:
                    if keyword.arg in ("before", "after") and isinstance(keyword.value, ast.Dict):
                        found |= {(kind, name) for key in keyword.value.keys
                                  if key is not None and (name := literal(key))}  # fmt: skip
    return found
