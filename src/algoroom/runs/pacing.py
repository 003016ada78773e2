"""The events of a run on their way out: at once when there are few, in larger pieces when many."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from algoroom.runs.model import Output, Queued, RunEvent, Stream
from algoroom.runs.sandbox.process import within

# A person sees no difference, and a program that prints without end costs 50 frames a second.
PAUSE_S = 0.02


class PacedEvents:
    """A queue of events in which output that nobody has taken yet grows into one piece.

    The first output is passed on as it comes; after each there is a short pause, which the end of
    the run cuts short. The order of everything stays.
    """

    def __init__(self) -> None:
        self._waiting: deque[RunEvent | tuple[Stream, bytearray]] = deque()
        self._something = asyncio.Event()
        self._ended = asyncio.Event()

    def put(self, event: RunEvent) -> None:
        """Add an event."""
        if isinstance(event, Output):
            last = self._waiting[-1] if self._waiting else None
            if isinstance(last, tuple) and last[0] is event.stream:
                last[1].extend(event.data)
            else:
                self._waiting.append((event.stream, bytearray(event.data)))
        elif isinstance(event, Queued) and self._waiting:
            self._waiting[-1] = event  # nothing but an older position comes before it
        else:
            self._waiting.append(event)
        self._something.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended.set()
        self._something.set()

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        while True:
            await self._something.wait()
            while self._waiting:
                event = self._waiting.popleft()
                if isinstance(event, tuple):
                    stream, data = event
                    yield Output(stream, bytes(data))
                    await within(PAUSE_S, self._ended.wait())
                else:
                    yield event
            if self._ended.is_set():
                return
            self._something.clear()
