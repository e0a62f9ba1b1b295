"""The counting rules of the three schemes, as pure functions over plain values.

Nothing here reads a table or a clock: a sale, the rule in force on its day, the places it names
and the pairings between them go in, an outcome comes out. Decisions 0020, 0021 and 0023 say why.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from marketplace.language import Text
from partners.credits import reasons
from partners.credits.facts import ProductKind, SaleFacts
from partners.credits.reasons import NOT_COUNTED, TASKS, ReasonCode
from partners.credits.rules import (
    Candidate,
    Kind,
    Moment,
    Outcome,
    Place,
    Rule,
    Scheme,
    Stage,
    Standing,
)


def judge_sale(
    facts: SaleFacts,
    rules: Sequence[Rule],
    *,
    origin: Place | None,
    east: Place | None,
    pairings: Sequence[Candidate],
) -> list[Outcome]:
    """Judge one sale under every scheme, in the schemes' order.

    ``rules`` may hold versions of any date and ``pairings`` may have ended: the day of the sale
    picks. ``pairings`` must already hold both places.
    """
    in_force = {rule.scheme: rule for rule in rules if rule.is_in_force(facts.sale_on)}
    outcomes = []
    for scheme in Scheme:
        rule = in_force.get(scheme)
        if rule is None:
            outcome = _not_counted(facts, scheme, None, ReasonCode.NO_RULE)
        elif facts.line_kind == "letter_of_intent":
            outcome = _not_counted(facts, scheme, rule, ReasonCode.LETTER_OF_INTENT)
        elif scheme is Scheme.PAIRING:
            outcome = judge_pairing(facts, rule, origin=origin, east=east, pairings=pairings)
        elif scheme is Scheme.RESERVED_SHARE:
            outcome = judge_reserved_share(facts, rule, origin=origin, east=east)
        else:
            outcome = judge_catalogue(facts, rule, origin=origin)
        outcomes.append(outcome)
    return outcomes


def judge_pairing(
    facts: SaleFacts,
    rule: Rule,
    *,
    origin: Place | None,
    east: Place | None,
    pairings: Sequence[Candidate],
) -> Outcome:
    """Judge under the east–west consumption task: which pairing, if any, does the sale count for."""
    if origin is None or east is None:
        return _not_counted(facts, Scheme.PAIRING, rule, _place_missing(facts, origin))
    in_force = [p for p in pairings if p.is_in_force(facts.sale_on)]
    if not in_force:
        return _outside(facts, rule, origin, east, pairings)
    finest = min(p.specificity for p in in_force)
    best = [p for p in in_force if p.specificity == finest]
    kind = kind_of(facts, rule)
    if kind is None:
        return _not_counted(facts, Scheme.PAIRING, rule, ReasonCode.PRIVATE_BUYER)
    failings = [certificate_failing(facts, rule, origin, relation=p.relation) for p in best]
    counting = [p for p, failing in zip(best, failings, strict=True) if failing is None]
    if not counting:
        return _not_counted(facts, Scheme.PAIRING, rule, failings[0] or ReasonCode.NOT_CERTIFIED)
    if len(counting) > 1:
        return _tied(facts, rule, kind, east, counting)
    return settle_on(facts, rule, counting[0], in_force=in_force, kind=kind, east=east)


def settle_on(
    facts: SaleFacts,
    rule: Rule,
    winner: Candidate,
    *,
    in_force: Sequence[Candidate],
    kind: Kind,
    east: Place,
) -> Outcome:
    """Return the outcome of a sale that counts for one pairing (found, or chosen by an office)."""
    sentence = reasons.PAIRING_FLAGGED if facts.flags else reasons.PAIRING_COUNTED
    return Outcome(
        line_id=facts.line_id,
        scheme=Scheme.PAIRING,
        rule_id=rule.id,
        standing=Standing.COUNTED,
        stage=first_stage(facts, rule),
        reason_code=ReasonCode.FLAGGED if facts.flags else ReasonCode.COUNTED,
        reason=sentence.format(east=winner.east_name, west=winner.west_name),
        kind=kind,
        amount_fen=rule.counted_amount(facts),
        net_fen=rule.counted_amount(facts),
        pairing_id=winner.pairing_id,
        rolls_up_to=tuple(sorted(p.pairing_id for p in in_force if p.contains(winner))),
        region_code=east.code,
        buying_unit_id=facts.buying_unit_id,
    )


def _tied(
    facts: SaleFacts, rule: Rule, kind: Kind, east: Place, best: Sequence[Candidate]
) -> Outcome:
    return Outcome(
        line_id=facts.line_id,
        scheme=Scheme.PAIRING,
        rule_id=rule.id,
        standing=Standing.HELD,
        stage=Stage.HELD,
        reason_code=ReasonCode.TIED,
        reason=reasons.PAIRING_TIED.format(
            east=best[0].east_name, west=best[0].west_name, count=len(best)
        ),
        kind=kind,
        amount_fen=rule.counted_amount(facts),
        net_fen=rule.counted_amount(facts),
        tied_pairing_ids=tuple(sorted(p.pairing_id for p in best)),
        region_code=east.code,
        buying_unit_id=facts.buying_unit_id,
    )


def _outside(
    facts: SaleFacts, rule: Rule, origin: Place, east: Place, pairings: Sequence[Candidate]
) -> Outcome:
    """Say what is wrong with the two places: never paired, no longer, or not yet."""
    ended = [p for p in pairings if p.valid_to is not None and p.valid_to < facts.sale_on]
    coming = [p for p in pairings if p.valid_from > facts.sale_on]
    if ended:
        last = max(ended, key=lambda p: (-p.specificity, p.valid_to or date.max))
        return _not_counted(
            facts, Scheme.PAIRING, rule, ReasonCode.PAIRING_ENDED,
            east=last.east_name, west=last.west_name, day=_day(last.valid_to or date.max),
        )  # fmt: skip
    if coming:
        first = min(coming, key=lambda p: (p.specificity, p.valid_from))
        return _not_counted(
            facts, Scheme.PAIRING, rule, ReasonCode.PAIRING_NOT_BEGUN,
            east=first.east_name, west=first.west_name, day=_day(first.valid_from),
        )  # fmt: skip
    return _not_counted(
        facts, Scheme.PAIRING, rule, ReasonCode.NOT_PAIRED, east=east.name, west=origin.name
    )


def judge_reserved_share(
    facts: SaleFacts, rule: Rule, *, origin: Place | None, east: Place | None
) -> Outcome:
    """Judge under the reserved share: food of one of the 832 counties, bought by a budget unit."""
    scheme, unit = Scheme.RESERVED_SHARE, facts.buying_unit_name or ""
    failing = _first(
        (facts.buying_unit_id is None, ReasonCode.NO_BUYING_UNIT),
        (not _is_measured(facts, rule), ReasonCode.NOT_A_BUDGET_UNIT),
        (not facts.is_food_or_farm, ReasonCode.NOT_FOOD_OR_FARM),
        (origin is None, _origin_missing(facts)),
        (origin is not None and not origin.is_among_832, ReasonCode.NOT_AMONG_832),
        (east is None, ReasonCode.ATTRIBUTION_UNKNOWN),
    )
    if failing is not None or east is None:
        return _not_counted(
            facts, scheme, rule, failing or ReasonCode.ATTRIBUTION_UNKNOWN,
            unit=unit, west=origin.name if origin else "",
        )  # fmt: skip
    sentence = reasons.RESERVED_FLAGGED if facts.flags else reasons.RESERVED_COUNTED
    return _counted(
        facts,
        rule,
        kind=Kind.DIRECT_PURCHASE,
        region_code=east.code,
        reason=sentence.format(unit=unit),
    )


def _is_measured(facts: SaleFacts, rule: Rule) -> bool:
    """A budget unit, registered as one, of a kind that the rule measures."""
    return facts.buying_unit_is_budget and facts.buying_unit_kind in rule.budget_unit_kinds


def judge_catalogue(facts: SaleFacts, rule: Rule, *, origin: Place | None) -> Outcome:
    """Judge under the western supply ledger: all sales of the county's certified goods."""
    scheme = Scheme.CATALOGUE
    if origin is None:
        return _not_counted(facts, scheme, rule, _origin_missing(facts))
    if not origin.is_county:
        return _not_counted(facts, scheme, rule, ReasonCode.NOT_A_COUNTY)
    failing = certificate_failing(facts, rule, origin)
    if failing is not None:
        return _not_counted(facts, scheme, rule, failing)
    kind = kind_of(facts, rule)
    if kind is None:
        return _not_counted(facts, scheme, rule, ReasonCode.PRIVATE_BUYER)
    sentence = reasons.CATALOGUE_FLAGGED if facts.flags else reasons.CATALOGUE_COUNTED
    reason = sentence.format(west=origin.name)
    return _counted(facts, rule, kind=kind, region_code=origin.code, reason=reason)


