"""Passwords: what may be set, and that they are kept whole and slow."""

import pytest

from marketplace.identity import passwords
from marketplace.identity.errors import PasswordTooWeak
from tests.conftest import STRONG_HASHER


class TestCheckStrength:
    @pytest.mark.parametrize(
        "password",
        ["correct horse battery staple", "南江黄羊天下第一香又香又嫩", "Tr0ub4dor&3-in-the-hills",
         "x7#kQ!9pL2@w", "🐑 mutton from Nanjiang", "849302716354"],
    )  # fmt: skip
    def test_lets_pass_what_is_long_and_unusual(self, password: str) -> None:
        passwords.check_strength(password, "officer")

    @pytest.mark.parametrize(
        "password",
        ["", "short", "elevenchars", "x" * 12, "abababababab", "123123123123", "q1w2e3r4t5y6",
         "Q1W2E3R4T5Y6", "password12345678", "Password!!!!2026", "iloveyou2023!", "123456789012", "abcdefghijklmn", "987654321098",
         "qwertyuiop123", "ｐａｓｓｗｏｒｄ12345", "officer.nanjiang-2026", "x" * 1025],
    )  # fmt: skip
    def test_refuses_what_is_short_common_or_repeats(self, password: str) -> None:
        with pytest.raises(PasswordTooWeak) as refused:
            passwords.check_strength(password, "officer.nanjiang")
        assert "password" in refused.value.fields

    def test_asks_for_no_character_classes(self) -> None:
        passwords.check_strength("only small letters here", "officer")


class TestVerifyPassword:
    def test_is_argon2id_as_strong_as_the_standard_asks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(passwords, "_hasher", STRONG_HASHER)
        hashed = passwords.hash_password("correct horse battery")
        assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert passwords.verify_password(hashed, "correct horse battery")
        assert not passwords.is_outdated(hashed)

    def test_tells_the_last_of_a_thousand_characters(self) -> None:
        long_one = "长" * 1000
        hashed = passwords.hash_password(long_one)
        assert passwords.verify_password(hashed, long_one)
        assert not passwords.verify_password(hashed, long_one[:-1])

    def test_takes_the_same_characters_from_any_keyboard(self) -> None:
        composed, decomposed = "caf\u00e9 in the hills", "cafe\u0301 in the hills"
        assert passwords.verify_password(passwords.hash_password(composed), decomposed)

    def test_refuses_against_a_malformed_hash(self) -> None:
        assert not passwords.verify_password("not a hash", "correct horse battery")

    def test_is_never_passed_by_the_decoy(self) -> None:
        assert passwords.decoy_hash().startswith("$argon2id$")
        assert not passwords.is_outdated(passwords.decoy_hash())
