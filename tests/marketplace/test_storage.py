"""Files are stored whole, under keys of ours only."""

import pytest

from marketplace import storage
from marketplace.errors import NotFound


class TestStore:
    def test_gives_back_what_was_stored(self) -> None:
        storage.store("photos/a1.webp", b"one")
        storage.store("photos/a1.webp", b"two")
        assert storage.read("photos/a1.webp") == b"two"
        storage.remove("photos/a1.webp")
        with pytest.raises(NotFound):
            storage.read("photos/a1.webp")
        storage.remove("photos/a1.webp")

    @pytest.mark.parametrize(
        "key", ["../etc/passwd", "photos/../../x", "/etc/passwd", "photos", "a/\x00", "a/B", ""]
    )
    def test_refuses_keys_that_are_not_ours(self, key: str) -> None:
        with pytest.raises(ValueError, match="not a storage key"):
            storage.store(key, b"x")
