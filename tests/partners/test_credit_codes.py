"""The check character of unified social credit codes."""

import pytest

from partners.credit_codes import check_character, is_credit_code

# The example of the standard itself, and codes that listed companies publish.
RIGHT = ["91350100M000100Y43", "91440300708461136T", "91330100799655058B", "914403001922038216"]


class TestIsCreditCode:
    @pytest.mark.parametrize("code", RIGHT)
    def test_takes_codes_whose_check_character_is_right(self, code: str) -> None:
        assert is_credit_code(code)

    @pytest.mark.parametrize(
        "code",
        [
            "91350100M000100Y44",  # one wrong character
            "91350100M000100Y34",  # two swapped
            "91350100M000100Y4",  # one missing
            "91350100M000100Y433",  # one too many
            "91350100m000100y43",  # small letters are put right by the field, not here
            "9135O100M000100Y43",  # the letter O is not in the alphabet
            "９1350100M000100Y43",  # a full-width digit
            "",
        ],
    )
    def test_refuses_anything_else(self, code: str) -> None:
        assert not is_credit_code(code)

    def test_every_single_wrong_character_is_caught(self) -> None:
        code = "91350100M000100Y43"
        alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        for at in range(len(code)):
            for other in alphabet:
                wrong = code[:at] + other + code[at + 1 :]
                assert is_credit_code(wrong) == (wrong == code)

    def test_the_check_character_completes_any_body(self) -> None:
        body = "93511922MA0000001"
        assert is_credit_code(body + check_character(body))
