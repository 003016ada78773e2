"""The Interview API: who is in a session, and what was done in it."""

from typing import Annotated

from fastapi import APIRouter, Query

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.bodies import JsonRoute
from algoroom.api.dependencies import OfNode
from algoroom.api.interview import models
from algoroom.api.interview.problems import documented
from algoroom.api.tags import INTERVIEW
from algoroom.rooms.presence import Participant

router = APIRouter(prefix="/api/sessions", tags=[INTERVIEW], route_class=JsonRoute)


@router.get(
    "/{session_id}/participants", responses=documented(403, 404), dependencies=[may(Deed.READ)]
)
async def get_participants(node: OfNode, session_id: str) -> models.Participants:
    """Everyone who is present, in the order in which they came."""
    present = await node.rooms.present(session_id)
    return models.Participants(
        session_id=session_id, participants=[_participant(person) for person in present]
    )


@router.get(
    "/{session_id}/history", responses=documented(403, 404, 422), dependencies=[may(Deed.READ)]
)
async def get_history(
    node: OfNode, session_id: str, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> models.History:
    """The last things that were done, oldest first."""
    entries = await node.rooms.history(session_id, limit)
    return models.History(
        session_id=session_id,
        history=[
            models.HistoryEntry(
                timestamp=entry.at,
                user_id=entry.user_id,
                change_type=entry.change_type,
                description=entry.description,
                code_snapshot=entry.code,
            )
            for entry in entries
        ],
    )


def _participant(person: Participant) -> models.Participant:
    cursor = person.cursor
    return models.Participant(
        user_id=person.user_id,
        name=person.name,
        joined_at=person.joined_at,
        cursor_position=None
        if cursor is None
        else models.Cursor(line=cursor.position.line, column=cursor.position.column),
    )
