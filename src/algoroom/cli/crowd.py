"""How many connections a server holds, and which of them has to go when more come."""

import resource
from collections import OrderedDict
from collections.abc import MutableSet
from typing import Any, Protocol

import uvicorn

# What a server opens beside its connections: databases, pipes of programs, those just coming.
_PART_OF_FILES = 2
_ENOUGH_FILES = 65_536


class Connection(Protocol):
    """A client's connection, as far as it can be ended."""

    def abort(self) -> None:
        """End it at once, whatever is under way."""


class Crowd:
    """At most `most` connections. Where one more comes, the one goes that has been waited for the
    longest: for the rest of a request, or for the next one.

    A client that means well has sent its request long before, and is never sent away while it is
    being served; so connections that never say anything keep nobody out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waited_for: OrderedDict[Connection, None] = OrderedDict()

    def wait_for(self, connection: Connection, everybody: MutableSet[Any]) -> None:
        """A connection has come, or has been served. `everybody` is all there are, it included;
        who has to go is taken out of it."""
        self._waited_for[connection] = None
        self._waited_for.move_to_end(connection)
        while len(everybody) > self._most and self._waited_for:
            oldest, _ = self._waited_for.popitem(last=False)
            everybody.discard(oldest)
            oldest.abort()

    def serve(self, connection: Connection) -> None:
        """A connection has sent a request, has become a socket, or is gone."""
        self._waited_for.pop(connection, None)


class Config(uvicorn.Config):
    """uvicorn's configuration, with the bound on all connections of the server."""

    def __init__(self, app: str, *, most_connections: int, **options: Any) -> None:
        super().__init__(app, **options)
        self.crowd = Crowd(most_connections)


def room_for(wanted: int) -> int:
    """How many connections this process can hold of those wanted, once it may open as many files as
    the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > _ENOUGH_FILES:
        files = max(soft, _ENOUGH_FILES)
    else:
        files = hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return min(wanted, files // _PART_OF_FILES)
