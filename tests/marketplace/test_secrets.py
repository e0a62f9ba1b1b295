"""Personal data at rest is unreadable, tamper-evident, and still found by its owner."""

import pytest
from cryptography.exceptions import InvalidTag

from marketplace import secrets


class TestSeal:
    def test_hides_the_text_and_gives_it_back(self) -> None:
        sealed = secrets.seal("13800005678 浙江省丽水市")
        assert b"13800005678" not in sealed
        assert secrets.unseal(sealed) == "13800005678 浙江省丽水市"

    def test_is_different_each_time(self) -> None:
        assert secrets.seal("a") != secrets.seal("a")

    @pytest.mark.parametrize("position", [0, 5, 20])
    def test_shows_tampering(self, position: int) -> None:
        sealed = bytearray(secrets.seal("13800005678"))
        sealed[position] ^= 1
        with pytest.raises(InvalidTag):
            secrets.unseal(bytes(sealed))


class TestBlindIndex:
    def test_is_the_same_for_the_same_text_only(self) -> None:
        assert secrets.blind_index("a") == secrets.blind_index("a")
        assert secrets.blind_index("a") != secrets.blind_index("b")
        assert b"13800005678" not in secrets.blind_index("13800005678")
