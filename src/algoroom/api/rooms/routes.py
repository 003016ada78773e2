"""A session as it was: at a moment, forked, restored, named; and who wrote it."""

import asyncio
from collections.abc import AsyncIterator
from itertools import islice
from typing import Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.access.founding import OfFounder
from algoroom.api.attended import AttendedRoute
from algoroom.api.bodies import compact_json
from algoroom.api.callers import OfCaller, author_of
from algoroom.api.dependencies import OfNode, count_room
from algoroom.api.links import base_url, room_url
from algoroom.api.rooms import models
from algoroom.api.rooms.moments import OfMoment
from algoroom.api.rooms.problems import documented
from algoroom.api.tags import ROOMS
from algoroom.errors import NoSuchMoment, VersionNotFound
from algoroom.rooms.authors import Authorship
from algoroom.rooms.past import When
from algoroom.rooms.presence import SERVER_ID
from algoroom.rooms.versions import Version
from algoroom.sessions.model import Origin

router = APIRouter(prefix="/api/sessions/{session_id}", tags=[ROOMS], route_class=AttendedRoute)

# Spans that are written at once.
TOGETHER: Final = 1_000


@router.get("/at", responses=documented(403, 404, 409, 422), dependencies=[may(Deed.READ)])
async def get_moment(node: OfNode, session_id: str, moment: OfMoment) -> models.Moment:
    """What the text and the language were at a moment."""
    was = await node.past.at(session_id, moment)
    return models.Moment(
        session_id=session_id, seq=was.seq, at=was.at, language=was.language, code=was.text
    )


@router.get(
    "/authors",
    response_model=models.Authors,
    responses=documented(403, 404, 409, 422),
    dependencies=[may(Deed.READ)],
)
async def get_authors(node: OfNode, session_id: str, moment: OfMoment) -> Response:
    """Who wrote each part of the text, as it is or as it was at a moment."""
    found = await node.past.authors(session_id, moment)
    return StreamingResponse(_authors(session_id, found), media_type="application/json")


async def _authors(session_id: str, found: Authorship) -> AsyncIterator[str]:
    """`models.Authors`, some spans at a time: a text may have as many as characters."""
    yield f'{{"sessionId":{compact_json(session_id)},"seq":{found.seq},"spans":['
    spans, comma = found.spans, ""
    while some := list(islice(spans, TOGETHER)):
        listed = [{"start": one.start, "end": one.end, "userId": one.author} for one in some]
        yield comma + compact_json(listed)[1:-1]
        comma = ","
        await asyncio.sleep(0)
    shares = [{"userId": author, "units": units} for author, units in found.shares.items()]
    yield f'],"shares":{compact_json(shares)}}}'


@router.post(
    "/fork",
    status_code=201,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.FORK), Depends(count_room)],
)
async def fork(
    request: Request,
    node: OfNode,
    caller: OfCaller,
    founder: OfFounder,
    session_id: str,
    body: models.Fork | None = None,
) -> models.Forked:
    """Make a new session that begins with what this one is, or was at a moment. It is of the same
    contract, and has the task as whoever forks it sees it."""
    asked = body or models.Fork()
    standing = await node.rooms.standing(session_id, caller)
    made, was = await node.past.fork(
        session_id,
        When(asked.time, asked.seq),
        asked.title,
        founder.access,
        founder.host,
        of_hosts=standing.may(Deed.TASK),
    )
    below = "/api/sessions" if made.origin is Origin.INTERVIEW else "/sessions"
    return models.Forked(
        id=made.id,
        title=made.title,
        language=made.language,
        created_at=made.created_at,
        expires_at=made.expires_at,
        forked_from=models.Origin(session_id=session_id, seq=was.seq, at=was.at),
        links=models.Links(
            room=room_url(request, made.id), session=f"{base_url(request)}{below}/{made.id}"
        ),
    )


@router.post(
    "/restore", responses=documented(403, 404, 409, 413, 422), dependencies=[may(Deed.RESTORE)]
)
async def restore(
    node: OfNode, caller: OfCaller, session_id: str, body: models.Restore
) -> models.Restored:
    """Make the text again what it was, by an edit that everyone in the room sees. What was written
    since stays in the journal. One of `time`, `seq` and `version` is needed."""
    moment = When(body.time, body.seq)
    if body.version is not None:
        try:
            moment = When(seq=(await node.past.version(session_id, body.version)).seq)
        except VersionNotFound as error:
            raise NoSuchMoment("version", str(error)) from error
    author = author_of(caller, body.user_id, SERVER_ID)
    seq, at = await node.past.restore(session_id, moment, author)
    return models.Restored(session_id=session_id, seq=seq, at=at)


@router.post(
    "/versions",
    status_code=201,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.NAME)],
)
async def name_version(
    node: OfNode, caller: OfCaller, session_id: str, body: models.NameVersion
) -> models.Version:
    """Give the present text a name. A session may have 1,000 versions."""
    author = author_of(caller, body.user_id, SERVER_ID)
    return _version(await node.past.name(session_id, body.name, author))


@router.get("/versions", responses=documented(403, 404), dependencies=[may(Deed.READ)])
async def get_versions(node: OfNode, session_id: str) -> models.Versions:
    """The versions of a session, the oldest first."""
    found = await node.past.versions(session_id)
    return models.Versions(session_id=session_id, versions=[_version(one) for one in found])


@router.get("/versions/{version_id}", responses=documented(403, 404), dependencies=[may(Deed.READ)])
async def get_version(node: OfNode, session_id: str, version_id: str) -> models.VersionWithText:
    """A version with its text."""
    version = await node.past.version(session_id, version_id)
    was = await node.past.at(session_id, When(seq=version.seq))
    return models.VersionWithText(
        **_version(version).model_dump(), language=was.language, code=was.text
    )


@router.delete(
    "/versions/{version_id}",
    status_code=204,
    responses=documented(403, 404, 409),
    dependencies=[may(Deed.NAME)],
)
async def delete_version(node: OfNode, session_id: str, version_id: str) -> None:
    """Take a version's name away. Its text stays in the journal."""
    await node.past.forget(session_id, version_id)


def _version(version: Version) -> models.Version:
    return models.Version(
        id=version.id, name=version.name, at=version.at, user_id=version.author, seq=version.seq
    )
