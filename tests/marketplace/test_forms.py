"""Reading what people type into forms."""

import pytest

from marketplace.fields import FenField, QuantityField, TextField
from marketplace.forms import (
    AMOUNT_UNREADABLE,
    fen_of,
    fen_typed,
    load,
    load_values,
    signed_fen_of,
    whole_of,
    whole_typed,
)
from marketplace.http import Schema


class TestFenOf:
    @pytest.mark.parametrize(
        ("typed", "fen"),
        [
            ("12", 1200),
            ("12.5", 1250),
            (" 1,200.00 ", 120000),
            ("0.01", 1),
            ("0", 0),
            ("¥12.50", 1250),
        ],
    )
    def test_reads_amounts_as_people_type_them(self, typed: str, fen: int) -> None:
        assert fen_of(typed) == fen

    @pytest.mark.parametrize(
        "typed", ["", "twelve", "0.001", "-1", "NaN", "Infinity", "1e400", "99999999999999"]
    )
    def test_refuses_what_is_no_amount(self, typed: str) -> None:
        assert fen_of(typed) is None

    @pytest.mark.parametrize("printed", ["-6.00", "¥-6.00", "−6", "－6.00 元", "-¥6.00"])
    def test_reads_amounts_below_zero_where_they_are_asked_for(self, printed: str) -> None:
        assert signed_fen_of(printed) == -600


class TestWholeOf:
    @pytest.mark.parametrize("typed", ["", "-1", "1.5", "²", "9" * 13])
    def test_refuses_what_is_no_count(self, typed: str) -> None:
        assert whole_of(typed) is None

    def test_reads_a_count(self) -> None:
        assert whole_of(" 12 ") == 12


class _OfferSchema(Schema):
    name = TextField(maximum=5, required=True)
    price_fen = FenField(required=True)


class TestLoad:
    def test_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed(self) -> None:
        entered = load(_OfferSchema(), {"name": "一二三四五六", "price_fen": 100, "other": "x"})
        assert set(entered.errors) == {"name"}
        assert entered.raw["name"] == "一二三四五六"
        assert entered.values == {}

    def test_an_empty_text_is_not_given(self) -> None:
        entered = load(_OfferSchema(), {"name": "", "price_fen": 100})
        assert set(entered.errors) == {"name"}


class Limited(Schema):
    amount_fen = FenField(required=True, allow_none=True)
    at_most = QuantityField(required=True, allow_none=True)


class TestTyped:
    @pytest.mark.parametrize("typed", ["33.333", "twelve", "1e400"])
    def test_does_not_take_an_unreadable_amount_for_none(self, typed: str) -> None:
        entered = load_values(Limited(), {"amount_fen": fen_typed(typed), "at_most": None}, {})
        assert entered.errors == {"amount_fen": str(AMOUNT_UNREADABLE)}

    @pytest.mark.parametrize("typed", ["1 000", "some", "1.5", "--1"])
    def test_does_not_take_an_unreadable_count_for_none(self, typed: str) -> None:
        entered = load_values(Limited(), {"amount_fen": 1, "at_most": whole_typed(typed)}, {})
        assert entered.errors == {"at_most": "应为整数，如 12"}

    def test_leaves_bounds_to_the_schema(self) -> None:
        given = {"amount_fen": fen_typed("-6.00"), "at_most": whole_typed("-1")}
        errors = load_values(Limited(), given, {}).errors
        assert errors["amount_fen"] != str(AMOUNT_UNREADABLE)
        assert errors["at_most"] != "应为整数，如 12"

    def test_leaves_empty_fields_empty(self) -> None:
        assert (fen_typed(" "), whole_typed("")) == (None, None)
        assert (fen_typed("1,200"), whole_typed(" 12 ")) == (120000, 12)
