"""Sales to be judged: Nanjiang mutton bought by a unit in Dongyang, unless told otherwise."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace import clock
from marketplace.ids import new_id
from partners.credits import service
from partners.credits.facts import ProductKind, SaleFacts
from partners.credits.rules import Kind, Moment, Outcome, Rule, Scheme

NANJIANG, XINHE, MEIHEKOU, ALAR = "511922", "652925", "220581", "659002"
JINYUN, DONGYANG, LISHUI, JINHUA, ZHEJIANG = "331122", "330783", "331100", "330700", "330000"

COOPERATIVE = uuid.UUID("0192a000-0000-7000-8000-000000000001")


def sale_facts(**overrides: Any) -> SaleFacts:
    """Return the facts of 300 yuan of certified Nanjiang mutton for a school in Dongyang."""
    facts: dict[str, Any] = {
        "line_id": new_id(),
        "sale_on": clock.today(),
        "cooperative_id": COOPERATIVE,
        "cooperative_name": "示例合作社 · 南江",
        "product_id": new_id(),
        "product_name": "南江黄羊",
        "category": "meat",
        "product_kind": ProductKind.AGRICULTURAL,
        "origin_code": NANJIANG,
        "quantity": 3,
        "unit": "公斤",
        "amount_fen": 30_000,
        "buying_unit_id": new_id(),
        "buying_unit_name": "示例学校 · 东阳",
        "buying_unit_kind": "school",
        "buying_unit_is_budget": True,
        "attribution_code": DONGYANG,
        "channel": "online",
        "certificate_no": "RD-511922-0001",
        "certificate_valid_from": date(2019, 1, 1),
        "certificate_valid_to": None,
        "certificate_state": "active",
        "is_food_or_farm": True,
    }
    return SaleFacts(**facts | overrides)


def private_sale(attribution_code: str | None, **overrides: Any) -> SaleFacts:
    """Return the facts of a private shopper's purchase, attributed to a region."""
    nobody = {"buying_unit_id": None, "buying_unit_name": None, "buying_unit_kind": None}
    return sale_facts(attribution_code=attribution_code, **nobody | overrides)


def instrument(attribution_code: str, **overrides: Any) -> SaleFacts:
    """Return the facts of a hand-made instrument from Xinhe, which needs no certificate."""
    craft: dict[str, Any] = {
        "product_name": "加依村手工乐器",
        "category": "craft",
        "product_kind": ProductKind.CRAFT,
        "origin_code": XINHE,
        "certificate_no": None,
        "certificate_valid_from": None,
        "certificate_state": None,
        "is_food_or_farm": False,
        "cooperative_name": "示例合作社 · 新和",
    }
    return private_sale(attribution_code, **craft | overrides)


def make_sale(**overrides: Any) -> SaleFacts:
    """Credit one sale and return its facts."""
    facts = sale_facts(**overrides)
    service.credit_sales([facts])
    return facts


def make_rule(scheme: Scheme = Scheme.PAIRING, **overrides: Any) -> Rule:
    """Return a rule as judging sees it, with the settings that ship."""
    rule: dict[str, Any] = {
        "id": new_id(),
        "scheme": scheme,
        "version": 1,
        "valid_from": date(2019, 1, 1),
        "valid_to": None,
        "confirms_at": Moment.COMPLETION,
        "counts_freight": False,
        "waived_relations": frozenset({"counterpart_support", "counterpart_cooperation"}),
        "waived_origins": frozenset({"659000"}),
        "private_buyer_kind": Kind.ASSISTED_SALE,
        "budget_unit_kinds": frozenset({"school", "public_body"}),
    }
    return Rule(**rule | overrides)


def outcome_of(outcomes: Sequence[Outcome], scheme: Scheme = Scheme.PAIRING) -> Outcome:
    """Return the outcome under one scheme of one sale."""
    (found,) = [outcome for outcome in outcomes if outcome.scheme is scheme]
    return found
