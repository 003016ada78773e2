"""Secrets that make whoever shows them somebody: made, and known again by their digests."""

import hashlib
import secrets
from typing import Final

SECRET_BYTES: Final = 32
LONGEST: Final = 256
"""Characters of what is looked at; nothing of ours is longer."""


def new_secret() -> str:
    """256 random bits, in characters that need no escaping in a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What is stored in place of a secret: SHA-256, in hexadecimal digits.

    A secret of 256 random bits needs no salt and no slow hash: nobody can try them all.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def guest_id(token: str) -> str:
    """The id of the anonymous person who shows this guest token; it tells nothing of the token."""
    return f"guest:{digest(token)[:32]}"
