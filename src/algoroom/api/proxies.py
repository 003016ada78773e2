"""Who is at the other end, where trusted proxies stand between.

A proxy says from whom it has a request in `X-Forwarded-For` or `Forwarded` (RFC 7239). Anybody can
send these headers, so they are believed from the addresses and networks alone that the settings
name, and of a list of hops only what trusted ones added: the client is the last hop that is not
trusted itself.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PARAMETER: Final = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*(;|,|$)')
# Longer lists than any network has: what is before, or all of it, is not looked at.
_MOST_HOPS: Final = 32
_LONGEST: Final = 4_096
_SECURE: Final = {"http": "https", "ws": "wss"}
_PLAIN: Final = {secure: plain for plain, secure in _SECURE.items()}


@dataclass(frozen=True, slots=True)
class Hop:
    """What a proxy says of whoever asked it. An address that is hidden or malformed is None."""

    address: Address | None
    scheme: str | None = None


class Proxies:
    """Puts the client's address, and the scheme that it used, into the scope of what a trusted
    proxy passes on. Everything else stays as it came."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str]) -> None:
        self._app = app
        self._trusted = [ipaddress.ip_network(entry, strict=False) for entry in trusted]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._trusted and scope["type"] in ("http", "websocket"):
            self._look_behind(scope)
        await self._app(scope, receive, send)

    def _look_behind(self, scope: Scope) -> None:
        peer = parsed(scope["client"][0]) if scope.get("client") else None
        if peer is None or not self._trusts(peer):
            return
        headers = Headers(scope=scope)
        listed, forwarded = _listed(headers), _forwarded(headers)
        found = [self._client(hops) for hops in (listed, forwarded) if hops]
        # A proxy writes one of the two headers, and passes on what the client wrote in the other.
        if not found or any(hop.address != found[0].address for hop in found):
            return
        if (address := found[0].address) is not None:
            scope["client"] = (str(address), 0)
        # The one that is nearest knows best how it was asked itself; a list begins with the client.
        for scheme in [hop.scheme for hop in found if hop.scheme]:
            _set_scheme(scope, scheme)

    def _client(self, hops: Sequence[Hop]) -> Hop:
        """The last hop that no trusted proxy is; behind one that hides its client there is none."""
        for hop in reversed(hops):
            if hop.address is None or not self._trusts(hop.address):
                return hop
        return hops[0]

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def parsed(text: str) -> Address | None:
    """The address that a text names, with or without a port; an IPv4 address that is written as
    one of IPv6 is the former."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _listed(headers: Headers) -> list[Hop]:
    """`X-Forwarded-For`, and `X-Forwarded-Proto` of the nearest proxy."""
    entries = _entries(headers.getlist("x-forwarded-for"))
    schemes = _entries(headers.getlist("x-forwarded-proto"))
    scheme = schemes[-1].lower() if schemes else None
    return [Hop(parsed(entry), scheme) for entry in entries[-_MOST_HOPS:]]


def _forwarded(headers: Headers) -> list[Hop]:
    text = ",".join(headers.getlist("forwarded"))
    if len(text) > _LONGEST:
        return [Hop(None)]
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            # Nothing before it can be told from what its sender made up.
            return [*hops, Hop(None)]
        name, value, end = match.groups()
        pairs[name.lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value
        position = match.end()
        if end != ";":
            hops.append(Hop(parsed(pairs.get("for", "")), pairs.get("proto", "").lower() or None))
            pairs = {}
    return hops


def _entries(values: Iterable[str]) -> list[str]:
    return [entry.strip() for entry in ",".join(values).split(",")] if values else []


def _set_scheme(scope: Scope, scheme: str) -> None:
    if scheme in ("https", "wss"):
        scope["scheme"] = _SECURE.get(scope["scheme"], scope["scheme"])
    elif scheme in ("http", "ws"):
        scope["scheme"] = _PLAIN.get(scope["scheme"], scope["scheme"])
