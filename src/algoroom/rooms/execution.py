"""Programs that run in front of a room."""

from contextlib import aclosing
from datetime import datetime
from uuid import uuid4

from algoroom.clock import Clock
from algoroom.rooms.events import RunFinished, RunOutput, RunReported, RunStarted
from algoroom.rooms.room import Room
from algoroom.runs import record
from algoroom.runs.engine import Engine
from algoroom.runs.model import Ended, Outcome, Output, RunRequest, Started, Verdict
from algoroom.runs.record import StoredRun


async def run_in(
    room: Room, engine: Engine, request: RunRequest, user_id: str, clock: Clock
) -> Outcome:
    """Run a program, show it to the room as it goes, and store it with its output.

    Raises what `Engine.run` raises.
    """
    run_id = str(uuid4())
    started_at: datetime | None = None
    outcome: Outcome | None = None
    try:
        async with aclosing(engine.run(request)) as events:
            async for event in events:
                match event:
                    case Started():
                        started_at = clock()
                        room.tell(RunStarted(user_id, started_at, run_id, request.language))
                    case Output(stream, data):
                        room.tell(RunOutput(user_id, clock(), run_id, stream, data))
                    case Ended(ended):
                        outcome = ended
    finally:
        if outcome is None and started_at is not None:
            # Whoever was told of a start is told of an end, whatever that was.
            cancelled = Outcome(Verdict.CANCELLED)
            room.tell(RunFinished(user_id, clock(), run_id, request.limits, cancelled))
    if outcome is None or started_at is None:
        raise RuntimeError("the engine ended a run without an outcome")
    ended_at = clock()
    room.record(
        record.insert(
            StoredRun(
                id=run_id,
                session_id=room.session.id,
                author=user_id,
                language=request.language,
                source=request.source,
                stdin=request.stdin,
                outcome=outcome,
                started_at=started_at,
                ended_at=ended_at,
            )
        )
    )
    room.tell(RunFinished(user_id, ended_at, run_id, request.limits, outcome))
    await room.saved()
    return outcome


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
    room.record(
        record.insert(
            StoredRun(
                id=reported.run_id,
                session_id=room.session.id,
                author=user_id,
                language=room.language,
                source=room.text,
                stdin=b"",
                outcome=Outcome(
                    verdict=Verdict.OK if success else Verdict.FAILED,
                    wall_ms=wall_ms,
                    stdout=output.encode(),
                    stderr=(error or "").encode(),
                    detail="reported by a client that ran it",
                ),
                started_at=at,
                ended_at=at,
            )
        )
    )
    room.tell(reported)
    await room.saved()
