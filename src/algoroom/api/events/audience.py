"""The Algoroom API's listeners in one room: each event is encoded once for all of them."""

from datetime import datetime
from typing import Any, Protocol

from algoroom.api.events.frames import Frame
from algoroom.api.events.results import reported_result, result_of
from algoroom.rooms.events import (
    Ended,
    Ending,
    Event,
    Joined,
    Left,
    Ruling,
    RunFinished,
    RunReported,
    Written,
)


class Listener(Protocol):
    """A socket that has been let in."""

    def tell(self, frame: str) -> None:
        """Pass on a frame."""

    def tell_code(self, frame: str) -> None:
        """Pass on the present text; a later one may stand in for it."""

    def reconsider(self, event: Ruling) -> None:
        """Find out whether a host's doing concerns this one."""

    def end(self, reason: Ending) -> None:
        """Close."""


class EventsAudience:
    """The sockets of the Algoroom API in one room. Whoever caused an event is told of it too."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Tell this one too, from now on."""
        self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Tell this one no more."""
        self._listeners.remove(listener)

    @property
    def reads_text(self) -> bool:
        return bool(self._listeners)

    def tell(self, event: Event, source: object) -> None:
        del source  # told like everyone else
        if not self._listeners:
            return
        if isinstance(event, Ended):
            for listener in list(self._listeners):
                listener.end(event.reason)
        elif isinstance(event, Ruling):
            for listener in list(self._listeners):
                listener.reconsider(event)
        elif (frame := self._frame_of(event)) is not None:
            encoded = frame.encoded()
            for listener in self._listeners:
                if isinstance(event, Written):
                    listener.tell_code(encoded)
                else:
                    listener.tell(encoded)

    def joined(self, at: datetime, count: int) -> str:
        """The frame that says how many are here."""
        return Frame(
            session_id=self._session_id, timestamp=at, type="participant_joined", participants=count
        ).encoded()

    def _frame_of(self, event: Event) -> Frame | None:
        filled = _filled(event)
        if filled is None:
            return None
        return Frame(session_id=self._session_id, timestamp=event.at, **filled)


def _filled(event: Event) -> dict[str, Any] | None:
    """The type of an event's frame, and what is filled in it; None where there is no such frame."""
    match event:
        case Written():
            return {"type": "code_update", "code": event.text, "language": event.language}
        case Joined():
            return {"type": "participant_joined", "participants": event.count}
        case Left():
            return {"type": "participant_left", "participants": event.count}
        case RunFinished():
            result = result_of(event.outcome, event.limits)
            return {"type": "execution_result", "execution_result": result}
        case RunReported():
            return {"type": "execution_result", "execution_result": reported_result(event)}
        case _:
            return None
