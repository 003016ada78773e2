"""What happens in a room, as our own clients of the sync socket are told it."""

from typing import Any

from algoroom.access.policy import Standing
from algoroom.api.access.encoding import access_of, role_of
from algoroom.api.sync import shapes
from algoroom.api.timestamps import written
from algoroom.rooms.events import (
    AccessChanged,
    Event,
    Joined,
    Knocked,
    Left,
    Removed,
    Ruling,
    RunCase,
    RunFinished,
    RunReported,
    RunStarted,
    SavedAgain,
    SavingFailed,
    SeatChanged,
    TaskChanged,
)


def fields_of(event: Event) -> shapes.RoomEvent | None:
    """An event; None where the document or the awareness tells it."""
    match event:
        case Joined():
            return {
                "type": "joined",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "name": event.name,
                "participants": event.count,
            }
        case Left():
            return {
                "type": "left",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "participants": event.count,
            }
        case RunStarted():
            return {
                "type": "run-started",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "runId": event.run_id,
                "language": event.language,
                "cases": event.cases,
            }
        case RunCase():
            return _run_case(event)
        case RunFinished():
            return _run_finished(event)
        case RunReported():
            return {
                "type": "run-reported",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "runId": event.run_id,
                "success": event.success,
                "output": event.output,
                "error": event.error,
                "wallMs": event.wall_ms,
            }
        case TaskChanged():
            return {
                "type": "task-changed",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "revision": event.revision,
            }
        case SavingFailed():
            return {"type": "not-saved", "timestamp": written(event.at)}
        case SavedAgain():
            return {"type": "saved-again", "timestamp": written(event.at)}
        case _:
            return None


def ruling_of(event: Ruling | Knocked) -> shapes.RulingEvent | None:
    """What hosts are told of somebody; what concerns everybody is told to each as their access."""
    match event:
        case SeatChanged(person=person):
            return {
                "type": "seated",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "id": person.id,
                "name": person.name,
                "role": role_of(person.seat),
            }
        case Removed():
            return {
                "type": "removed",
                "timestamp": written(event.at),
                "userId": event.user_id,
                "id": event.person_id,
                "name": event.name,
                "banned": event.is_banned,
            }
        case Knocked():
            return {
                "type": "knocked",
                "timestamp": written(event.at),
                "id": event.person_id,
                "name": event.name,
            }
        case AccessChanged():
            return None


def access_fields(session_id: str, standing: Standing) -> dict[str, Any]:
    """What one client is and may do, whenever that changes: `shapes.Access` without its time."""
    return {
        "type": "access",
        **access_of(session_id, standing).model_dump(mode="json", by_alias=True),
    }


def _run_case(event: RunCase) -> shapes.RunCase:
    case = event.outcome
    return {
        "type": "run-case",
        "timestamp": written(event.at),
        "userId": event.user_id,
        "runId": event.run_id,
        "number": case.number,
        "name": case.name,
        "hidden": case.hidden,
        "passed": case.passed,
        "verdict": case.verdict,
        "exitCode": case.exit_code,
        "signal": case.signal,
        "wallMs": case.wall_ms,
        "cpuMs": case.cpu_ms,
        "peakMemoryBytes": case.peak_memory_bytes,
        "stdout": None if case.hidden else case.stdout.decode(errors="replace"),
        "stderr": None if case.hidden else case.stderr.decode(errors="replace"),
        "cut": case.is_cut,
        "detail": case.detail,
    }


def _run_finished(event: RunFinished) -> shapes.RunFinished:
    outcome = event.outcome
    return {
        "type": "run-finished",
        "timestamp": written(event.at),
        "userId": event.user_id,
        "runId": event.run_id,
        "verdict": outcome.verdict,
        "exitCode": outcome.exit_code,
        "signal": outcome.signal,
        "wallMs": outcome.wall_ms,
        "cpuMs": outcome.cpu_ms,
        "peakMemoryBytes": outcome.peak_memory_bytes,
        "compilerOutput": outcome.compiler_output.decode(errors="replace"),
        "detail": outcome.detail,
    }
