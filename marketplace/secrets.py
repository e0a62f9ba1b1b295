"""Secrets and personal data at rest: sealing, blind indexes, tokens.

One key ring is derived from ``SECRET_KEY``. Sealed values carry the id of the key that sealed
them, so that a later key can be introduced while older rows are still read.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

_KEY_ID = b"\x01"
_NONCE_BYTES = 12


@lru_cache(maxsize=16)
def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def key_for(purpose: str) -> bytes:
    """Return the 32-byte key of a purpose, derived from the application's secret."""
    return _derive(current_app.config["SECRET_KEY"], purpose.encode())


def seal(text: str) -> bytes:
    """Encrypt personal data for a column (AES-256-GCM; key id, nonce, ciphertext)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key_for("seal")).encrypt(nonce, text.encode(), _KEY_ID)
    return _KEY_ID + nonce + sealed


def unseal(sealed: bytes) -> str:
    """Decrypt what ``seal`` made; raises ``cryptography.exceptions.InvalidTag`` when altered."""
    key_id, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    return AESGCM(key_for("seal")).decrypt(nonce, body, key_id).decode()


def blind_index(text: str) -> bytes:
    """Return a keyed digest by which a sealed value can be looked up without being readable."""
    return hmac.digest(key_for("blind index"), text.encode(), "sha256")


def token() -> str:
    """Make an opaque bearer token (256 bits)."""
    return secrets.token_urlsafe(32)


def digest(opaque: str) -> bytes:
    """Hash an opaque token for storage; tokens are random, so a plain SHA-256 suffices."""
    return hashlib.sha256(opaque.encode()).digest()


def sign(purpose: str, message: bytes) -> str:
    """Return a hexadecimal HMAC of a message under the key of a purpose."""
    return hmac.digest(key_for(purpose), message, "sha256").hex()


def same(one: str, other: str) -> bool:
    """Compare two strings in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
