"""The Interview API: running a program."""

from fastapi import APIRouter

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import Where, may
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import author_of
from algoroom.api.dependencies import OfRunner, party_of
from algoroom.api.interview import models
from algoroom.api.interview.problems import documented
from algoroom.api.interview.results import result_of
from algoroom.api.tags import INTERVIEW
from algoroom.runs.explanation import raise_if_ours
from algoroom.runs.limits import SomeLimits
from algoroom.runs.model import RunRequest

MEMORY_BYTES = 256 * 2**20

router = APIRouter(prefix="/api", tags=[INTERVIEW], route_class=JsonRoute)


@router.post(
    "/execute",
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.RUN, Where.BODY)],
)
async def execute(runner: OfRunner, body: models.Execute) -> models.ExecutionResult:
    """Run a program. With a `sessionId` its room sees the run; without, it is the caller's own."""
    node, client = runner.node, runner.client
    contract = SomeLimits(cpu_s=body.timeout, wall_s=body.timeout, memory_bytes=MEMORY_BYTES)
    limits = node.limits(body.language, contract=contract)
    party = party_of(body.session_id, client)
    stdin = body.stdin.encode()
    request = RunRequest(body.language, body.code, stdin, limits, party=party, client=client)
    through = None if body.session_id is None else node.in_room(body.session_id, request)
    outcome = await node.runs.perform(
        request, session_id=body.session_id, author=author_of(runner.caller), through=through
    )
    raise_if_ours(outcome)
    return result_of(outcome, limits)
