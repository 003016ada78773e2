"""The Interview API's listeners in one room: each event is encoded once for all of them."""

import codecs
from typing import Protocol

from algoroom.api.interview import encoding
from algoroom.rooms.events import (
    Ended,
    Ending,
    Event,
    Ruling,
    RunFinished,
    RunOutput,
    Written,
)
from algoroom.runs.model import Stream


class Listener(Protocol):
    """A socket that has been welcomed."""

    def tell(self, frame: str) -> None:
        """Pass on a frame."""

    def tell_code(self, event: Written, frame: str) -> None:
        """Pass on a change of the text; `frame` tells it to those who had the text before."""

    def reconsider(self, event: Ruling) -> None:
        """Find out whether a host's doing concerns this one."""

    def end(self, reason: Ending) -> None:
        """Say why it is over, and close."""


class InterviewAudience:
    """The sockets of the Interview API in one room. Whoever caused an event is not told of it."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._decoders: dict[tuple[str, Stream], codecs.IncrementalDecoder] = {}

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
        listeners = [listener for listener in self._listeners if listener is not source]
        if not listeners:
            self._forget_output(event)
            return
        if isinstance(event, Ended | Ruling):
            _decide(event, listeners)
            return
        match event:
            case Written() if event.delta:
                code = encoding.code_update(
                    event.user_id, event.at, event.before, event.delta, event.text, event.revision
                )
                for listener in listeners:
                    listener.tell_code(event, code)
            case RunOutput():
                self._tell_output(listeners, event, event.stream, event.data)
            case RunFinished():
                for stream in Stream:
                    self._tell_output(listeners, event, stream, b"", is_last=True)
            case _:
                pass
        frame = encoding.frame_of(event)
        if frame is not None:
            for listener in listeners:
                listener.tell(frame)

    def _forget_output(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            for stream in Stream:
                self._decoders.pop((event.run_id, stream), None)

    def _tell_output(
        self,
        listeners: list[Listener],
        event: RunOutput | RunFinished,
        stream: Stream,
        data: bytes,
        is_last: bool = False,
    ) -> None:
        """Tell output as text. Of a character that comes in two pieces, the first is held back."""
        key = event.run_id, stream
        decoder = self._decoders.pop(key, None) or codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(data, is_last)
        if not is_last:
            self._decoders[key] = decoder
        if text:
            frame = encoding.run_output(event.user_id, event.at, event.run_id, stream, text)
            for listener in listeners:
                listener.tell(frame)


def _decide(event: Ended | Ruling, listeners: list[Listener]) -> None:
    """Have each listener stay or go."""
    for listener in listeners:
        if isinstance(event, Ended):
            listener.end(event.reason)
        else:
            listener.reconsider(event)
