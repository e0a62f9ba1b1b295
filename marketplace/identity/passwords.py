"""Passwords of staff: argon2id, twelve characters or more, and nothing that is commonly guessed."""

import gzip
import itertools
import unicodedata
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from marketplace.identity.errors import PasswordTooWeak
from marketplace.language import Text

SHORTEST = 12
# Passphrases are hashed whole; the bound only keeps a body of megabytes from being hashed.
LONGEST = 1024
FEWEST_DISTINCT = 5
_LIST = Path(__file__).parent / "data" / "common_passwords.txt.gz"
_APPENDED = "0123456789!@#$%^&*()-_=+.,?~ "

# The second recommendation of RFC 9106: 64 MiB, three passes, four lanes.
_hasher = PasswordHasher(memory_cost=64 * 1024, time_cost=3, parallelism=4)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(gzip.decompress(_LIST.read_bytes()).decode().split())


def normalised(password: str) -> str:
    """Return the form that is hashed: the same characters typed on any keyboard (NFKC), whole."""
    return unicodedata.normalize("NFKC", password)


def check_strength(password: str, login_name: str) -> None:
    """Raise PasswordTooWeak unless the password may be set.

    No rules about character classes (NIST SP 800-63B, 5.1.1.2): length, and a list of what is
    tried first, also with digits and signs appended.
    """
    plain = normalised(password).casefold()
    if len(plain) < SHORTEST:
        raise _weak(Text(f"密码至少 {SHORTEST} 个字符", f"Use at least {SHORTEST} characters"))
    if len(plain) > LONGEST:
        raise _weak(Text(f"密码最多 {LONGEST} 个字符", f"Use at most {LONGEST} characters"))
    if len(set(plain)) < FEWEST_DISTINCT or _repeats_a_block(plain) or _is_a_run(plain):
        raise _weak(Text("密码重复过多，容易被猜中", "The password repeats itself too much"))
    core = plain.strip(_APPENDED)
    if plain in _common() or core in _common() or login_name.casefold() in plain:
        raise _weak(Text("密码过于常见，容易被猜中", "The password is too common"))


def _weak(why: Text) -> PasswordTooWeak:
    return PasswordTooWeak(why, fields={"password": why})


def _repeats_a_block(plain: str) -> bool:
    """``abcabcabcabc``: found inside its own doubling before its end."""
    return plain in (plain + plain)[1:-1]


def _is_a_run(plain: str) -> bool:
    """``123456789012``, ``abcdefghijkl`` and their likes: every step is the same."""
    steps = {(ord(b) - ord(a)) % 10 for a, b in itertools.pairwise(plain)}
    return len(steps) == 1


def hash_password(password: str) -> str:
    """Hash a password with argon2id (slow on purpose: call it outside transactions)."""
    return _hasher.hash(normalised(password))


@lru_cache(maxsize=1)
def decoy_hash() -> str:
    """Return a hash that nobody's password has: an unknown name takes as long as a wrong password."""
    return _hasher.hash("nobody's password")


def verify_password(password_hash: str, password: str) -> bool:
    """Tell whether the password is the hashed one (slow on purpose)."""
    try:
        return _hasher.verify(password_hash, normalised(password))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(password_hash)
