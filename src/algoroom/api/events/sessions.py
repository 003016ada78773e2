"""The Algoroom API: sessions, their code, and running it."""

from datetime import timedelta

from fastapi import APIRouter, Depends

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.access.founding import OfFounder
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfAuthor, author_of
from algoroom.api.dependencies import OfNode, OfRunner, count_room, party_of
from algoroom.api.events import models
from algoroom.api.events.problems import documented
from algoroom.api.events.results import result_of
from algoroom.api.tags import EVENTS
from algoroom.node import Node
from algoroom.rooms.execution import report_in
from algoroom.rooms.room import Room
from algoroom.runs.explanation import raise_if_ours
from algoroom.runs.limits import SomeLimits
from algoroom.runs.model import RunRequest
from algoroom.sessions.model import Origin

LIMITS = SomeLimits(cpu_s=5, wall_s=5, memory_bytes=128 * 2**20)

router = APIRouter(prefix="/sessions", tags=[EVENTS], route_class=JsonRoute)


@router.post(
    "",
    status_code=201,
    responses=documented(403, 413, 422),
    dependencies=[Depends(count_room)],
)
async def create_session(
    node: OfNode, founder: OfFounder, body: models.CreateSession | None = None
) -> models.Session:
    """Open a new session."""
    language = (body or models.CreateSession()).language
    lifetime = timedelta(hours=node.settings.session_hours)
    session = await node.rooms.create(
        Origin.EVENTS,
        language,
        None,
        lifetime,
        code="",
        access=founder.access,
        host=founder.host,
    )
    return models.Session(
        id=session.id, code="", language=language, created_at=session.created_at, participants=0
    )


@router.get("/{session_id}", responses=documented(403, 404), dependencies=[may(Deed.READ)])
async def get_session(node: OfNode, session_id: str) -> models.Session:
    """A session and its present text."""
    async with node.rooms.enter(session_id) as room:
        return _session(room)


@router.put(
    "/{session_id}/code",
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.EDIT)],
)
async def put_code(
    node: OfNode, author: OfAuthor, session_id: str, body: models.PutCode
) -> models.Session:
    """Replace the text; everyone in the room is told."""
    async with node.rooms.enter(session_id) as room:
        room.rewrite(body.code, language=body.language, user_id=author, announce=True)
        await room.saved()
        return _session(room)


@router.post(
    "/{session_id}/execute",
    responses=documented(403, 404, 409, 413),
    dependencies=[may(Deed.RUN)],
)
async def execute(runner: OfRunner, session_id: str) -> models.ExecutionResult:
    """Run the session's code in its language; everyone in the room is told the result."""
    node, client, author = runner.node, runner.client, author_of(runner.caller)
    async with node.rooms.enter(session_id) as room:
        if not room.text.strip():
            return await _nothing_to_run(room, node, author)
        limits = node.limits(room.language, contract=LIMITS)
        party = party_of(session_id, client)
        request = RunRequest(room.language, room.text, b"", limits, party=party, client=client)
        outcome = await node.runs.perform(
            request,
            session_id=session_id,
            author=author,
            through=node.in_room(session_id, request),
        )
    raise_if_ours(outcome)
    return result_of(outcome, limits)


@router.post(
    "/{session_id}/execution-result",
    status_code=204,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.RUN)],
)
async def report_result(
    node: OfNode, author: OfAuthor, session_id: str, body: models.ReportedResult
) -> None:
    """Show everyone in the room the result of a program that ran on the sender's machine."""
    async with node.rooms.enter(session_id) as room:
        await report_in(
            room,
            success=body.success,
            output=body.output,
            error=body.error,
            wall_ms=round(body.execution_time),
            user_id=author,
            clock=node.clock,
        )


async def _nothing_to_run(room: Room, node: Node, author: str) -> models.ExecutionResult:
    """Empty code is a success in every language, those included whose compiler would refuse it."""
    await report_in(
        room,
        success=True,
        output="",
        error=None,
        wall_ms=0,
        user_id=author,
        clock=node.clock,
    )
    return models.ExecutionResult(success=True, output="", error=None, execution_time=0)


def _session(room: Room) -> models.Session:
    return models.Session(
        id=room.session.id,
        code=room.text,
        language=room.language,
        created_at=room.session.created_at,
        participants=len(room.presence),
    )
