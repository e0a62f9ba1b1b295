"""Input fields refuse what a client should not be able to store, and say so in both languages."""

from typing import Any

import pytest
from marshmallow import ValidationError

from marketplace import messages
from marketplace.fields import FenField, IdField, QuantityField, RegionCodeField, TextField
from marketplace.http import Schema


class EverySchema(Schema):
    amount_fen = FenField()
    quantity = QuantityField()
    product_id = IdField()
    name = TextField(maximum=10)
    note = TextField(maximum=100, multiline=True)
    region_code = RegionCodeField()


class TestFields:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount_fen", -1), ("amount_fen", 1.5), ("amount_fen", "100"), ("amount_fen", True),
            ("amount_fen", 2**63), ("amount_fen", float("inf")), ("amount_fen", 10**400),
            ("amount_fen", None), ("amount_fen", []), ("amount_fen", float("nan")),
            ("quantity", 0), ("quantity", -1), ("quantity", 2**31), ("quantity", 0.5),
            ("product_id", "1"), ("product_id", 7), ("product_id", "x" * 10_000),
            ("name", ""), ("name", "   "), ("name", "x" * 11), ("name", "a\x00b"), ("name", 5),
            ("name", "a\nb"), ("name", "\ud800"), ("name", "a\u202eb"), ("name", "\u200b"),
            ("note", "a\x07b"),
            ("region_code", "33078"), ("region_code", "3307831"), ("region_code", "０３３０７８"),
            ("region_code", "330783\n"), ("region_code", "033078"), ("region_code", 330783),
        ],
    )  # fmt: skip
    def test_refuse_and_say_why(self, field: str, value: Any) -> None:
        with pytest.raises(ValidationError) as refused:
            EverySchema().load({field: value})
        assert set(refused.value.messages) == {field}
        for sentence in refused.value.messages[field]:
            said = messages.translate(sentence)
            assert said.zh != "内容无效" or sentence in ("Invalid value.",), sentence

    @pytest.mark.parametrize(
        ("field", "value", "kept"),
        [
            ("amount_fen", 0, 0),
            ("amount_fen", 10**13, 10**13),
            ("name", "  梅河大米 ", "梅河大米"),
            ("name", "e\u0301", "é"),
            ("note", "一\n二", "一\n二"),
            ("region_code", "330783", "330783"),
        ],
    )
    def test_keep_what_is_right(self, field: str, value: Any, kept: Any) -> None:
        assert EverySchema().load({field: value}) == {field: kept}

    def test_refuse_unknown_fields(self) -> None:
        with pytest.raises(ValidationError):
            EverySchema().load({"total_fen": 1})
