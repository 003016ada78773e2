"""A provider of identities where people sign in by their browsers: OpenID Connect, the code flow
with PKCE."""

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import (  # type: ignore[import-untyped] # it ships no types
    OAuthError,
)
from authlib.integrations.httpx_client import (  # type: ignore[import-untyped]
    AsyncOAuth2Client,
)

from algoroom.access.asking import WITHIN_S, Asking
from algoroom.access.key_set import PublicKeys
from algoroom.access.refusals import CredentialRefused, ProviderUnavailable
from algoroom.access.tokens import (
    Expected,
    email_in,
    name_in,
    read_header,
    user_id,
    verified,
)
from algoroom.clock import Clock

_SCOPE: Final = "openid profile email"
_DESCRIBED_FOR_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in. All that ties its parts together follows from a secret that only the
    browser has: an answer that another browser brings is worth nothing."""

    secret: str = field(repr=False)

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """What proves to the provider that the code is fetched by who asked for it (RFC 7636)."""
        return self._derived("verifier")

    def _derived(self, what: str) -> str:
        made = hmac.digest(self.secret.encode(errors="replace"), what.encode(), hashlib.sha256)
        return urlsafe_b64encode(made).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider vouches for. `user_id` is that of a caller."""

    user_id: str
    name: str
    email: str | None


class Provider:
    """One provider, by what it says of itself at its issuer's address."""

    def __init__(
        self,
        clock: Clock,
        asking: Asking,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._asking = asking
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._seconds = seconds
        self._known: dict[str, Any] = {}
        self._known_at = float("-inf")
        self._keys: PublicKeys | None = None

    async def address(self, attempt: Attempt, back_to: str) -> str:
        """Where the browser goes to sign in; it comes back to `back_to`. Raises
        `ProviderUnavailable`."""
        endpoint = await self._endpoint("authorization_endpoint")
        async with self._client(back_to) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return str(url)

    async def identity(self, attempt: Attempt, code: str, back_to: str) -> Identity:
        """Whom the provider vouches for by a code. Raises `CredentialRefused` where it does not, or
        not for this attempt, and `ProviderUnavailable`."""
        endpoint = await self._endpoint("token_endpoint")
        async with self._client(back_to) as client:
            try:
                answer = await client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
                claims = await self._claims(attempt, answer)
                if "userinfo_endpoint" in self._known and not {"name", "email"} <= claims.keys():
                    told = await client.get(self._known["userinfo_endpoint"])
                    claims = _completed(claims, told)
            except OAuthError as error:
                raise CredentialRefused("The provider does not vouch for this sign-in") from error
            except (httpx2.HTTPError, ValueError) as error:
                raise ProviderUnavailable(f"{self._issuer}: {type(error).__name__}") from error
        return Identity(user_id(claims), name_in(claims), email_in(claims))

    async def _claims(self, attempt: Attempt, answer: Any) -> dict[str, Any]:
        """What the identity token of an answer says, once it is known to be meant for us."""
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise CredentialRefused("The provider has sent no identity")
        if self._keys is None:
            self._keys = PublicKeys(await self._endpoint("jwks_uri"), self._asking)
        algorithm, kid = read_header(token)
        key = await self._keys.find(kid, algorithm)
        expected = Expected(issuer=self._issuer, audience=self._client_id)
        claims = verified(token, key, algorithm, expected, self._clock)
        nonce, party = claims.get("nonce"), claims.get("azp", self._client_id)
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(errors="replace"), attempt.nonce.encode()
        ):
            raise CredentialRefused("The identity is of another sign-in")
        if party != self._client_id:
            raise CredentialRefused("The identity is meant for somebody else")
        return claims

    async def _endpoint(self, name: str) -> str:
        """An address that the provider names in what it says of itself."""
        if self._seconds() - self._known_at > _DESCRIBED_FOR_S:
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            known = await self._asking.json(url)
            if known.get("issuer") != self._issuer:
                raise ProviderUnavailable(f"{url} speaks of another issuer")
            self._known, self._known_at, self._keys = known, self._seconds(), None
        found = self._known.get(name)
        if not isinstance(found, str):
            raise ProviderUnavailable(f"{self._issuer} names no {name}")
        return found

    def _client(self, back_to: str) -> Any:
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method=self._method(),
            scope=_SCOPE,
            redirect_uri=back_to,
            code_challenge_method="S256",
            timeout=WITHIN_S,
        )

    def _method(self) -> str:
        """How the server shows that it is itself; by its password where nothing is said of that."""
        if self._client_secret is None:
            return "none"
        taken = self._known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        is_posted = "client_secret_post" in taken and "client_secret_basic" not in taken
        return "client_secret_post" if is_posted else "client_secret_basic"


def _completed(claims: dict[str, Any], told: httpx2.Response) -> dict[str, Any]:
    """The claims with what the provider tells of the user besides, if it is of the same."""
    if told.status_code != httpx2.codes.OK:
        return claims
    more = told.json()
    if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
        raise CredentialRefused("The provider speaks of somebody else")
    return {**more, **claims}
