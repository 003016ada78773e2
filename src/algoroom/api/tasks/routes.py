"""The task of a session: read as one may see it, written by hosts."""

from typing import Final

from fastapi import APIRouter

from algoroom.access.roles import Deed
from algoroom.api import problem as problems
from algoroom.api.access.deeds import may
from algoroom.api.access.founding import OfDoer
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfCaller, author_of
from algoroom.api.dependencies import OfNode
from algoroom.api.interview.problems import InterviewProblem, ValidationProblem
from algoroom.api.problem import Body
from algoroom.api.runs.content import content_of
from algoroom.api.runs.requests import case_of
from algoroom.api.tags import ROOMS
from algoroom.api.tasks import models
from algoroom.rooms.presence import SERVER_ID
from algoroom.rooms.task import Task

router = APIRouter(prefix="/api/sessions/{session_id}/task", tags=[ROOMS], route_class=JsonRoute)

_DOCUMENTED_CODES: Final = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN`, `INSUFFICIENT_SCOPE`, `NOT_ALLOWED` or `NOT_ADMITTED",
    404: "SESSION_NOT_FOUND",
    409: "TASK_CHANGED",
    413: "PAYLOAD_TOO_LARGE",
    422: "INVALID_REQUEST",
    429: "RATE_LIMIT_EXCEEDED",
    500: "INTERNAL_SERVER_ERROR",
    503: "STORAGE_UNAVAILABLE` or `SIGN_IN_UNAVAILABLE",
}


def _documented(*statuses: int) -> dict[int | str, Body]:
    return problems.documented(
        statuses, _DOCUMENTED_CODES, InterviewProblem, validation_model=ValidationProblem
    )


@router.get("", responses=_documented(403, 404), dependencies=[may(Deed.READ)])
async def get_task(node: OfNode, caller: OfCaller, session_id: str) -> models.Task:
    """The task, as far as the caller may see it: hosts all of it; others the starter code, and,
    where it is shared, the text and the cases that are not hidden."""
    standing = await node.rooms.standing(session_id, caller)
    task = await node.tasks.get(session_id)
    return task_of(session_id, task, for_hosts=standing.may(Deed.TASK))


@router.put("", responses=_documented(403, 404, 409, 413, 422), dependencies=[may(Deed.TASK)])
async def put_task(
    node: OfNode, caller: OfCaller, doer: OfDoer, session_id: str, body: models.WriteTask
) -> models.Task:
    """Replace the task. Everybody in the room is told that it is another. The starter code of the
    session's language goes into a text that nobody has written anything into."""
    wanted = Task(
        text=body.text,
        is_shared=body.shared,
        starters=body.starters,
        cases=tuple(map(case_of, body.cases)),
    )
    author = author_of(caller, body.user_id, SERVER_ID)
    task = await node.tasks.write(
        session_id, wanted, by=doer, author=author, based_on=body.revision
    )
    return task_of(session_id, task, for_hosts=True)


def task_of(session_id: str, task: Task, *, for_hosts: bool) -> models.Task:
    """A task as hosts see it, or as others do."""
    seen = task if for_hosts else task.of_others()
    return models.Task(
        session_id=session_id,
        revision=seen.revision,
        text=seen.text,
        shared=seen.is_shared,
        starters=dict(seen.starters),
        cases=[
            models.TaskCase(
                number=number,
                stdin=content_of(case.stdin),
                expected=content_of(case.expected),
                comparison=case.comparison,
                tolerance=case.tolerance,
                name=case.name,
                hidden=case.hidden,
            )
            for number, case in task.numbered(for_hosts=for_hosts)
        ],
        case_count=len(task.trial(for_hosts=for_hosts)),
        changed_at=seen.changed_at,
        user_id=seen.changed_by or None,
    )
