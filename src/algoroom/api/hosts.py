"""By which names the server may be called.

A page of any site can have its own name point to this machine, and is then of one origin with
what answers there (DNS rebinding). Such a request carries the foreign name in its `Host` header.
An address is no name: nobody can have another's page called by it.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from algoroom.api.proxies import parsed
from algoroom.settings import Settings

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
_ANY: Final = "*"
_THIS_MACHINE: Final = ("localhost", "*.localhost")


class Hosts:
    """Tells requests that are meant for this server from others, by their `Host` header."""

    def __init__(self, settings: Settings) -> None:
        names = _names(settings)
        self._any = _ANY in names
        self._names = frozenset(name for name in names if not name.startswith("*"))
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))

    def answers(self, scope: Scope) -> bool:
        """Whether this request or handshake is for us. One without a `Host` is no browser's."""
        sent = Headers(scope=scope).getlist("host")
        if not sent:
            return True
        match = _HOST.fullmatch(sent[0]) if len(sent) == 1 else None
        if match is None:
            return False
        name = match[1].lower().rstrip(".")
        return (
            self._any
            or name in self._names
            or name.endswith(self._endings)
            or parsed(name) is not None
        )


def _names(settings: Settings) -> set[str]:
    if settings.allowed_hosts is not None:
        return {name.lower().rstrip(".") for name in settings.allowed_hosts}
    public = urlsplit(settings.public_url or "").hostname
    if public is None and not settings.loopback:
        return {_ANY}
    return {*_THIS_MACHINE, *([public] if public else [])}
