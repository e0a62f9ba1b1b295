"""Code 128: read back from its bars, as a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.barcodes import _SYMBOLS, code_128


def read(widths: list[int]) -> str:
    """Read a code as a reader does: start, symbols, check, stop."""
    body, stop = widths[:-7], widths[-7:]
    assert stop == [2, 3, 3, 1, 1, 1, 2]
    symbols = ["".join(map(str, body[at : at + 6])) for at in range(0, len(body), 6)]
    values = [_SYMBOLS.index(symbol) for symbol in symbols]
    start, *data, check = values
    assert start == 104
    assert check == (start + sum(at * value for at, value in enumerate(data, start=1))) % 103
    return "".join(chr(value + 32) for value in data)


class TestCode128:
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
    def test_is_read_back(self, text: str) -> None:
        assert read(code_128(text)) == text

    def test_symbols_are_those_of_the_standard(self) -> None:
        # Every symbol is eleven modules wide, its bars an even number of them; all differ.
        assert len(set(_SYMBOLS)) == 107
        for symbol in _SYMBOLS[:-1]:
            widths = [int(width) for width in symbol]
            assert (sum(widths), sum(widths[::2]) % 2) == (11, 0)

    @pytest.mark.parametrize("text", ["", "订单", "a\n"])
    def test_takes_what_it_can_say(self, text: str) -> None:
        with pytest.raises(ValueError, match="ASCII"):
            code_128(text)
