"""The beginning of a socket: who is there, and what is said to whoever may not come in.

A client that can set no headers offers the subprotocol `algoroom.authenticate.v1` beside its own.
Its first message is then `{"type": "authenticate", "token": "…"}`, or has a `hostToken` or a
`guestToken`, and nothing is sent to it nor read from it before. No token is ever read from a URL:
those end up in logs.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from algoroom.access.caller import Caller
from algoroom.access.caller import Scope as Use
from algoroom.access.credentials import Shown
from algoroom.access.policy import Forbidden
from algoroom.access.refusals import (
    CredentialRefused,
    NotSignedIn,
    ProviderUnavailable,
    ScopeMissing,
)
from algoroom.access.tokens import LONGEST
from algoroom.api.access.tokens import shown_in
from algoroom.api.callers import caller_in, credentials_in, introduce, refusal_in
from algoroom.api.codes import CloseCode
from algoroom.api.dependencies import node_of
from algoroom.api.limits import RateLimitExceeded
from algoroom.api.problems import problem_of, respond
from algoroom.errors import AlgoroomError, JournalDamaged, RoomFull, SessionNotFound
from algoroom.storage.database import DatabaseUnavailable

SUBPROTOCOL: Final = "algoroom.authenticate.v1"
WITHIN_S: Final = 10.0
_SHOWN: Final = ("token", "hostToken", "guestToken")
_LONGEST_MESSAGE: Final = 2 * LONGEST

REFUSALS: Final = (
    NotSignedIn,
    CredentialRefused,
    ScopeMissing,
    ProviderUnavailable,
    SessionNotFound,
    RateLimitExceeded,
    DatabaseUnavailable,
    JournalDamaged,
    Forbidden,
    RoomFull,
)
"""Why a socket may not come in."""


class Handshake:
    """One socket until it is let in. `subprotocol` is that of its contract, if it offers one."""

    def __init__(self, websocket: WebSocket, subprotocol: str | None = None) -> None:
        self._websocket = websocket
        self._is_accepted = False
        self._introduces_itself = SUBPROTOCOL in websocket.scope["subprotocols"]
        self._subprotocol = subprotocol or (SUBPROTOCOL if self._introduces_itself else None)

    async def caller(self) -> Caller:
        """Who is there; whoever may not be there is refused by an error, with which `refuse` is to
        be called."""
        scope = self._websocket.scope
        if (refusal := refusal_in(scope)) is not None:
            raise refusal
        caller = caller_in(scope)
        if self._introduces_itself:
            await self.accept()
            caller = await self._introduced(caller)
            introduce(scope, caller)
        if not caller.is_signed_in and node_of(self._websocket).settings.auth == "required":
            raise NotSignedIn
        if Use.READ not in caller.scopes:
            raise ScopeMissing(Use.READ)
        return caller

    async def accept(self, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Complete the handshake, unless it is complete."""
        if not self._is_accepted:
            await self._websocket.accept(self._subprotocol, headers)
            self._is_accepted = True

    async def refuse(self, error: AlgoroomError) -> None:
        """Say why the client may not come in: by the answer to its handshake, where there has been
        none yet, else by a close code. An unknown session is a bare 403 as long as that can be."""
        # Which also logs what is for the operator.
        problem = problem_of(error)
        if self._is_accepted:
            code = code_of(error)
            await self._websocket.close(code, code.meaning)
        elif isinstance(error, SessionNotFound):
            await self._websocket.close()
        else:
            answer = respond(self._websocket.url.path, problem)
            await self._websocket.send_denial_response(answer)

    async def _introduced(self, caller: Caller) -> Caller:
        """Who the first message says is there: whoever the handshake showed, where it tells no
        token."""
        try:
            async with asyncio.timeout(WITHIN_S):
                message = await self._websocket.receive()
        except TimeoutError as error:
            raise CredentialRefused("No token came") from error
        if message["type"] != "websocket.receive":
            raise WebSocketDisconnect(message["code"])
        told = _introduction(message.get("text"))
        scope = self._websocket.scope
        if "token" in told:
            shown = Shown(tokens=(told["token"],))
            known = await credentials_in(scope).caller(shown, caller.address)
            caller = shown_in(scope, known)
        return replace(
            caller,
            host_tokens=(*caller.host_tokens, *filter(None, [told.get("hostToken")])),
            guest_token=told.get("guestToken", caller.guest_token),
        )


def code_of(error: AlgoroomError) -> CloseCode:
    """The code with which a socket is closed that may not come in."""
    match error:
        case NotSignedIn() | CredentialRefused() | ScopeMissing():
            return CloseCode.NOT_SIGNED_IN
        case SessionNotFound():
            return CloseCode.NO_SESSION
        case Forbidden():
            return CloseCode.NOT_ADMITTED
        case RateLimitExceeded():
            return CloseCode.TOO_MANY
        case RoomFull():
            return CloseCode.ROOM_FULL
        case DatabaseUnavailable():
            return CloseCode.NOT_SAVED
        case JournalDamaged():
            return CloseCode.DAMAGED
        case _:
            return CloseCode.INTERNAL_ERROR


def _introduction(text: str | None) -> dict[str, str]:
    """What a first message shows, by what it calls it."""
    if text is not None and len(text) <= _LONGEST_MESSAGE:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        if isinstance(message, dict) and message.get("type") == "authenticate":
            told = {name: message[name] for name in _SHOWN if name in message}
            if told and all(isinstance(value, str) for value in told.values()):
                return told
    raise CredentialRefused("The first message must authenticate")
