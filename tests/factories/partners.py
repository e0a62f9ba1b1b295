"""Factories of the partners' rows, made by the services that make them."""

from datetime import date
from typing import Any

from marketplace.identity.actor import Actor, Grant
from marketplace.ids import new_id
from marketplace.permissions import Role, ScopeKind
from partners.pairings.models import Pairing, Relation
from partners.pairings.service import add_pairing

PLATFORM_ADMIN = Actor(
    id=new_id(), grants=(Grant(Role.PLATFORM_ADMIN, ScopeKind.PLATFORM, None),), has_totp=True
)


def make_pairing(**overrides: Any) -> Pairing:
    """Add a pairing that no shipped one overlaps: Qingtian–Xinhe from 2026."""
    facts: dict[str, Any] = {
        "east_code": "331121",
        "west_code": "652925",
        "relation": Relation.COUNTERPART_SUPPORT,
        "valid_from": date(2026, 1, 1),
        "document": "浙对口办〔2026〕1号",
        "evidence": "test",
    }
    return add_pairing(PLATFORM_ADMIN, **(facts | overrides))
