"""Money divides without losing a fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import money

amounts = st.integers(-(10**13), 10**13)


class TestSplit:
    def test_gives_the_odd_fen_to_the_largest_remainder(self) -> None:
        assert money.split(100, [1, 1, 1]) == [34, 33, 33]
        assert money.split(10, [5, 3, 3]) == [4, 3, 3]

    def test_is_equal_where_all_weights_are_zero(self) -> None:
        assert money.split(5, [0, 0]) == [3, 2]

    @given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
    def test_parts_sum_and_stay_within_one_fen_of_the_share(
        self, total: int, weights: list[int]
    ) -> None:
        parts = money.split(total, weights)
        assert sum(parts) == total
        whole = sum(weights) or len(weights)
        for part, weight in zip(
            parts, weights if sum(weights) else [1] * len(weights), strict=True
        ):
            assert abs(part * whole - total * weight) < whole

    @pytest.mark.parametrize("weights", [[], [-1, 2]])
    def test_refuses_nothing_and_negative_weights(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match=r"weight|nothing"):
            money.split(1, weights)


class TestProrate:
    @pytest.mark.parametrize(
        ("total", "part", "whole", "expected"),
        [(100, 1, 3, 33), (100, 1, 2, 50), (101, 1, 2, 51), (-101, 1, 2, -51), (7, 0, 5, 0)],
    )
    def test_rounds_half_up(self, total: int, part: int, whole: int, expected: int) -> None:
        assert money.prorate(total, part, whole) == expected

    def test_refuses_an_empty_whole(self) -> None:
        with pytest.raises(ValueError, match="positive"):
            money.prorate(1, 1, 0)

    @given(amounts, st.integers(1, 10**6))
    def test_of_the_whole_is_the_total(self, total: int, whole: int) -> None:
        assert money.prorate(total, whole, whole) == total


class TestYuan:
    @pytest.mark.parametrize(
        ("fen", "written"), [(0, "0.00"), (5, "0.05"), (123450, "1,234.50"), (-1, "-0.01")]
    )
    def test_writes_amounts_as_people_read_them(self, fen: int, written: str) -> None:
        assert money.yuan(fen) == written
