"""JSON web tokens: whose one is, once its signature and its claims hold."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import Key, OctKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from algoroom.access.caller import EVERY_SCOPE, Caller, Kind
from algoroom.access.key_set import PUBLIC_ALGORITHMS, PublicKeys
from algoroom.access.refusals import CredentialRefused
from algoroom.clock import Clock

LONGEST: Final = 8_192
"""Characters of a token that is looked at."""

LEEWAY_S: Final = 10
"""How far the clock of whoever signs may be from ours."""

_SHARED: Final = "HS256"
_PUBLIC: Final = frozenset(name for names in PUBLIC_ALGORITHMS.values() for name in names)
_LONGEST_SUBJECT: Final = 120
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Expected:
    """What the claims of a token have to be; None: whatever they are."""

    issuer: str | None = None
    audience: str | None = None


class Tokens:
    """Reads bearer tokens that are signed with a shared secret, or with keys of an address.

    Which of the two a token is checked with follows from its algorithm alone, so no public key is
    ever taken for a secret.
    """

    def __init__(
        self, clock: Clock, expected: Expected, *, secret: str | None, keys: PublicKeys | None
    ) -> None:
        self._clock = clock
        self._expected = expected
        self._secret = None if secret is None else OctKey.import_key(secret)
        self._keys = keys

    async def caller(self, token: str, address: str) -> Caller:
        """Whose a token is. Raises `CredentialRefused` and `ProviderUnavailable`."""
        if self._secret is None and self._keys is None:
            raise CredentialRefused("No tokens are taken here")
        algorithm, kid = read_header(token)
        key = await self._key(algorithm, kid)
        claims = verified(token, key, algorithm, self._expected, self._clock)
        scope = claims.get("scope")
        return Caller(
            address,
            kind=Kind.USER,
            id=user_id(claims),
            name=name_in(claims),
            email=email_in(claims),
            scopes=EVERY_SCOPE & set(scope.split() if isinstance(scope, str) else ()),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )

    async def _key(self, algorithm: str, kid: str | None) -> Key:
        if algorithm == _SHARED and self._secret is not None:
            return self._secret
        if algorithm in _PUBLIC and self._keys is not None:
            return await self._keys.find(kid, algorithm)
        raise CredentialRefused("The token is not signed in a way that is taken here")


def read_header(token: str) -> tuple[str, str | None]:
    """The algorithm and the key id that a token names, not yet to be believed."""
    if len(token) > LONGEST:
        raise CredentialRefused("The token is too long")
    try:
        segment = token.partition(".")[0].encode("ascii")
        header = json.loads(base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4)))
        algorithm, kid = header["alg"], header.get("kid")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CredentialRefused("The token cannot be read") from error
    if not isinstance(algorithm, str) or not (kid is None or isinstance(kid, str)):
        raise CredentialRefused("The token cannot be read")
    return algorithm, kid


def verified(
    token: str, key: Key, algorithm: str, expected: Expected, clock: Clock
) -> dict[str, Any]:
    """The claims of a token that this key signed in this way, for us and for now.

    Raises `CredentialRefused`.
    """
    # Further header parameters are commonplace; those named as critical are refused all the same.
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        claims = jwt.decode(token, key, registry=registry).claims
        wanted: dict[str, ClaimsOption] = {"exp": {"essential": True}, "sub": {"essential": True}}
        if expected.issuer is not None:
            wanted["iss"] = {"essential": True, "value": expected.issuer}
        if expected.audience is not None:
            wanted["aud"] = {"essential": True, "value": expected.audience}
        now = int(clock().timestamp())
        JWTClaimsRegistry(now=now, leeway=LEEWAY_S, **wanted).validate(claims)
        datetime.fromtimestamp(claims["exp"], UTC)
    except ExpiredTokenError as error:
        raise CredentialRefused("The token has expired") from error
    except ClaimError as error:
        raise CredentialRefused(f"The token's claim {error.claim} is not as it must be") from error
    except (JoseError, ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
        raise CredentialRefused("The token is not signed by whom it must be") from error
    return claims


def user_id(claims: Mapping[str, Any]) -> str:
    """The id of the user that claims speak of. Raises `CredentialRefused`."""
    subject = claims.get("sub")
    # As it is or not at all: two that are made alike would be one person.
    if (
        not isinstance(subject, str)
        or not 0 < len(subject) <= _LONGEST_SUBJECT
        or not subject.isprintable()
        or subject != subject.strip()
    ):
        raise CredentialRefused("The token's claim sub is not as it must be")
    return f"{Kind.USER.value}:{subject}"


def name_in(claims: Mapping[str, Any]) -> str:
    """What to call the user that claims speak of."""
    email = _text(claims.get("email")) or ""
    names = (claims.get("name"), claims.get("preferred_username"), email.partition("@")[0])
    found = next(filter(None, map(_text, names)), None) or _text(claims.get("sub")) or "?"
    return found[:_LONGEST_NAME]


def email_in(claims: Mapping[str, Any]) -> str | None:
    """The user's address; None where it is said not to be theirs for certain."""
    return _text(claims.get("email")) if claims.get("email_verified", True) is True else None


def _text(value: object) -> str | None:
    """A claim as a text that can be stored and shown, None where it is none."""
    if not isinstance(value, str) or not value.strip():
        return None
    return "".join(filter(str.isprintable, value)).encode(errors="replace").decode().strip() or None
