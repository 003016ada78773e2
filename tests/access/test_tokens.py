"""Which bearer tokens are believed, and what they say of their holder."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from algoroom.access.asking import Asking
from algoroom.access.caller import EVERY_SCOPE, Kind
from algoroom.access.key_set import PublicKeys
from algoroom.access.refusals import CredentialRefused, ProviderUnavailable
from algoroom.access.tokens import LEEWAY_S, LONGEST, Expected, Tokens
from tests.access.identities import NOW, SECRET, KeyAddress, claims, key_address, signed

ANYBODYS = Expected()
EXPECTED = Expected(issuer="https://accounts.example", audience="algoroom")
RSA = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "two"})


class Now:
    """Clocks that a test moves."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def address() -> Iterator[KeyAddress]:
    with key_address() as served:
        served.show(RSA)
        yield served


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    asking = Asking()
    yield asking
    await asking.close()


def with_secret(expected: Expected = ANYBODYS) -> Tokens:
    return Tokens(lambda: NOW, expected, secret=SECRET, keys=None)


def ours(**changed: Any) -> dict[str, Any]:
    return claims(**{"iss": "https://accounts.example", "aud": ["other", "algoroom"], **changed})


async def refusal(tokens: Tokens, token: str) -> str:
    with pytest.raises(CredentialRefused) as caught:
        await tokens.caller(token, "192.0.2.1")
    assert not token or token[-20:] not in str(caught.value)
    return str(caught.value)


async def test_a_token_says_who_its_holder_is_and_what_it_is_for() -> None:
    caller = await with_secret().caller(signed(claims()), "192.0.2.1")
    assert (caller.kind, caller.id, caller.address) == (Kind.USER, "user:ann", "192.0.2.1")
    assert (caller.name, caller.email) == ("ann", "ann@example.org")
    assert caller.scopes == EVERY_SCOPE
    assert caller.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"name": "Ann Ö\u200b"}, "Ann Ö"),
        ({"preferred_username": "annie", "name": " "}, "annie"),
        ({"email": None}, "ann"),
        ({"name": "x" * 1_000}, "x" * 100),
        ({"name": ["Ann"], "email": 7}, "ann"),
    ],
)
async def test_whoever_has_no_name_is_called_by_what_there_is(
    said: dict[str, Any], name: str
) -> None:
    assert (await with_secret().caller(signed(claims(**said)), "")).name == name


async def test_an_address_that_is_not_verified_is_not_told() -> None:
    token = signed(claims(email_verified=False))
    assert (await with_secret().caller(token, "")).email is None


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (None, set()),
        ("", set()),
        ("session:read openid", {"session:read"}),
        (["session:read"], set()),
        ("session:read,session:write", set()),
    ],
)
async def test_a_token_is_for_the_scopes_that_it_names(scope: Any, found: set[str]) -> None:
    assert (await with_secret().caller(signed(claims(scope=scope)), "")).scopes == found


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"exp": int(NOW.timestamp()) - LEEWAY_S}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e300}, "not signed"),
        ({"nbf": int(NOW.timestamp()) + LEEWAY_S + 1}, "nbf"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": " ann"}, "sub"),
        ({"sub": "an\u200bn"}, "sub"),
        ({"sub": "a" * 121}, "sub"),
        ({"sub": 7}, "sub"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": None}, "aud"),
    ],
)
async def test_a_token_whose_claims_do_not_hold_is_refused(said: dict[str, Any], why: str) -> None:
    assert why in await refusal(with_secret(EXPECTED), signed(ours(**said)))


async def test_clocks_may_differ_by_a_little() -> None:
    token = signed(claims(exp=int(NOW.timestamp()) - LEEWAY_S + 1))
    assert (await with_secret().caller(token, "")).id == "user:ann"


def unsigned(said: dict[str, Any], algorithm: str = "none") -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": algorithm}, said)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS384", "HS512", "RS256"])
async def test_an_unsigned_token_and_one_signed_otherwise_are_refused(algorithm: str) -> None:
    await refusal(with_secret(), unsigned(claims(), algorithm))
    await refusal(with_secret(), unsigned(claims(), algorithm) + "c2lnbmF0dXJl")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.b.c",
        "e30.e30.",
        "bnVsbA.e30.",
        "W10.e30.x",
        "\ud800",
        "x" * 9_000,
    ],
)
async def test_what_is_no_token_is_refused(token: str) -> None:
    await refusal(with_secret(), token)


async def test_a_changed_token_is_refused() -> None:
    header, body, signature = signed(claims()).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(claims(sub="bob")).encode()).decode().rstrip("=")
    await refusal(with_secret(), f"{header}.{forged}.{signature}")
    await refusal(with_secret(), f"{header}.{body}.{signature[:-4]}AAAA")
    await refusal(with_secret(), f"{header}.{body}")
    await refusal(with_secret(), signed(claims(), OctKey.import_key("z" * 32)))


async def test_a_token_that_is_too_long_is_not_looked_at() -> None:
    token = signed(claims(filler="x" * LONGEST))
    assert await refusal(with_secret(), token) == "The token is too long"


async def test_a_critical_header_that_nobody_knows_is_refused() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","crit":["x"],"x":1}').decode().rstrip("=")
    _, body, signature = signed(claims()).split(".")
    await refusal(with_secret(), f"{header}.{body}.{signature}")


async def test_without_settings_no_token_is_taken() -> None:
    tokens = Tokens(lambda: NOW, Expected(), secret=None, keys=None)
    assert await refusal(tokens, signed(claims())) == "No tokens are taken here"


