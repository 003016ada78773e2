"""The public keys with which somebody else signs tokens, as an address tells them."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from algoroom.access.asking import Asking
from algoroom.access.refusals import CredentialRefused, ProviderUnavailable

PUBLIC_ALGORITHMS: Final = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("Ed25519",),
}
"""What a key of each kind may have signed with. A shared secret is no public key."""

PublicKey = RSAKey | ECKey | OKPKey

# After this, what is known is asked for anew, so that a key that was withdrawn is forgotten.
RENEWED_AFTER_S: Final = 600.0
# For so long keys are believed that cannot be asked for anew.
BELIEVED_FOR_S: Final = 3_600.0
# Strangers name as many unknown keys as they like, and cause no more questions than this.
AT_MOST_EVERY_S: Final = 30.0
# The same, as long as nothing is known at all.
TRIED_EVERY_S: Final = 2.0


class PublicKeys:
    """The keys of one address, asked for when they are needed. `clock` is monotonic, in seconds."""

    def __init__(
        self, url: str, asking: Asking, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._asking = asking
        self._clock = clock
        self._keys: list[PublicKey] = []
        self._known_at = self._tried_at = float("-inf")
        self._failure = ProviderUnavailable(f"{url} was not asked yet")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str) -> PublicKey:
        """The key of this id that can have signed so; without an id, the only one that can.

        Raises `CredentialRefused` where there is none, and `ProviderUnavailable`.
        """
        if self._age() > RENEWED_AFTER_S:
            await self._ask(AT_MOST_EVERY_S if self._keys else TRIED_EVERY_S)
        if self._age() > BELIEVED_FOR_S:
            raise self._failure
        found = self._known(kid, algorithm)
        if found is None:
            await self._ask(AT_MOST_EVERY_S)
            found = self._known(kid, algorithm)
        if found is None:
            raise CredentialRefused("The token is signed with an unknown key")
        return found

    def _age(self) -> float:
        return self._clock() - self._known_at

    def _known(self, kid: str | None, algorithm: str) -> PublicKey | None:
        fitting = [
            key
            for key in self._keys
            if algorithm in PUBLIC_ALGORITHMS[key.key_type]
            and key.get("alg") in (None, algorithm)
            and (kid is None or key.kid == kid)
        ]
        return fitting[0] if len(fitting) == 1 else None

    async def _ask(self, pause_s: float) -> None:
        """Ask for the keys, unless that was done within the pause; several wait for one answer."""
        async with self._lock:
            if self._clock() - self._tried_at < pause_s:
                return
            try:
                self._keys = _public_keys(await self._asking.json(self._url))
            except ProviderUnavailable as error:
                self._failure = error
            else:
                self._known_at = self._clock()
            # An answer may take longer than the pause: whoever waited for it has it too.
            self._tried_at = self._clock()


def _public_keys(document: dict[str, Any]) -> list[PublicKey]:
    """The keys for signatures in a key set; what cannot be read is left out (RFC 7517, 5)."""
    found: list[PublicKey] = []
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        if entry.get("kty") not in PUBLIC_ALGORITHMS:
            continue
        try:
            key = JWKRegistry.import_key(entry)
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(key, PublicKey):
            found.append(key)
    return found
