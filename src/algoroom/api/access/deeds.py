"""Which deed a route is. Each route of a session names its own where it is declared."""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request

from algoroom.access.roles import Deed
from algoroom.api.callers import caller_in
from algoroom.api.dependencies import node_of
from algoroom.errors import RunNotFound
from algoroom.node import Node
from algoroom.runs import record


class Where(Enum):
    """What a request names its session by."""

    PATH = "path"
    """`session_id` in its path."""
    BODY = "body"
    """`sessionId` in its body; without one it is of no session, and nobody is asked."""
    RUN = "run"
    """The run in its path; one of no session is for whoever knows its id."""


@dataclass(frozen=True, slots=True)
class May:
    """Lets a request pass whose caller may do the deed; raises `Forbidden` or `SessionNotFound`."""

    deed: Deed
    where: Where = Where.PATH

    async def __call__(self, request: Request) -> None:
        node = node_of(request)
        session_id = await self._session(request, node)
        if session_id is not None:
            standing = await node.rooms.standing(session_id, caller_in(request.scope))
            standing.check(self.deed)

    async def _session(self, request: Request, node: Node) -> str | None:
        match self.where:
            case Where.PATH:
                named: str = request.path_params["session_id"]
                return named
            case Where.BODY:
                return await _in_body(request)
            case Where.RUN:
                return await _of_run(node, request.path_params["run_id"])


def may(deed: Deed, where: Where = Where.PATH) -> Any:
    """The dependency of a route by which it is this deed."""
    return Depends(May(deed, where))


def deed_of(route: APIRoute) -> May | None:
    """Which deed a route is; None where it is of no session."""
    found = [each.call for each in route.dependant.dependencies if isinstance(each.call, May)]
    return found[0] if found else None


SESSION_KEY: Final = "sessionId"


async def _in_body(request: Request) -> str | None:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        return None  # the route itself says so
    session_id = body.get(SESSION_KEY) if isinstance(body, dict) else None
    return session_id if isinstance(session_id, str) else None


async def _of_run(node: Node, run_id: str) -> str | None:
    try:
        return node.runs.get(run_id).session_id
    except RunNotFound:
        async with node.database.connect() as connection:
            stored = await record.get(connection, run_id)
        return None if stored is None else stored.session_id
