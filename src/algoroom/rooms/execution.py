"""Programs that run in front of a room."""

import asyncio
import logging
from contextlib import aclosing, suppress
from datetime import datetime
from uuid import uuid4

from algoroom.access import audit
from algoroom.access.audited import Audited
from algoroom.clock import Clock
from algoroom.rooms.events import RunCase, RunFinished, RunOutput, RunReported, RunStarted
from algoroom.rooms.notes import Kind
from algoroom.rooms.registry import Rooms
from algoroom.rooms.room import Room
from algoroom.runs import record
from algoroom.runs.model import (
    CaseEnded,
    Ended,
    Outcome,
    Output,
    RunEvent,
    RunRequest,
    Started,
    Verdict,
)
from algoroom.runs.record import StoredRun
from algoroom.runs.registry import Events, Through
from algoroom.runs.run import Run
from algoroom.storage.statement import Statement
from algoroom.storage.writer import Writer, WriterClosed

logger = logging.getLogger(__name__)


def in_room(rooms: Rooms, session_id: str, request: RunRequest, clock: Clock) -> Through:
    """Shows a run to the room of a session as it goes, and stores it with its output.

    The run's events come on once the room has been told, the last one once all is stored. Raises
    SessionNotFound at the beginning.
    """

    async def through(run: Run, events: Events) -> Events:
        async with rooms.enter(session_id) as room, aclosing(events):
            shown = _Shown(room, run, request, clock)
            try:
                async for event in events:
                    await shown.note(event)
                    yield event
            finally:
                shown.close()

    return through


def by_itself(writer: Writer, clock: Clock) -> Through:
    """Passes on a run of no session; that it began is in the audit."""

    async def through(run: Run, events: Events) -> Events:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Started):
                    with suppress(WriterClosed):
                        # A commit would take from the program's time what no answer waits for.
                        stored = writer.submit(ran(run, clock()), at_leisure=True)
                        stored.add_done_callback(_look_at)
                yield event

    return through


def ran(run: Run, at: datetime, session_id: str | None = None) -> Statement:
    """For the audit: a run has begun."""
    return audit.record(
        Audited.RAN, at, by=run.author, session_id=session_id, subject=run.id, detail=run.language
    )


def _look_at(stored: asyncio.Future[None]) -> None:
    """Nobody waits for it: the run goes on, and the log says what the audit lacks."""
    if not stored.cancelled() and (error := stored.exception()) is not None:
        logger.error("a run is not in the audit: %s", error)


class _Shown:
    """A run in front of a room. Whoever was told of a start is told of an end."""

    def __init__(self, room: Room, run: Run, request: RunRequest, clock: Clock) -> None:
        self._room = room
        self._run = run
        self._request = request
        self._clock = clock
        self._started_at: datetime | None = None
        self._is_over = False

    async def note(self, event: RunEvent) -> None:
        """Tell the room; where the run is over, wait until it is stored."""
        run, at = self._run, self._clock()
        match event:
            case Started():
                self._started_at = at
                done = ran(run, at, self._room.session.id)
                self._room.record(
                    Kind.RUN_STARTED, run.author, run.id, run.language, statements=[done]
                )
                cases = len(self._request.cases)
                self._room.tell(RunStarted(run.author, at, run.id, run.language, cases))
            case Output(stream, data):
                self._room.tell(RunOutput(run.author, at, run.id, stream, data))
            case CaseEnded(case):
                self._room.tell(RunCase(run.author, at, run.id, case))
            case Ended(outcome) if self._started_at is not None:
                self._finish(
                    outcome, at, record.insert(self._stored(outcome, self._started_at, at))
                )
                await self._room.saved()
            case _:
                pass

    def close(self) -> None:
        if self._started_at is not None and not self._is_over:
            self._finish(Outcome(Verdict.CANCELLED), self._clock())

    def _finish(self, outcome: Outcome, at: datetime, *statements: Statement) -> None:
        self._is_over = True
        run = self._run
        self._room.record(Kind.RUN_FINISHED, run.author, run.id, outcome.verdict.value, statements)
        self._room.tell(RunFinished(run.author, at, run.id, run.limits, outcome))

    def _stored(self, outcome: Outcome, started_at: datetime, ended_at: datetime) -> StoredRun:
        return StoredRun(
            id=self._run.id,
            session_id=self._room.session.id,
            author=self._run.author,
            language=self._run.language,
            source=self._request.source,
            stdin=self._request.stdin,
            outcome=outcome,
            started_at=started_at,
            ended_at=ended_at,
            files=self._request.files,
            arguments=self._request.arguments,
        )


async def report_in(
    room: Room,
    *,
    success: bool,
    output: str,
    error: str | None,
    wall_ms: int,
    user_id: str,
    clock: Clock,
) -> None:
    """Show and store the result of a program that somebody ran on a machine of their own."""
    at = clock()
    error = None if success else error or "The program failed"
    reported = RunReported(user_id, at, str(uuid4()), success, output, error, wall_ms)
    verdict = Verdict.OK if success else Verdict.FAILED
    run = StoredRun(
        id=reported.run_id,
        session_id=room.session.id,
        author=user_id,
        language=room.language,
        source=room.text,
        stdin=b"",
        outcome=Outcome(
            verdict=verdict,
            wall_ms=wall_ms,
            stdout=output.encode(),
            stderr=(error or "").encode(),
            detail="reported by a client that ran it",
        ),
        started_at=at,
        ended_at=at,
    )
    room.record(Kind.RUN_FINISHED, user_id, run.id, verdict.value, [record.insert(run)])
    room.tell(reported)
    await room.saved()
