"""The runs of a session."""

from typing import Annotated

from fastapi import APIRouter, Query

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import may
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import author_of
from algoroom.api.dependencies import OfNode, OfRunner
from algoroom.api.runs import models
from algoroom.api.runs.encoding import stored_summary_of, summary_of
from algoroom.api.runs.problems import documented
from algoroom.api.runs.routes import start
from algoroom.api.tags import RUNS
from algoroom.errors import InvalidRun
from algoroom.rooms import attendance
from algoroom.runs import record
from algoroom.runs.model import Case

router = APIRouter(prefix="/api/sessions/{session_id}/runs", tags=[RUNS], route_class=JsonRoute)


@router.post(
    "",
    status_code=202,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.RUN)],
)
async def start_session_run(
    runner: OfRunner, session_id: str, body: models.StartSessionRun | None = None
) -> models.Run:
    """Begin a run that the room of the session sees, of its own code where there is no other."""
    asked = body or models.StartSessionRun()
    async with runner.node.rooms.enter(session_id) as room:
        language = room.language if asked.language is None else asked.language
        code = room.text if asked.code is None else asked.code
        standing = room.members.standing_of(runner.caller)
    cases: tuple[Case, ...] = ()
    if asked.task_cases:
        task = await runner.node.tasks.get(session_id)
        cases = task.trial(for_hosts=standing.may(Deed.TASK))
        if asked.cases or not cases:
            why = "cases are given too" if cases else "the session's task has none"
            raise InvalidRun("taskCases", why)
    author = author_of(runner.caller, asked.user_id)
    return await start(runner, author, language, code, asked, session_id, cases)


@router.get("", responses=documented(403, 404, 422), dependencies=[may(Deed.READ)])
async def get_session_runs(
    node: OfNode,
    session_id: str,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    before: Annotated[
        str | None, Query(description="The id of a run: only what began before it.")
    ] = None,
) -> models.SessionRuns:
    """The runs of a session, the newest first; on the first page those under way too."""
    await node.rooms.session(session_id)
    # Looked at first: whoever ends meanwhile is stored by then.
    under_way = node.runs.under_way(session_id) if before is None else []
    async with node.database.connect() as connection:
        stored = await record.page(connection, session_id, limit, before)
        authors = {run.author for run in under_way} | {run.author for run in stored}
        names = await attendance.names(connection, session_id, authors)
    known = {run.id for run in stored}
    return models.SessionRuns(
        session_id=session_id,
        runs=[
            *(summary_of(run, names.get(run.author)) for run in under_way if run.id not in known),
            *(stored_summary_of(run, names.get(run.author)) for run in stored),
        ],
        next=stored[-1].id if len(stored) == limit else None,
    )
