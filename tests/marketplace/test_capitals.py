"""Amounts in Chinese capitals: the rules' own examples, and a reader that reads all of them back."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.capitals import in_capitals
from marketplace.money import MAX_FEN

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"仟": 1000, "佰": 100, "拾": 10}


def read_section(said: str) -> int:
    """Read up to 9999, where every digit but the last names its place."""
    total = 0
    for digit, place in re.findall("([壹贰叁肆伍陆柒捌玖])([仟佰拾]?)", said):
        total += DIGITS[digit] * PLACES.get(place, 1)
    return total


def read(said: str) -> int:
    """Read an amount in capitals as a person does; fen."""
    whole, _, rest = said.rpartition("元")
    fen = sum(
        DIGITS[digit] * (10 if unit == "角" else 1)
        for digit, unit in re.findall("(.)([角分])", rest)
    )
    for unit, worth in (("亿", 10**8), ("万", 10**4)):
        head, found, tail = whole.partition(unit)
        if found:
            fen += read_section(head) * worth * 100
            whole = tail
    return fen + read_section(whole) * 100


class TestInCapitals:
    @pytest.mark.parametrize(
        ("amount_fen", "said"),
        [
            (12345, "壹佰贰拾叁元肆角伍分"),
            # The examples of the rules themselves.
            (1409_50, "壹仟肆佰零玖元伍角"),
            (6007_14, "陆仟零柒元壹角肆分"),
            (1680_32, "壹仟陆佰捌拾元零叁角贰分"),
            (107_000_53, "壹拾万柒仟元零伍角叁分"),
            (16_409_02, "壹万陆仟肆佰零玖元零贰分"),
            (325_04, "叁佰贰拾伍元零肆分"),
            (0, "零元整"),
            (5, "伍分"),
            (45, "肆角伍分"),
            (10, "壹角"),
            (1000, "壹拾元整"),
            (10_000_00, "壹万元整"),
            (10_500_00, "壹万零伍佰元整"),
            (100_000_005_00, "壹亿零伍元整"),
            (100_010_000_00, "壹亿零壹万元整"),
            (1_000_100_010_00, "壹拾亿零壹拾万零壹拾元整"),
            (MAX_FEN, "壹仟亿元整"),
        ],
    )
    def test_says_it_as_the_rules_do(self, amount_fen: int, said: str) -> None:
        assert in_capitals(amount_fen) == said

    def test_every_amount_up_to_a_thousand_yuan_reads_back(self) -> None:
        said = [in_capitals(fen) for fen in range(100_000)]
        assert [read(words) for words in said] == list(range(100_000))
        assert len(set(said)) == len(said)

    @settings(max_examples=400, deadline=None)
    @given(st.integers(0, MAX_FEN))
    def test_any_amount_reads_back_and_is_well_formed(self, amount_fen: int) -> None:
        said = in_capitals(amount_fen)
        assert read(said) == amount_fen
        assert "零零" not in said
        assert said.endswith("整") == (amount_fen % 100 == 0)
        assert not re.search("零[元万亿角分仟佰拾]", said) or said == "零元整"

    @pytest.mark.parametrize("amount_fen", [-1, MAX_FEN + 1])
    def test_refuses_what_no_paper_states(self, amount_fen: int) -> None:
        with pytest.raises(ValueError, match="no amount"):
            in_capitals(amount_fen)
