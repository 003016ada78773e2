"""Who asks, for everything behind: `scope["state"]["caller"]` of each request and socket."""

from typing import Annotated, Final, cast

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.access.caller import Caller
from algoroom.api.limits import address_of

_CALLER: Final = "caller"


class Callers:
    """Finds out who asks, before anything else is done or read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})[_CALLER] = Caller(address_of(scope))
        await self._app(scope, receive, send)


def caller_in(scope: Scope) -> Caller:
    """Who asks, of a request or a socket that came through `Callers`."""
    return cast(Caller, scope["state"][_CALLER])


async def caller_of(connection: HTTPConnection) -> Caller:
    """Who asks, as a dependency of a route."""
    return caller_in(connection.scope)


OfCaller = Annotated[Caller, Depends(caller_of)]
