"""Who asks, for everything behind: `scope["state"]["caller"]` of each request and socket."""

from typing import Annotated, Final, cast

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.access.acting import acting
from algoroom.access.caller import Caller
from algoroom.access.policy import may_be_called
from algoroom.api.access.tokens import shown_in
from algoroom.api.limits import address_of

_CALLER: Final = "caller"
ANONYMOUS_ID: Final = "anonymous"
"""The author of what is written over HTTP while nobody is signed in."""


class Callers:
    """Finds out who asks, before anything else is done or read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        caller = shown_in(scope, Caller(address_of(scope)))
        scope.setdefault("state", {})[_CALLER] = caller
        with acting(caller):
            await self._app(scope, receive, send)


def caller_in(scope: Scope) -> Caller:
    """Who asks, of a request or a socket that came through `Callers`."""
    return cast(Caller, scope["state"][_CALLER])


async def caller_of(connection: HTTPConnection) -> Caller:
    """Who asks, as a dependency of a route."""
    return caller_in(connection.scope)


def author_of(caller: Caller, claimed: str | None = None, otherwise: str = ANONYMOUS_ID) -> str:
    """Whose a write is: the caller's own, else of whoever the caller claims to be, where that can
    be nobody who has a credential."""
    if caller.is_signed_in:
        return caller.id
    return claimed if claimed and may_be_called(claimed, caller) else otherwise


async def _author_of(connection: HTTPConnection) -> str:
    return author_of(caller_in(connection.scope))


OfCaller = Annotated[Caller, Depends(caller_of)]
OfAuthor = Annotated[str, Depends(_author_of)]
"""Whose the writes of a request are."""
