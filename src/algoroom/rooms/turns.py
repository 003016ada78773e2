"""The turns of the event loop, which are fewer and fuller where very much happens in rooms."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

# So many tellings of rooms within so long are much.
MANY: Final = 50
WITHIN_S: Final = 0.020
# How long a turn lasts at least then.
LEAST_S: Final = 0.001


class Turns:
    """Has the turns of a loop last for a moment each while many rooms are told of much.

    A turn costs as much as several edits: asking for what has come, waking up, finding caches
    filled by others. A loop that is quick takes each edit alone and is busy with turns; when there
    are fewer of them, each takes all that has come meanwhile, and whatever else needs the
    processor, the database's thread first of all, has it at once. Where little happens nothing
    waits, and a turn that is long anyway is not made longer.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._counted_from = self._began = clock()
        self._count = 0
        self._are_many = False
        self._is_resting = False

    def told(self) -> None:
        """A room has been told of something."""
        self._count += 1
        now = self._clock()
        if now - self._counted_from >= WITHIN_S:
            self._are_many = self._count >= MANY * (now - self._counted_from) / WITHIN_S
            self._counted_from, self._count = now, 0
        if self._are_many and not self._is_resting:
            self._is_resting = True
            # Behind the end of this turn, when all that was told is on its way.
            asyncio.get_running_loop().call_soon(self._rest)

    def _rest(self) -> None:
        self._is_resting = False
        left_s = LEAST_S - (self._clock() - self._began)
        if left_s > 0:
            self._sleep(left_s)
        self._began = self._clock()