def with_keys(
    address: KeyAddress, asking: Asking, clock: Now | None = None, secret: str | None = None
) -> Tokens:
    keys = PublicKeys(address.url, asking, clock or Now())
    return Tokens(lambda: NOW, EXPECTED, secret=secret, keys=keys)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSA, "RS256"),
        (RSA, "PS256"),
        (ECKey.generate_key("P-256", {"kid": "ec"}), "ES256"),
        (ECKey.generate_key("P-384", {"kid": "ec"}), "ES384"),
        (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "Ed25519"),
    ],
)
async def test_a_token_may_be_signed_with_a_public_keys_other_half(
    address: KeyAddress, asking: Asking, key: Key, algorithm: str
) -> None:
    address.show(OTHER, key)
    token = signed(ours(), key, alg=algorithm, kid=key.kid)
    assert (await with_keys(address, asking).caller(token, "")).id == "user:ann"


async def test_a_public_key_is_never_taken_for_a_secret(
    address: KeyAddress, asking: Asking
) -> None:
    shown = (
        RSA.as_pem(private=False),
        RSA.as_der(private=False),
        json.dumps(address.keys[0]).encode(),
    )
    for secret in (None, SECRET):
        for public in shown:
            token = forged_with(public, ours())
            await refusal(with_keys(address, asking, secret=secret), token)


def forged_with(secret: bytes, said: dict[str, Any]) -> str:
    """What the library refuses to make: signed with a public key as if that were a secret."""
    signing = unsigned(said, "HS256").rstrip(".")
    mac = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


async def test_a_secret_that_an_address_tells_signs_nothing(
    address: KeyAddress, asking: Asking
) -> None:
    secret = OctKey.import_key("z" * 32, {"kid": "oct"})
    address.keys = [secret.as_dict(private=True)]
    token = signed(ours(), secret, kid="oct")
    await refusal(with_keys(address, asking), token)


async def test_a_key_is_only_for_what_it_says_it_is_for(
    address: KeyAddress, asking: Asking
) -> None:
    address.keys = [{**RSA.as_dict(private=False), "use": "enc"}]
    await refusal(with_keys(address, asking), signed(ours(), RSA, alg="RS256", kid="one"))
    address.keys = [{**RSA.as_dict(private=False), "alg": "PS256"}]
    await refusal(with_keys(address, asking), signed(ours(), RSA, alg="RS256", kid="one"))


async def test_a_key_that_a_token_brings_along_is_not_believed(
    address: KeyAddress, asking: Asking
) -> None:
    for header in ({"jwk": OTHER.as_dict(private=False)}, {"jku": "https://evil.example/jwks"}):
        token = signed(ours(), OTHER, alg="RS256", kid="one", **header)
        await refusal(with_keys(address, asking), token)


async def test_the_keys_are_asked_for_once_and_again_for_one_that_is_new(
    address: KeyAddress, asking: Asking
) -> None:
    clock = Now()
    tokens = with_keys(address, asking, clock)
    for _ in range(3):
        await tokens.caller(signed(ours(), RSA, alg="RS256", kid="one"), "")
    assert address.asked == 1
    address.show(RSA, OTHER)
    clock.s += 31
    token = signed(ours(), OTHER, alg="RS256", kid="two")
    assert (await tokens.caller(token, "")).id == "user:ann"
    assert address.asked == 2


async def test_strangers_who_name_unknown_keys_cause_few_questions(
    address: KeyAddress, asking: Asking
) -> None:
    clock = Now()
    tokens = with_keys(address, asking, clock)
    for number in range(20):
        token = signed(ours(), OTHER, alg="RS256", kid=f"unknown {number}")
        assert "unknown key" in await refusal(tokens, token)
        clock.s += 1
    assert address.asked == 1


async def test_a_key_that_was_withdrawn_is_forgotten(address: KeyAddress, asking: Asking) -> None:
    clock = Now()
    tokens = with_keys(address, asking, clock)
    token = signed(ours(), RSA, alg="RS256", kid="one")
    await tokens.caller(token, "")
    address.show(OTHER)
    clock.s += 601
    await refusal(tokens, token)


async def test_known_keys_are_believed_for_a_while_when_the_address_fails(
    address: KeyAddress, asking: Asking
) -> None:
    clock = Now()
    tokens = with_keys(address, asking, clock)
    token = signed(ours(), RSA, alg="RS256", kid="one")
    await tokens.caller(token, "")
    address.status = 500
    clock.s += 3_000
    await tokens.caller(token, "")
    clock.s += 3_000
    with pytest.raises(ProviderUnavailable):
        await tokens.caller(token, "")
    address.status = 200
    clock.s += 31
    await tokens.caller(token, "")


async def test_an_address_that_fails_refuses_nobody_for_good(
    address: KeyAddress, asking: Asking
) -> None:
    clock = Now()
    tokens = with_keys(address, asking, clock)
    address.status = 302
    token = signed(ours(), RSA, alg="RS256", kid="one")
    with pytest.raises(ProviderUnavailable):
        await tokens.caller(token, "")
    address.status = 200
    clock.s += 3
    await tokens.caller(token, "")


async def test_a_token_without_a_key_id_needs_one_key_that_fits(
    address: KeyAddress, asking: Asking
) -> None:
    tokens = with_keys(address, asking)
    token = signed(ours(), RSA, alg="RS256")
    assert (await tokens.caller(token, "")).id == "user:ann"
    address.show(RSA, OTHER)
    await refusal(with_keys(address, asking), token)
