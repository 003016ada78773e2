"""The Interview API: sessions and their code."""

from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Depends, Request

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.access.founding import OfFounder
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfAuthor
from algoroom.api.dependencies import OfNode, count_room
from algoroom.api.interview import models
from algoroom.api.interview.problems import documented
from algoroom.api.links import room_url
from algoroom.api.tags import INTERVIEW
from algoroom.sessions.model import Origin, Session

router = APIRouter(prefix="/api/sessions", tags=[INTERVIEW], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    responses=documented(403, 413, 422),
    dependencies=[Depends(count_room)],
)
async def create_session(
    request: Request, node: OfNode, founder: OfFounder, body: models.CreateSession | None = None
) -> models.Session:
    """Open a new session."""
    asked = body or models.CreateSession()
    hours = node.settings.session_hours if asked.expires_in is None else asked.expires_in
    session = await node.rooms.create(
        Origin.INTERVIEW,
        asked.language,
        asked.title,
        timedelta(hours=hours),
        node.engine.languages.get(asked.language).invitation,
        access=replace(founder.access, deletion_takes_host=asked.deletion_takes_host),
        host=founder.host,
    )
    return _session(request, session, 0)


@router.get("/{session_id}", responses=documented(403, 404), dependencies=[may(Deed.READ)])
async def get_session(request: Request, node: OfNode, session_id: str) -> models.Session:
    """What a session is, and how many are in it."""
    return _session(request, *await node.rooms.session(session_id))


@router.patch(
    "/{session_id}",
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.DESCRIBE)],
)
async def update_session(
    request: Request, node: OfNode, author: OfAuthor, session_id: str, body: models.UpdateSession
) -> models.Session:
    """Change a session's language or title; the room is told of a language."""
    async with node.rooms.enter(session_id) as room:
        if body.title is not None:
            room.rename(body.title, user_id=author)
        if body.language is not None:
            room.write(language=body.language, user_id=author)
        await room.saved()
        return _session(request, room.session, len(room.presence))


@router.delete(
    "/{session_id}",
    status_code=204,
    responses=documented(403, 404),
    dependencies=[may(Deed.DELETE)],
)
async def delete_session(node: OfNode, session_id: str) -> None:
    """Remove a session and everything said and run in it. Its sockets are closed."""
    await node.rooms.delete(session_id)


@router.get("/{session_id}/code", responses=documented(403, 404), dependencies=[may(Deed.READ)])
async def get_code(node: OfNode, session_id: str) -> models.SessionCode:
    """The present text."""
    async with node.rooms.enter(session_id) as room:
        return models.SessionCode(
            session_id=session_id,
            code=room.text,
            language=room.language,
            last_modified=room.session.code_changed_at,
        )


@router.post(
    "/{session_id}/code",
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.SAVE)],
)
async def save_code(
    node: OfNode, author: OfAuthor, session_id: str, body: models.SaveCode
) -> models.SavedCode:
    """Replace the text and keep it as a snapshot; the room is told what changes."""
    async with node.rooms.enter(session_id) as room:
        entry = room.save(body.code, language=body.language, user_id=author)
        await room.saved()
    return models.SavedCode(session_id=session_id, snapshot_id=entry.id, saved_at=entry.at)


@router.get(
    "/{session_id}/snapshots/{snapshot_id}",
    responses=documented(403, 404),
    dependencies=[may(Deed.READ)],
)
async def get_snapshot(node: OfNode, session_id: str, snapshot_id: str) -> models.Snapshot:
    """A text as it was saved."""
    entry = await node.rooms.snapshot(session_id, snapshot_id)
    return models.Snapshot(
        session_id=session_id,
        snapshot_id=entry.id,
        code=entry.code or "",
        saved_at=entry.at,
        user_id=entry.user_id,
    )


def _session(request: Request, session: Session, active: int) -> models.Session:
    return models.Session(
        session_id=session.id,
        title=session.title,
        language=session.language,
        created_at=session.created_at,
        expires_at=session.expires_at,
        active_participants=active,
        url=room_url(request, session.id),
    )
