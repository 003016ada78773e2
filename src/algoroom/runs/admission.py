"""Who may run now, who waits, and who is sent away."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from algoroom.errors import RunsBusy

FIRST_GUESS_S = 1.0
WEIGHT = 0.2
LONGEST_RETRY_S = 60


class Admission:
    """At most `at_once` run, at most `waiting` more wait for it, in the order they came."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._places = asyncio.Semaphore(at_once)
        self._admitted = 0
        self._usual_s = FIRST_GUESS_S

    @contextmanager
    def admitted(self) -> Iterator[int]:
        """Be counted, for whatever is waited and with a place. Raises RunsBusy.

        The value is the place in the queue, from 1 on; 0 where none has to be waited for.
        """
        if self._admitted >= self._most:
            raise RunsBusy(self._retry_after_s())
        self._admitted += 1
        try:
            yield max(0, self._admitted - self._at_once)
        finally:
            self._admitted -= 1

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        await self._places.acquire()
        began = time.monotonic()
        try:
            yield
        finally:
            self._places.release()
            self._usual_s += WEIGHT * (time.monotonic() - began - self._usual_s)

    def _retry_after_s(self) -> int:
        """About when the present queue has moved on, from how long runs took of late."""
        turns = (self._admitted - self._at_once + 1) / self._at_once
        return max(1, min(LONGEST_RETRY_S, round(turns * self._usual_s)))