def kind_of(facts: SaleFacts, rule: Rule) -> Kind | None:
    """Return the kind of amount: a unit's own purchase, an outlet's retail sale, a private buyer's.

    None where the rule does not count private buyers.
    """
    if facts.buying_unit_id is not None:
        return Kind.DIRECT_PURCHASE
    if facts.outlet_id is not None:
        return Kind.ASSISTED_SALE
    return rule.private_buyer_kind


def first_stage(facts: SaleFacts, rule: Rule) -> Stage:
    """Return the stage in which a counted amount begins."""
    if facts.flags:
        return Stage.HELD
    return Stage.CONFIRMED if rule.confirms_at is Moment.PAYMENT else Stage.PENDING


def certificate_failing(
    facts: SaleFacts, rule: Rule, origin: Place, relation: str | None = None
) -> ReasonCode | None:
    """Return what is wrong with the certificate on the day of the sale, None if it is in order."""
    if relation in rule.waived_relations or not rule.waived_origins.isdisjoint(origin.path):
        return None
    on, first, last = facts.sale_on, facts.certificate_valid_from, facts.certificate_valid_to
    return _first(
        (facts.certificate_no is None, ReasonCode.NOT_CERTIFIED),
        (facts.certificate_state == "suspended", ReasonCode.CERTIFICATE_SUSPENDED),
        (facts.certificate_state == "revoked", ReasonCode.CERTIFICATE_REVOKED),
        (facts.certificate_state != "active", ReasonCode.CERTIFICATE_PENDING),
        (last is not None and last < on, ReasonCode.CERTIFICATE_EXPIRED),
        (first is None or first > on, ReasonCode.CERTIFICATE_NOT_BEGUN),
    )


