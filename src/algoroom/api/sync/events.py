"""What happens in a room, as our own clients of the sync socket are told it."""

from typing import Any

from algoroom.api.timestamps import written
from algoroom.rooms.events import (
    Event,
    Joined,
    Left,
    RunFinished,
    RunReported,
    RunStarted,
    SavedAgain,
    SavingFailed,
)


def fields_of(event: Event) -> dict[str, Any] | None:
    """The fields of an event; None where the document or the awareness tells it."""
    match event:
        case Joined():
            return _told(event, "joined", name=event.name, participants=event.count)
        case Left():
            return _told(event, "left", participants=event.count)
        case RunStarted():
            return _told(event, "run-started", runId=event.run_id, language=event.language)
        case RunFinished():
            outcome = event.outcome
            return _told(
                event,
                "run-finished",
                runId=event.run_id,
                verdict=outcome.verdict.value,
                exitCode=outcome.exit_code,
                signal=outcome.signal,
                wallMs=outcome.wall_ms,
                cpuMs=outcome.cpu_ms,
                peakMemoryBytes=outcome.peak_memory_bytes,
                compilerOutput=outcome.compiler_output.decode(errors="replace"),
                detail=outcome.detail,
            )
        case RunReported():
            return _told(
                event,
                "run-reported",
                runId=event.run_id,
                success=event.success,
                output=event.output,
                error=event.error,
                wallMs=event.wall_ms,
            )
        case SavingFailed():
            return {"type": "not-saved", "timestamp": written(event.at)}
        case SavedAgain():
            return {"type": "saved-again", "timestamp": written(event.at)}
        case _:
            return None


def _told(
    event: Joined | Left | RunStarted | RunFinished | RunReported, kind: str, **fields: Any
) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": written(event.at),
        "userId": event.user_id,
        **fields,
    }
