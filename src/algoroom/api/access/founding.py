"""Whose a new session is, and guest tokens for those who have none.

A browser is given one guest token as a cookie for all rooms, and what its person is in each of them
the server knows. So a browser that makes a session is its host by that cookie.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request, Response
from starlette.websockets import WebSocket

from algoroom.access.caller import Caller
from algoroom.access.model import Access, Person
from algoroom.access.policy import person_id
from algoroom.access.roles import Role
from algoroom.access.secrets import digest, new_secret
from algoroom.api.access.tokens import GUEST_HEADER, HOST_HEADER, cookie, is_browser
from algoroom.api.callers import ANONYMOUS_ID, caller_in
from algoroom.api.dependencies import node_of


@dataclass(frozen=True, slots=True)
class Founder:
    """Whose a new session is."""

    access: Access
    host: Person | None


def known_guest(request: Request, response: Response) -> Caller:
    """Who asks, and by which the server will know them again: the answer has a new token where
    they have none."""
    caller = caller_in(request.scope)
    if person_id(caller):
        return caller
    token = new_secret()
    if is_browser(request):
        response.headers.append("Set-Cookie", cookie(request, token))
    else:
        response.headers[GUEST_HEADER] = token
    return replace(caller, guest_token=token)


def guest_at(websocket: WebSocket, caller: Caller) -> tuple[Caller, list[tuple[bytes, bytes]]]:
    """Who opens a socket, and the headers with which to accept it. Who has no token gets one, so
    that hosts can say what this one is: browsers keep it, everybody else has it as long as they are
    connected."""
    if person_id(caller):
        return caller, []
    token = new_secret()
    kept = [(b"set-cookie", cookie(websocket, token).encode())] if is_browser(websocket) else []
    return replace(caller, guest_token=token), kept


async def _founder(request: Request, response: Response) -> Founder:
    """Who makes a session has its host token from the answer, and in a browser is its host."""
    token = new_secret()
    response.headers[HOST_HEADER] = token
    caller = caller_in(request.scope)
    access = Access(owner=caller.id, host_token=digest(token))
    if caller.is_signed_in or not is_browser(request):
        return Founder(access, None)
    guest = known_guest(request, response)
    at = node_of(request).clock()
    return Founder(access, Person(person_id(guest), "", Role.HOST, at))


OfFounder = Annotated[Founder, Depends(_founder)]
"""Whose the session will be that a request makes."""


async def _doer(request: Request) -> str:
    return person_id(caller_in(request.scope)) or ANONYMOUS_ID


OfDoer = Annotated[str, Depends(_doer)]
"""Who does what hosts do, as the session knows them."""
