"""Host tokens and guest tokens: read from whatever comes.

A program shows them in the headers `X-Host-Token` and `X-Guest-Token`. A browser shows a guest
token in a cookie, which the server alone can read, so that no page needs to keep a secret.
"""

from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from algoroom.access.caller import Caller
from algoroom.access.secrets import LONGEST
from algoroom.api.accepting import prefers_html
from algoroom.api.cookies import GUEST

HOST_HEADER: Final = "X-Host-Token"
GUEST_HEADER: Final = "X-Guest-Token"
_KEPT_S: Final = 180 * 24 * 3600


def shown_in(scope: Scope, caller: Caller) -> Caller:
    """A caller with the tokens that a request or a handshake shows."""
    headers = Headers(scope=scope)
    hosts = tuple(_bounded(headers.getlist(HOST_HEADER)))
    guests = [*headers.getlist(GUEST_HEADER), GUEST.read(scope) or ""]
    guest = next(filter(None, _bounded(guests)), "")
    return replace(caller, host_tokens=hosts, guest_token=guest) if hosts or guest else caller


def cookie(connection: HTTPConnection, token: str) -> str:
    """The header `Set-Cookie` that has a browser keep a guest token."""
    return GUEST.kept(connection.scope, token, _KEPT_S)


def is_browser(connection: HTTPConnection) -> bool:
    """Whether a browser asks: programs send no `Origin` and want no HTML."""
    headers = connection.headers
    return "origin" in headers or prefers_html(headers.getlist("accept"))


def _bounded(tokens: list[str]) -> list[str]:
    return [token for token in tokens if len(token) <= LONGEST]
