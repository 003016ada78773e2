"""How much of everybody's time the messages of one client may take."""

import asyncio
import time
from typing import Final

# So long the messages of one socket are passed on before everybody else has a turn.
LONGEST_TURN_S: Final = 0.01

# Whoever sends a message that takes longer than that is read again after this many times as long as
# it took more, so that others have the most of the time.
REST: Final = 4

# What the long messages of a client may take before all its sockets rest: a class behind one
# address comes in at once.
MOST_AT_ONCE_S: Final = 5.0


class Share:
    """What the long messages of one client take, on all its sockets together. Short ones count for
    nothing, as many people may be one client."""

    def __init__(self) -> None:
        self._paid_at = 0.0

    def charge(self, took_s: float) -> float:
        """Count a message longer than a turn; for how long its socket is not to be read now."""
        now = time.monotonic()
        self._paid_at = max(self._paid_at, now) + REST * took_s
        # Until then it is kept: a client that comes back has not been forgotten.
        asyncio.get_running_loop().call_later(self._paid_at - now, self._paid)
        # Behind the client's other sockets, which wait for the same moment.
        return max(REST * (took_s - LONGEST_TURN_S), self.rest_s(now) + LONGEST_TURN_S)

    def rest_s(self, now: float) -> float:
        """For how long none of its sockets is to be read, where that is more than 0."""
        return self._paid_at - now - REST * MOST_AT_ONCE_S

    def _paid(self) -> None:
        """Nothing is left to do."""
