"""Who asks, for everything behind: `scope["state"]["caller"]` of each request and socket."""

from typing import Annotated, Final, cast

from fastapi import Depends
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from algoroom.access.acting import acting
from algoroom.access.caller import Caller
from algoroom.access.credentials import Credentials, Shown
from algoroom.access.keys import PREFIX
from algoroom.access.policy import may_be_called
from algoroom.api.access.tokens import shown_in
from algoroom.api.cookies import LOGIN
from algoroom.api.limits import address_of
from algoroom.errors import AlgoroomError
from algoroom.settings import Settings

_CALLER: Final = "caller"
_REFUSAL: Final = "refusal"
ANONYMOUS_ID: Final = "anonymous"
"""The author of what is written over HTTP while nobody is signed in."""


class Callers:
    """Finds out who asks, before anything else is done or read.

    A credential that does not hold makes nobody anonymous: `refusal_in` says why it does not.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._is_required = settings.auth == "required"
        self._takes_tokens = (
            self._is_required
            or settings.jwt_secret is not None
            or settings.jwt_jwks_url is not None
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        caller = Caller(address_of(scope))
        if shown := self._shown(scope):
            try:
                caller = await credentials_in(scope).caller(shown, caller.address)
            except AlgoroomError as error:
                state[_REFUSAL] = error
        state[_CALLER] = caller = shown_in(scope, caller)
        with acting(caller):
            await self._app(scope, receive, send)

    def _shown(self, scope: Scope) -> Shown:
        """What is a credential here. Clients may send others to a server that everybody may use,
        where it takes none of that kind; and proxies have their own."""
        headers = Headers(scope=scope)
        schemes = [value.partition(" ") for value in headers.getlist("authorization")]
        tokens = [rest.strip() for name, _, rest in schemes if name.lower() == "bearer"]
        keys = headers.getlist("x-api-key")
        return Shown(
            tokens=tuple(tokens) if self._takes_tokens else (),
            keys=tuple(key for key in keys if self._is_required or key.startswith(PREFIX)),
            login=LOGIN.read(scope),
        )


def credentials_in(scope: Scope) -> Credentials:
    """What tells callers on this node."""
    return cast(Credentials, scope["app"].state.node.credentials)


def caller_in(scope: Scope) -> Caller:
    """Who asks, of a request or a socket that came through `Callers`."""
    return cast(Caller, scope["state"][_CALLER])


def introduce(scope: Scope, caller: Caller) -> None:
    """Note who asks, of a socket that said so after its handshake."""
    scope["state"][_CALLER] = caller


def refusal_in(scope: Scope) -> AlgoroomError | None:
    """Why the credential that was shown does not hold; None where it does or there was none."""
    return cast(AlgoroomError | None, scope["state"].get(_REFUSAL))


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
