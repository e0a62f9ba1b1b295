"""The words of buying units that other capabilities count by."""

from partners.buying_units.models import BuyingUnitKind
from partners.credits.surroundings import surroundings_at
from partners.outlets.models import OutletKind
from partners.regions.queries import get_versions


class TestBuyingUnitKind:
    def test_has_every_kind_that_a_counting_rule_names(self) -> None:
        named = {kind for rule in surroundings_at(get_versions()).rules for kind in rule.budget_unit_kinds}  # fmt: skip
        assert named
        assert named <= set(BuyingUnitKind)

    def test_every_kind_has_a_name_in_both_languages(self) -> None:
        for kind in [*BuyingUnitKind, *OutletKind]:
            assert kind.label.zh != kind.label.en
