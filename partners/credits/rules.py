"""The values that judging works with: schemes, a rule version, places, pairings, the outcome."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.language import Text
from partners.credits.facts import SaleFacts
from partners.credits.reasons import ReasonCode


class Scheme(StrEnum):
    """Whose rule it is: the same sale may rightly stand under each, and they are never added up."""

    PAIRING = "pairing"
    RESERVED_SHARE = "reserved_share"
    CATALOGUE = "catalogue"


class Kind(StrEnum):
    """The two kinds of counted amount; never merged."""

    DIRECT_PURCHASE = "direct_purchase"
    ASSISTED_SALE = "assisted_sale"


class Standing(StrEnum):
    """What was decided: counted, held for the office (a tie of pairings), or not counted."""

    COUNTED = "counted"
    HELD = "held"
    NOT_COUNTED = "not_counted"


class Stage(StrEnum):
    """Where a counted amount stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    HELD = "held"


class Moment(StrEnum):
    """From when on an amount is confirmed: payment, or completion (accepted, window closed)."""

    PAYMENT = "payment"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a scheme's counting rule with its settings, as judging sees it.

    ``waived_relations`` and ``waived_origins`` (regions, with all that lies in them) need no
    certificate: Xinhe, Meihekou and the Corps are not among the 832 counties whose products were
    certified. ``private_buyer_kind`` None: a private buyer's purchase does not count.
    """

    id: UUID
    scheme: Scheme
    version: int
    valid_from: date
    valid_to: date | None
    confirms_at: Moment
    counts_freight: bool
    waived_relations: frozenset[str]
    waived_origins: frozenset[str]
    private_buyer_kind: Kind | None
    budget_unit_kinds: frozenset[str]

    def is_in_force(self, on: date) -> bool:
        """Tell whether this version rules the sales of a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def counted_amount(self, facts: SaleFacts) -> int:
        """Return what of the sale counts, in fen."""
        return facts.amount_fen + (facts.freight_fen if self.counts_freight else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A region as judging sees it; ``path`` runs from the province to itself."""

    code: str
    name: str
    path: tuple[str, ...]
    is_county: bool
    is_among_832: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A pairing that holds the sale's origin in its west and its attribution in its east.

    ``specificity`` orders them: county–county before county–city before city–county before
    city–city, the smaller wins, equal ones tie. A west that is an organisation's (the Corps in
    Xinjiang) holds only the places it reaches, ``west_member_codes``.
    """

    pairing_id: UUID
    relation: str
    specificity: int
    east_name: str
    east_path: tuple[str, ...]
    west_name: str
    west_path: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    west_organisation_code: str | None = None
    west_member_codes: frozenset[str] = frozenset()

    def is_in_force(self, on: date) -> bool:
        """Tell whether the pairing was in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def contains(self, other: "Candidate") -> bool:
        """Tell whether another pairing of the same relation lies inside both of its regions."""
        return (
            self.pairing_id != other.pairing_id
            and self.relation == other.relation
            and self.east_path[-1] in other.east_path
            and self.west_path[-1] in other.west_path
            and (
                self.west_organisation_code in (None, other.west_organisation_code)
                or not self.west_member_codes.isdisjoint(other.west_path)
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a sale counts for under one scheme, and the sentence that says so.

    ``amount_fen`` is what was decided, ``net_fen`` what stands after refunds, in ``stage``.
    ``rolls_up_to`` are the wider pairings whose totals include it. ``tied_pairing_ids`` are the
    pairings among which an office must choose (``standing`` held, no ``pairing_id`` yet).
    """

    line_id: UUID
    scheme: Scheme
    rule_id: UUID | None
    standing: Standing
    reason_code: ReasonCode
    reason: Text
    stage: Stage | None = None
    kind: Kind | None = None
    amount_fen: int = 0
    net_fen: int = 0
    pairing_id: UUID | None = None
    rolls_up_to: tuple[UUID, ...] = ()
    tied_pairing_ids: tuple[UUID, ...] = ()
    region_code: str | None = None
    buying_unit_id: UUID | None = None

    @property
    def counts(self) -> bool:
        """Tell whether it counts, or will once an office has decided."""
        return self.standing is not Standing.NOT_COUNTED

    @property
    def is_held(self) -> bool:
        """Tell whether an office has to look at it first."""
        return self.stage is Stage.HELD
