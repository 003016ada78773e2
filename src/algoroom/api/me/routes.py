"""Who asks, and the sessions that are theirs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from algoroom.access.caller import Scope
from algoroom.access.refusals import NotSignedIn
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfCaller, author_of
from algoroom.api.dependencies import OfNode
from algoroom.api.interview.problems import documented
from algoroom.api.links import room_url
from algoroom.api.me import models
from algoroom.api.tags import SIGN_IN
from algoroom.rooms.blocks import micros, moment
from algoroom.sessions import repository
from algoroom.sessions.repository import Place

router = APIRouter(prefix="/api/me", tags=[SIGN_IN], route_class=JsonRoute)

MOST: int = 100


@router.get("", responses=documented())
async def get_me(caller: OfCaller) -> models.Me:
    """Who asks. Nobody in particular is `anonymous`."""
    return models.Me(
        kind=caller.kind,
        user_id=author_of(caller),
        name=caller.name,
        email=caller.email,
        scopes=[scope for scope in Scope if scope in caller.scopes],
        expires_at=caller.expires_at,
    )


@router.get("/sessions", responses=documented(422))
async def get_my_sessions(
    request: Request,
    node: OfNode,
    caller: OfCaller,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[
        str | None,
        Query(
            pattern="^[0-9]{1,17}[.][0-9a-f-]{36}$",
            description="Where the last page ended: `next`.",
        ),
    ] = None,
) -> models.OwnSessions:
    """The sessions that the caller created, the newest first."""
    if not caller.is_signed_in:
        raise NotSignedIn
    async with node.database.connect() as connection:
        found = await repository.owned(
            connection, caller.id, node.clock(), limit, None if after is None else _place(after)
        )
    return models.OwnSessions(
        sessions=[
            models.OwnSession(
                session_id=session.id,
                title=session.title,
                language=session.language,
                created_at=session.created_at,
                expires_at=session.expires_at,
                active_participants=node.rooms.count(session.id),
                url=room_url(request, session.id),
            )
            for session in found
        ],
        next=f"{micros(found[-1].created_at)}.{found[-1].id}" if len(found) == limit else None,
    )


def _place(cursor: str) -> Place:
    created_us, _, session_id = cursor.partition(".")
    return moment(int(created_us)), session_id