def _place_missing(facts: SaleFacts, origin: Place | None) -> ReasonCode:
    if origin is None:
        return _origin_missing(facts)
    if facts.attribution_code is None:
        return ReasonCode.NO_ATTRIBUTION
    return ReasonCode.ATTRIBUTION_UNKNOWN


def _first(*checks: tuple[bool, ReasonCode]) -> ReasonCode | None:
    """Return what the first failing check says, None if all is well."""
    return next((code for is_failing, code in checks if is_failing), None)


def _origin_missing(facts: SaleFacts) -> ReasonCode:
    if facts.product_kind is ProductKind.PROCESSED:
        return ReasonCode.MATERIAL_UNKNOWN
    return ReasonCode.ORIGIN_UNKNOWN


def _counted(
    facts: SaleFacts, rule: Rule, *, kind: Kind, region_code: str, reason: Text
) -> Outcome:
    return Outcome(
        line_id=facts.line_id,
        scheme=rule.scheme,
        rule_id=rule.id,
        standing=Standing.COUNTED,
        stage=first_stage(facts, rule),
        reason_code=ReasonCode.FLAGGED if facts.flags else ReasonCode.COUNTED,
        reason=reason,
        kind=kind,
        amount_fen=rule.counted_amount(facts),
        net_fen=rule.counted_amount(facts),
        region_code=region_code,
        buying_unit_id=facts.buying_unit_id,
    )


def not_counted(
    facts: SaleFacts, scheme: Scheme, rule_id: UUID | None, code: ReasonCode, **values: object
) -> Outcome:
    """Return the outcome of a sale that counts nowhere under a scheme, and why."""
    return Outcome(
        line_id=facts.line_id,
        scheme=scheme,
        rule_id=rule_id,
        standing=Standing.NOT_COUNTED,
        reason_code=code,
        reason=NOT_COUNTED[code].format(task=TASKS[scheme], **values),
        buying_unit_id=facts.buying_unit_id,
    )


def _not_counted(
    facts: SaleFacts, scheme: Scheme, rule: Rule | None, code: ReasonCode, **values: object
) -> Outcome:
    return not_counted(facts, scheme, rule.id if rule else None, code, **values)


def _day(day: date) -> Text:
    return Text(f"{day.year}年{day.month}月{day.day}日", day.isoformat())
