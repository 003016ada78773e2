"""Which pages may write: those of this server and those that the settings name."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from algoroom.settings import Settings

_ORIGIN: Final = re.compile(r"https?://[^/?#@\s]+")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

Place = tuple[str, str, int]
"""Scheme, host in lower case, port."""


class Origins:
    """Tells the pages that may write from those that may not, by their `Origin` header."""

    def __init__(self, settings: Settings) -> None:
        self._others = settings.cors_pattern
        self._public = None if settings.public_url is None else _place(settings.public_url)

    def may_write(self, scope: Scope) -> bool:
        """Whether this request or handshake may change something. Programs send no origin."""
        headers = Headers(scope=scope)
        sent = headers.getlist("origin")
        if not sent:
            return True
        if len(sent) > 1 or not _ORIGIN.fullmatch(sent[0]):
            return False
        if self._others.fullmatch(sent[0]):
            return True
        place = _place(sent[0])
        here = _place(f"{_SCHEMES[scope['scheme']]}://{headers.get('host', '')}")
        return place is not None and place in (here, self._public)


def _place(url: str) -> Place | None:
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return None
        return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:
        return None
