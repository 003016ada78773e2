"""Who the client is where proxies stand between, and who it is said to be by whoever asks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algoroom.api.limits import who
from algoroom.api.proxies import Proxies

TRUSTED = ("10.0.0.0/8", "192.0.2.7", "2001:db8:ff::/48")


async def seen(
    *headers: tuple[str, str], peer: str = "10.0.0.1", kind: str = "http", trusted: Any = TRUSTED
) -> tuple[str, str]:
    """The client's address and the scheme, as the application sees them."""
    scope: dict[str, Any] = {
        "type": kind,
        "client": (peer, 5_000),
        "scheme": "ws" if kind == "websocket" else "http",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }

    async def application(_scope: Any, _receive: Any, _send: Any) -> None:
        pass

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    await Proxies(application, trusted=trusted)(scope, nothing, nothing)
    return scope["client"][0], scope["scheme"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
async def test_nobody_is_believed_who_is_not_trusted(header: str) -> None:
    value = "for=203.0.113.9;proto=https" if header == "Forwarded" else "203.0.113.9"
    sent = [(header, value), ("X-Forwarded-Proto", "https")]
    for peer in ("198.51.100.1", "192.0.2.8", "2001:db8:fe::1", "unknown"):
        assert await seen(*sent, peer=peer) == (peer, "http")
    assert await seen(*sent, trusted=()) == ("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("listed", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:41234", "203.0.113.9"),
        ("203.0.113.9, 10.1.2.3, 192.0.2.7", "203.0.113.9"),
        # What stands before the last hop that is not trusted was made up by whoever is there.
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.5, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("x\"'; drop, 203.0.113.9", "203.0.113.9"),
        ("10.1.2.3, 10.0.0.5", "10.1.2.3"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "10.0.0.1"),
        ("", "10.0.0.1"),
        (",", "10.0.0.1"),
        ("203.0.113.9,", "10.0.0.1"),
        (", ".join(["1.1.1.1"] * 4_000 + ["203.0.113.9"]), "203.0.113.9"),
    ],
)
async def test_the_client_is_the_last_hop_that_is_not_trusted(listed: str, client: str) -> None:
    assert (await seen(("X-Forwarded-For", listed)))[0] == client
    if listed.count(",") == 1:
        first, second = listed.split(",")
        both = [("X-Forwarded-For", first), ("X-Forwarded-For", second)]
        assert (await seen(*both))[0] == client


@pytest.mark.parametrize(
    ("forwarded", "client", "scheme"),
    [
        ("for=203.0.113.9", "203.0.113.9", "http"),
        ("For=203.0.113.9;Proto=https;by=10.0.0.1", "203.0.113.9", "https"),
        ('for="203.0.113.9:80", for=10.1.2.3', "203.0.113.9", "http"),
        ('proto=https;for="[2001:db8::1]:4711"', "2001:db8::1", "https"),
        ("for=1.1.1.1;proto=https, for=203.0.113.9;proto=http", "203.0.113.9", "http"),
        ('for="203.0.113.9\\"";x=",for=1.1.1.1"', "10.0.0.1", "http"),
        ('for="1.1.1.1, for=203.0.113.9', "10.0.0.1", "http"),
        ("for=_hidden", "10.0.0.1", "http"),
        ("for=unknown, for=10.0.0.2", "10.0.0.1", "http"),
        ("proto=https", "10.0.0.1", "https"),
        ("nonsense", "10.0.0.1", "http"),
        ("for=203.0.113.9;host=" + "x" * 5_000, "10.0.0.1", "http"),
    ],
)
async def test_forwarded_says_the_same_in_its_own_way(
    forwarded: str, client: str, scheme: str
) -> None:
    assert await seen(("Forwarded", forwarded)) == (client, scheme)


async def test_two_headers_that_contradict_each_other_are_not_believed() -> None:
    listed, other = ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=1.1.1.1")
    assert (await seen(listed, other))[0] == "10.0.0.1"
    assert (await seen(listed, ("Forwarded", "for=203.0.113.9")))[0] == "203.0.113.9"


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_a_proxy_tells_how_it_was_asked(kind: str) -> None:
    listed = ("X-Forwarded-For", "203.0.113.9")
    plain, secure = ("ws", "wss") if kind == "websocket" else ("http", "https")
    for sent, scheme in [("https", secure), ("http", plain), ("HTTPS", secure), ("gopher", plain)]:
        assert await seen(listed, ("X-Forwarded-Proto", sent), kind=kind) == (
            "203.0.113.9",
            scheme,
        )


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
async def test_whatever_is_sent_the_client_is_an_address(listed: str, forwarded: str) -> None:
    address, _ = await seen(("X-Forwarded-For", listed), ("Forwarded", forwarded))
    assert who(address)
