"""Runs: started, followed, talked to, cancelled."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from algoroom.access.roles import Deed
from algoroom.api.access.deeds import Where, may
from algoroom.api.bodies import JsonRoute
from algoroom.api.callers import OfCaller, author_of
from algoroom.api.dependencies import OfLimits, OfNode, OfRunner, Runner, party_of
from algoroom.api.runs import models
from algoroom.api.runs.content import bytes_of
from algoroom.api.runs.encoding import run_of, stored_run_of
from algoroom.api.runs.problems import documented
from algoroom.api.runs.requests import request_of, terminal_of
from algoroom.api.runs.stream import EventStream
from algoroom.api.tags import RUNS
from algoroom.errors import RunNotFound
from algoroom.node import Node
from algoroom.runs import record
from algoroom.runs.model import Case
from algoroom.runs.run import Run

router = APIRouter(prefix="/api/runs", tags=[RUNS], route_class=JsonRoute)


@router.post(
    "",
    status_code=202,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.RUN, Where.BODY)],
)
async def start_run(runner: OfRunner, body: models.StartRun) -> models.Run:
    """Begin a run. The answer comes once it runs or waits in the queue; its id is all that is
    needed to follow it, talk to it and end it."""
    author = author_of(runner.caller)
    return await start(runner, author, body.language, body.code, body, body.session_id)


@router.get("/{run_id}", responses=documented(403, 404), dependencies=[may(Deed.READ, Where.RUN)])
async def get_run(node: OfNode, run_id: str) -> models.Run:
    """How far a run is, and how it ended. A session's runs can be read as long as the session."""
    try:
        return run_of(await _kept(node, run_id))
    except RunNotFound:
        async with node.database.connect() as connection:
            stored = await record.get(connection, run_id)
        if stored is None:
            raise
    await node.rooms.session(stored.session_id)
    return stored_run_of(stored)


@router.get(
    "/{run_id}/events",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events, each of this form.",
            "content": {
                "text/event-stream": {"schema": models.ServerSentEvent.model_json_schema()}
            },
        },
        204: {"description": "The run has ended, and all was told before."},
        **documented(403, 404, 422),
    },
    dependencies=[may(Deed.READ, Where.RUN)],
)
async def follow_run(
    node: OfNode,
    limits: OfLimits,
    caller: OfCaller,
    run_id: str,
    after: Annotated[
        int, Query(ge=0, le=2**53, description="The number of the last event that is known.")
    ] = 0,
    last_event_id: Annotated[
        str | None, Header(description="The same, as browsers say it; it wins.")
    ] = None,
) -> Response:
    """The run's events as server-sent events, those that are over first. Each has its number as
    `id`; the stream ends after `ended`."""
    run = await _kept(node, run_id)
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        after = int(last_event_id[:16])
    if run.outcome is not None and after >= run.last:
        return Response(status_code=204)
    return EventStream(run, after, limits.socket(caller))


@router.post(
    "/{run_id}/stdin",
    status_code=204,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.TYPE, Where.RUN)],
)
async def write_stdin(node: OfNode, run_id: str, body: models.Input) -> None:
    """Type something to an interactive run, or end its input (on a terminal: Ctrl-D). What the
    program has not read yet waits for it, up to 64 KiB; then it is `STDIN_FULL`."""
    run = await _kept(node, run_id)
    run.write(bytes_of(body.data))
    if body.end:
        run.end_input()


@router.put(
    "/{run_id}/terminal",
    status_code=204,
    responses=documented(403, 404, 409, 413, 422),
    dependencies=[may(Deed.TYPE, Where.RUN)],
)
async def resize_terminal(node: OfNode, run_id: str, body: models.Terminal) -> None:
    """Give the run's terminal another size; the program is told (SIGWINCH)."""
    (await _kept(node, run_id)).resize(terminal_of(body))


@router.delete(
    "/{run_id}",
    status_code=204,
    responses=documented(403, 404, 409),
    dependencies=[may(Deed.CANCEL, Where.RUN)],
)
async def cancel_run(node: OfNode, run_id: str) -> None:
    """End a run, at whatever stage it is; one that is over stays as it is. The answer comes once
    nothing of it runs any more."""
    run = await _kept(node, run_id)
    run.cancel()
    async for _ in run.follow(run.last):
        pass


async def start(
    runner: Runner,
    author: str,
    language: str,
    code: str,
    body: models.Options,
    session_id: str | None,
    cases: tuple[Case, ...] = (),
) -> models.Run:
    """Begin a run; with a `session_id` its room sees it. `cases` are in place of the body's."""
    node, client = runner.node, runner.client
    party = party_of(session_id, client)
    request = request_of(node, language, code, body, party=party, client=client)
    if cases:
        request = replace(request, cases=cases)
    run = await node.runs.start(
        request,
        session_id=session_id,
        author=author,
        is_interactive=body.interactive,
        through=None if session_id is None else node.in_room(session_id, request),
    )
    return run_of(run)


async def _kept(node: Node, run_id: str) -> Run:
    """Raises RunNotFound, and SessionNotFound where its session is gone."""
    run = node.runs.get(run_id)
    if run.session_id is not None:
        await node.rooms.session(run.session_id)
    return run
