"""Events of a room as the frames of the Interview API."""

from datetime import datetime

from pydantic import BaseModel

from algoroom.api.interview import frames
from algoroom.api.interview.models import ExecutionResult
from algoroom.api.interview.results import result_of
from algoroom.rooms.delta import Delta, to_splices
from algoroom.rooms.events import (
    CursorMoved,
    Event,
    Joined,
    Left,
    PersonalEvent,
    RunFinished,
    RunReported,
    RunStarted,
    SavingFailed,
    Written,
)
from algoroom.rooms.offsets import Utf16
from algoroom.rooms.presence import Position
from algoroom.runs.model import Stream, Verdict


def code_update(
    user_id: str, at: datetime, before: str, delta: Delta, text: str, revision: int
) -> str:
    """A change of the text, for those who have `before`. The last place comes first, so that the
    changes are right both one after the other and all at once."""
    offsets = Utf16(before)
    changes = [
        frames.ServerChange(
            start=offsets.from_code_points(splice.start),
            end=offsets.from_code_points(splice.end),
            insert=splice.insert,
        )
        for splice in reversed(to_splices(delta))
    ]
    data = frames.CodeUpdateData(code=text, changes=changes, version=revision)
    return frames.CodeUpdate(timestamp=at, user_id=user_id, data=data).encoded()


def run_output(user_id: str, at: datetime, run_id: str, stream: Stream, text: str) -> str:
    """A piece of a run's output."""
    data = frames.RunOutputData(run_id=run_id, stream=stream.value, text=text)
    return frames.RunOutput(timestamp=at, user_id=user_id, data=data).encoded()


def frame_of(event: Event) -> str | None:
    """The frame of an event that needs no more than itself; None where there is no such frame."""
    match event:
        case Written(language_changed=True):
            language = frames.LanguageChangedData(language=event.language)
            return _told(frames.LanguageChanged, event, language)
        case Joined():
            joined = frames.UserJoinedData(name=event.name, participant_count=event.count)
            return _told(frames.UserJoined, event, joined)
        case Left():
            left = frames.UserLeftData(participant_count=event.count)
            return _told(frames.UserLeft, event, left)
        case CursorMoved():
            return _told(frames.CursorPosition, event, _cursor_data(event))
        case RunStarted():
            started = frames.RunStartedData(run_id=event.run_id, language=event.language)
            return _told(frames.RunStarted, event, started)
        case RunFinished():
            finished = frames.RunFinishedData(
                run_id=event.run_id,
                verdict=event.outcome.verdict.value,
                result=result_of(event.outcome, event.limits),
            )
            return _told(frames.RunFinished, event, finished)
        case RunReported():
            reported = frames.RunFinishedData(
                run_id=event.run_id,
                verdict=(Verdict.OK if event.success else Verdict.FAILED).value,
                result=_reported(event),
            )
            return _told(frames.RunFinished, event, reported)
        case SavingFailed():
            return not_saved(event.at)
        case _:
            return None


def not_saved(at: datetime) -> str:
    """What is written cannot be stored."""
    message = "Not saved yet: the server cannot store anything at the moment"
    data = frames.ErrorData(code="NOT_SAVED", message=message)
    return frames.Error(timestamp=at, data=data).encoded()


def _told(kind: type[frames.PersonalFrame], event: PersonalEvent, data: BaseModel) -> str:
    frame = kind.model_validate({"timestamp": event.at, "userId": event.user_id, "data": data})
    return frame.encoded()


def _reported(event: RunReported) -> ExecutionResult:
    return ExecutionResult(
        success=event.success,
        stdout=event.output,
        stderr=event.error or "",
        exit_code=0 if event.success else 1,
        execution_time=event.wall_ms,
        error=event.error,
    )


def _cursor_data(event: CursorMoved) -> frames.CursorData:
    selection = event.cursor.selection
    return frames.CursorData(
        line=event.cursor.position.line,
        column=event.cursor.position.column,
        selection=None
        if selection is None
        else frames.Selection(start=_position(selection[0]), end=_position(selection[1])),
    )


def _position(position: Position) -> frames.Position:
    return frames.Position(line=position.line, column=position.column)
