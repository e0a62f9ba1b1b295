"""What a parcel costs, with amounts a person can check by hand."""

import pytest

from orders.freight.charging import Charges, Sent, charge, units_of
from orders.freight.models import Basis

CHARGES = Charges(first_units=2, first_fen=1000, further_units=3, further_fen=250)


def sent(
    quantity: int, *, weight_g: int = 500, volume_cm3: int | None = None, fen: int = 100
) -> Sent:
    return Sent(quantity=quantity, weight_g=weight_g, volume_cm3=volume_cm3, amount_fen=fen)


class TestCharge:
    @pytest.mark.parametrize(
        ("pieces", "fen"), [(1, 1000), (2, 1000), (3, 1250), (5, 1250), (6, 1500), (8, 1500)]
    )
    def test_begins_a_further_step_with_its_first_unit(self, pieces: int, fen: int) -> None:
        assert charge(CHARGES, Basis.PIECE, [sent(pieces)]) == fen

    def test_sums_a_parcel_before_charging(self) -> None:
        assert charge(CHARGES, Basis.PIECE, [sent(2), sent(2)]) == 1250

    def test_weighs(self) -> None:
        by_kilo = Charges(first_units=1000, first_fen=800, further_units=500, further_fen=100)
        assert charge(by_kilo, Basis.WEIGHT, [sent(3, weight_g=500)]) == 900
        assert charge(by_kilo, Basis.WEIGHT, [sent(3, weight_g=501)]) == 1000

    def test_measures_volume_where_it_is_known(self) -> None:
        by_litre = Charges(first_units=1000, first_fen=800, further_units=1000, further_fen=300)
        assert charge(by_litre, Basis.VOLUME, [sent(2, volume_cm3=750)]) == 1100
        assert units_of(Basis.VOLUME, sent(2)) is None

    def test_is_free_from_an_amount_or_a_count_on(self) -> None:
        free = Charges(
            first_units=1, first_fen=1000, further_units=1, further_fen=0,
            free_from_fen=9900, free_from_pieces=3,
        )  # fmt: skip
        assert charge(free, Basis.PIECE, [sent(1, fen=9899)]) == 1000
        assert charge(free, Basis.PIECE, [sent(1, fen=9900)]) == 0
        assert charge(free, Basis.PIECE, [sent(1), sent(2)]) == 0

    def test_of_nothing_is_nothing(self) -> None:
        assert charge(CHARGES, Basis.PIECE, []) == 0
