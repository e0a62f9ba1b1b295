"""Identifiers: UUIDv7 keys for rows, and short checkable numbers for people."""

import secrets
import uuid

from uuid_utils.compat import uuid7

# No 0/O and no 1/I/L: a number read over the telephone arrives as it was said.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_PLACES = {character: place for place, character in enumerate(ALPHABET)}
_NUMBER_LENGTH = 11


def new_id() -> uuid.UUID:
    """Make a UUIDv7: unique without asking the database, and roughly in order of time."""
    return uuid7()


def _check_character(body: str) -> str:
    """Weighted sum modulo the alphabet's prime 31: one wrong or two swapped characters show."""
    total = sum(_PLACES[c] * weight for weight, c in enumerate(body, start=1))
    return ALPHABET[total % len(ALPHABET)]


def new_number(prefix: str) -> str:
    """Make an unguessable number such as ``JD7K2M-9QX4-RTH8`` with a check character at its end."""
    drawn = secrets.randbelow(len(ALPHABET) ** _NUMBER_LENGTH)
    characters = []
    for _ in range(_NUMBER_LENGTH):
        drawn, place = divmod(drawn, len(ALPHABET))
        characters.append(ALPHABET[place])
    body = "".join(characters)
    body += _check_character(body)
    return f"{prefix}{body[:4]}-{body[4:8]}-{body[8:]}"


def is_well_formed(number: str, prefix: str) -> bool:
    """Tell whether a number typed by a person can be one of ours, before asking the database."""
    body = number.strip().upper().removeprefix(prefix).replace("-", "")
    if len(body) != _NUMBER_LENGTH + 1 or any(c not in ALPHABET for c in body):
        return False
    return _check_character(body[:-1]) == body[-1]
