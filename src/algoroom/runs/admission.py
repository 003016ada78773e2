"""Who may run now, who waits, and who is sent away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from algoroom.errors import RunsBusy

FIRST_GUESS_S = 1.0
WEIGHT = 0.2
LONGEST_RETRY_S = 60


class Admission:
    """At most `at_once` run, at most `waiting` wait for it, in the order they came."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._places = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._usual_s = FIRST_GUESS_S

    @asynccontextmanager
    async def place(self, *, patient: bool = False) -> AsyncIterator[None]:
        """Hold a place. Raises RunsBusy, except for the patient, who wait beyond the limit."""
        if not patient and self._places.locked() and self._waiting >= self._most_waiting:
            raise RunsBusy(self._retry_after_s())
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        began = time.monotonic()
        try:
            yield
        finally:
            self._places.release()
            self._usual_s += WEIGHT * (time.monotonic() - began - self._usual_s)

    def _retry_after_s(self) -> int:
        """About when the present queue has moved on, from how long runs took of late."""
        turns = (self._waiting + 1) / self._at_once
        return max(1, min(LONGEST_RETRY_S, round(turns * self._usual_s)))
