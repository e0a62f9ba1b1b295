"""Rows of sales, decisions and credits as JSON values, for statements that write many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.ids import new_id
from marketplace.money import prorate
from partners.credits.facts import SaleFacts
from partners.credits.models import Sale
from partners.credits.rules import Moment, Outcome, Stage, Standing

Row = dict[str, Any]

_OF_THE_ATTRIBUTION = (
    "buying_unit_id",
    "buying_unit_name",
    "buying_unit_kind",
    "buying_unit_is_budget",
    "attribution_code",
)
_OF_THE_SALE = tuple(
    field.name for field in fields(SaleFacts) if field.name not in ("line_id", *_OF_THE_ATTRIBUTION)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What moves a credit; with the decision and the stage it names the movement, once."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """For whom a sale counts: a buying unit and its region, or a region alone."""

    attribution_code: str | None
    buying_unit_id: UUID | None = None
    buying_unit_name: str | None = None
    buying_unit_kind: str | None = None
    buying_unit_is_budget: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """What decides how much of a decision stands in which stage."""

    sale_amount_fen: int
    returned_fen: int
    is_completed: bool
    is_held: bool

    def net_of(self, amount_fen: int) -> int:
        """Return what is left of a counted amount: cumulative half-up shares of what came back."""
        if self.returned_fen == 0:
            return amount_fen
        return amount_fen - prorate(amount_fen, self.returned_fen, self.sale_amount_fen)

    def expected(self, amount_fen: int, standing: str, confirms_at: str) -> dict[Stage, int]:
        """Return the balance that a decision's credits must have, by stage."""
        net = self.net_of(amount_fen)
        if net == 0:
            return {}
        if standing == Standing.HELD or self.is_held:
            return {Stage.HELD: net}
        if self.is_completed or confirms_at == Moment.PAYMENT:
            return {Stage.CONFIRMED: net}
        return {Stage.PENDING: net}


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A difference between what a decision's credits are and what they must be."""

    decision_id: UUID
    cooperative_id: UUID
    scheme: str
    region_code: str
    pairing_id: UUID | None
    kind: str
    stage: Stage
    amount_fen: int
    sale_year: int
    cause: Cause

    @property
    def figure(self) -> tuple[str, str, int]:
        """The scheme, region and year whose figure it moves unless that year is locked."""
        return (self.scheme, self.region_code, self.sale_year)


def differences(
    decision: Mapping[str, Any],
    balances: Mapping[str, int],
    expected: Mapping[Stage, int],
    cause: Cause,
) -> list[Movement]:
    """Return the movements that bring a decision's balances to what they must be."""
    return [
        Movement(
            decision_id=decision["id"],
            cooperative_id=decision["cooperative_id"],
            scheme=decision["scheme"],
            region_code=decision["region_code"],
            pairing_id=decision["pairing_id"],
            kind=decision["kind"],
            stage=stage,
            amount_fen=amount,
            sale_year=decision["counting_year"],
            cause=cause,
        )
        for stage in Stage
        if (amount := expected.get(stage, 0) - balances.get(stage, 0)) != 0
    ]


def sale_row(facts: SaleFacts, at: datetime, booked_on: date) -> Row:
    """Return the row of a sale's facts; what belongs to the attribution stands on its decisions."""
    return {name: getattr(facts, name) for name in _OF_THE_SALE} | {
        "id": facts.line_id,
        "recorded_at": at,
        "completed_on": None,
        "returned_fen": 0,
        "held_on": booked_on if facts.flags else None,
    }


def decision_row(facts: SaleFacts, outcome: Outcome, cause: Cause, at: datetime) -> Row:
    """Return the row of a decision on a sale."""
    return {
        "id": new_id(),
        "cooperative_id": facts.cooperative_id,
        "sale_id": facts.line_id,
        "scheme": outcome.scheme,
        "rule_id": outcome.rule_id,
        "standing": outcome.standing,
        "kind": outcome.kind,
        "amount_fen": outcome.amount_fen,
        "pairing_id": outcome.pairing_id,
        "rolls_up_to": outcome.rolls_up_to,
        "tied_pairing_ids": outcome.tied_pairing_ids,
        "region_code": outcome.region_code,
        "attribution_code": facts.attribution_code,
        "buying_unit_id": facts.buying_unit_id,
        "buying_unit_name": facts.buying_unit_name,
        "buying_unit_kind": facts.buying_unit_kind,
        "buying_unit_is_budget": facts.buying_unit_is_budget,
        "counting_year": facts.sale_on.year,
        "reason_code": outcome.reason_code,
        "reason_zh": outcome.reason.zh,
        "reason_en": outcome.reason.en,
        "cause_kind": cause.kind,
        "cause_id": cause.id,
        "decided_at": at,
        "closed_on": None,
    }


def credit_rows(
    movements: Sequence[Movement],
    booked_on: date,
    at: datetime,
    locked: Collection[tuple[str, str, int]],
) -> list[Row]:
    """Return the rows of movements; those of a locked year are corrections in the open one."""
    return [
        {
            "id": new_id(),
            "cooperative_id": movement.cooperative_id,
            "decision_id": movement.decision_id,
            "scheme": movement.scheme,
            "region_code": movement.region_code,
            "pairing_id": movement.pairing_id,
            "kind": movement.kind,
            "stage": movement.stage,
            "amount_fen": movement.amount_fen,
            "counting_year": booked_on.year if movement.figure in locked else movement.sale_year,
            "corrects_year": movement.sale_year if movement.figure in locked else None,
            "cause_kind": movement.cause.kind,
            "cause_id": movement.cause.id,
            "booked_on": booked_on,
            "booked_at": at,
        }
        for movement in movements
    ]


def facts_of(sale: Sale, attribution: Attribution) -> SaleFacts:
    """Return a stored sale's facts with an attribution, for judging it again."""
    return SaleFacts(
        line_id=sale.id,
        line_kind=sale.line_kind,
        sale_on=sale.sale_on,
        cooperative_id=sale.cooperative_id,
        cooperative_name=sale.cooperative_name,
        product_id=sale.product_id,
        product_name=sale.product_name,
        category=sale.category,
        product_kind=sale.product_kind,
        origin_code=sale.origin_code,
        quantity=sale.quantity,
        unit=sale.unit,
        amount_fen=sale.amount_fen,
        freight_fen=sale.freight_fen,
        buying_unit_id=attribution.buying_unit_id,
        buying_unit_name=attribution.buying_unit_name,
        buying_unit_kind=attribution.buying_unit_kind,
        buying_unit_is_budget=attribution.buying_unit_is_budget,
        attribution_code=attribution.attribution_code,
        channel=sale.channel,
        outlet_id=sale.outlet_id,
        certificate_no=sale.certificate_no,
        certificate_valid_from=sale.certificate_valid_from,
        certificate_valid_to=sale.certificate_valid_to,
        certificate_state=sale.certificate_state,
        is_food_or_farm=sale.is_food_or_farm,
        flags=tuple(sale.flags),
    )
