"""Whose quota a line helps, as it is told to people: before paying, kept on the line; after, live."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.language import Text
from orders.trades.models import Order, OrderLine
from orders.trades.states import OrderState
from partners.credits.queries import list_outcomes
from partners.credits.rules import Outcome
from partners.regions.queries import tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one scheme's rule says of a line, in a sentence and in figures.

    ``amount_fen`` is what was decided, ``net_fen`` what stands of it after refunds.
    """

    scheme: str
    counts: bool
    is_held: bool
    stage: str | None
    kind: str | None
    amount_fen: int
    net_fen: int
    pairing_id: uuid.UUID | None
    region_code: str | None
    reason_code: str
    reason: Text

    @property
    def region_name(self) -> str | None:
        code = self.region_code
        return tree().full_name(code) if code is not None and code in tree() else None

    @classmethod
    def of(cls, outcome: Outcome) -> "Told":
        """Return what is told of a judgement."""
        return cls(
            scheme=outcome.scheme,
            counts=outcome.counts,
            is_held=outcome.is_held,
            stage=outcome.stage,
            kind=outcome.kind,
            amount_fen=outcome.amount_fen,
            net_fen=outcome.net_fen,
            pairing_id=outcome.pairing_id,
            region_code=outcome.region_code,
            reason_code=outcome.reason_code,
            reason=outcome.reason,
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Told":
        """Read what ``as_json`` wrote."""
        pairing_id = values["pairing_id"]
        return cls(
            **values
            | {
                "pairing_id": uuid.UUID(pairing_id) if pairing_id else None,
                "reason": Text(**values["reason"]),
            }
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, for the order line."""
        return {
            "scheme": self.scheme,
            "counts": self.counts,
            "is_held": self.is_held,
            "stage": self.stage,
            "kind": self.kind,
            "amount_fen": self.amount_fen,
            "net_fen": self.net_fen,
            "pairing_id": str(self.pairing_id) if self.pairing_id else None,
            "region_code": self.region_code,
            "reason_code": self.reason_code,
            "reason": {"zh": self.reason.zh, "en": self.reason.en},
        }


def list_told(outcomes: Iterable[Outcome]) -> list[Told]:
    """Return what is told of several judgements."""
    return [Told.of(outcome) for outcome in outcomes]


def told_of_lines(
    orders: Iterable[Order],
) -> dict[uuid.UUID, list[Told]]:
    """Return per line whose quota it helps: as told before paying until it is paid, then live."""
    lines: list[OrderLine] = []
    paid: list[uuid.UUID] = []
    for order in orders:
        lines += order.lines
        if order.state is not OrderState.UNPAID and order.paid_at is not None:
            paid += [line.id for line in order.lines]
    live = _live(paid)
    return {
        line.id: live.get(line.id) or [Told.from_json(values) for values in line.told]
        for line in lines
    }


def _live(line_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Told]]:
    found: dict[uuid.UUID, list[Told]] = {}
    for outcome in list_outcomes(line_ids) if line_ids else []:
        found.setdefault(outcome.line_id, []).append(Told.of(outcome))
    return found
