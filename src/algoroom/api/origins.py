"""Which pages may write: those of this server and those that the settings name; and whose requests
a cookie speaks for."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.settings import Settings

_ORIGIN: Final = re.compile(r"https?://[^/?#@\s]+")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
# What a browser says in `Sec-Fetch-Site` of requests that no other site has caused.
_AT_HOME: Final = frozenset({"same-origin", "none"})

Place = tuple[str, str, int]
"""Scheme, host in lower case, port."""


class Origins:
    """Tells the pages that may write from those that may not, by their `Origin` header."""

    def __init__(self, settings: Settings) -> None:
        self._others = settings.cors_pattern
        self._public = None if settings.public_url is None else _place(settings.public_url)

    def may_write(self, scope: Scope) -> bool:
        """Whether this request or handshake may change something. Programs send no origin; of a
        browser that sends none the site must be ours."""
        headers = Headers(scope=scope)
        sent = headers.getlist("origin")
        if not sent:
            return headers.get("sec-fetch-site", "none") in _AT_HOME
        return len(sent) == 1 and (self._is_listed(sent[0]) or self._is_ours(sent[0], scope))

    def may_use_cookies(self, scope: Scope) -> bool:
        """Whether the cookies of this request or handshake tell who asks.

        A browser sends them along with whatever a page asks for. Pages of other sites name
        themselves by an `Origin`, and theirs are never looked at, listed or not; where a browser
        says that it is one site, a listed page is as good as ours.
        """
        headers = Headers(scope=scope)
        sent = headers.getlist("origin")
        if not sent:
            return True
        if len(sent) > 1:
            return False
        site = headers.get("sec-fetch-site")
        if site in _AT_HOME or site == "same-site":
            return self._is_listed(sent[0]) or self._is_ours(sent[0], scope)
        return site is None and self._is_ours(sent[0], scope)

    def _is_listed(self, origin: str) -> bool:
        return bool(_ORIGIN.fullmatch(origin) and self._others.fullmatch(origin))

    def _is_ours(self, origin: str, scope: Scope) -> bool:
        if not _ORIGIN.fullmatch(origin):
            return False
        place = _place(origin)
        host = Headers(scope=scope).get("host", "")
        here = _place(f"{_SCHEMES[scope['scheme']]}://{host}")
        return place is not None and place in (here, self._public)


class ForeignCookies:
    """Takes the cookies out of what pages of other sites ask for, before anybody looks at them."""

    def __init__(self, app: ASGIApp, *, origins: Origins) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._origins.may_use_cookies(scope):
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
        await self._app(scope, receive, send)


def _place(url: str) -> Place | None:
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return None
        return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:
        return None
