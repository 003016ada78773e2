"""Sockets whose callers showed a credential: ended together with it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from algoroom.access import keys, logins
from algoroom.access.caller import Caller
from algoroom.clock import Clock
from algoroom.house import attempt
from algoroom.storage.database import Database

End = Callable[[str], None]
"""Ends a socket at once; it is told why."""

EXPIRED: Final = "The credential has expired"
REVOKED: Final = "The credential was revoked"

# Others revoke too: the command line, other nodes.
LOOK_EVERY_S: Final = 1.0
_AT_ONCE: Final = 1_000


class Live:
    """The sockets of this node by the credentials of their callers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sockets: dict[str, set[End]] = {}

    @contextmanager
    def watch(self, caller: Caller, end: End) -> Iterator[None]:
        """Call `end`, at most once, when the caller's credential ends while the context lasts."""
        timer = None
        if caller.expires_at is not None:
            left_s = (caller.expires_at - self._clock()).total_seconds()
            loop = asyncio.get_running_loop()
            timer = loop.call_later(max(0.0, left_s), end, EXPIRED)
        if caller.credential:
            self._sockets.setdefault(caller.credential, set()).add(end)
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()
            self._forget(caller.credential, end)

    def revoke(self, credential: str) -> None:
        """End every socket of a credential."""
        for end in self._sockets.pop(credential, ()):
            end(REVOKED)

    async def keep_watch(self) -> None:
        """End the sockets of credentials that others revoke, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await attempt("looking at credentials", self.look)

    async def look(self) -> None:
        """End the sockets whose credentials are revoked."""
        watched = list(self._sockets)
        for first in range(0, len(watched), _AT_ONCE):
            some = watched[first : first + _AT_ONCE]
            for credential in set(some) - await self._open(some):
                self.revoke(credential)

    async def _open(self, credentials: list[str]) -> set[str]:
        still_open = set()
        async with self._database.connect() as connection:
            for kind, table in (("key", keys), ("login", logins)):
                ids = [
                    credential.removeprefix(f"{kind}:")
                    for credential in credentials
                    if credential.startswith(f"{kind}:")
                ]
                if ids:
                    found = await table.still_open(connection, ids)
                    still_open |= {f"{kind}:{one}" for one in found}
        return still_open

    def _forget(self, credential: str, end: End) -> None:
        ends = self._sockets.get(credential)
        if ends is not None:
            ends.discard(end)
            if not ends:
                del self._sockets[credential]
