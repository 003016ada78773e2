"""Where the limits of rate count: in memory, exactly, by a clock that can be given."""

from collections import deque
from collections.abc import Callable
from typing import Final

from limits.storage import MovingWindowSupport, Storage

_SWEEP_EVERY_S: Final = 60.0

Seconds = Callable[[], float]
"""A clock that never goes back, in seconds from any origin."""


class Windows(Storage, MovingWindowSupport):
    """Counts for each key what has happened within a time, to the moment.

    Each entry is the time at which it stops to count. Keys that count nothing any more are
    dropped, so memory follows the traffic of the last minutes.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Seconds) -> None:
        super().__init__()
        self._clock = clock
        self._entries: dict[str, deque[float]] = {}
        self._swept_at = clock()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` more unless that makes it more than `limit`; whether it was counted."""
        now = self._clock()
        entries = self._counting(key, now)
        if len(entries) + amount > limit:
            return False
        self._count(key, entries, now, expiry, amount)
        return True

    def get_moving_window(
        self,
        key: str,
        limit: int,  # noqa: ARG002
        expiry: int,
    ) -> tuple[float, int]:
        """When the oldest that counts happened, and how many count."""
        now = self._clock()
        entries = self._counting(key, now)
        return (entries[0] - expiry if entries else now), len(entries)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more for `expiry` seconds; how many count now."""
        now = self._clock()
        entries = self._counting(key, now)
        self._count(key, entries, now, expiry, amount)
        return len(entries)

    def get(self, key: str) -> int:
        return len(self._counting(key, self._clock()))

    def get_expiry(self, key: str) -> float:
        now = self._clock()
        entries = self._counting(key, now)
        return entries[0] if entries else now

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        keys = len(self._entries)
        self._entries.clear()
        return keys

    def clear(self, key: str) -> None:
        self._entries.pop(key, None)

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._entries)

    def _counting(self, key: str, now: float) -> deque[float]:
        entries = self._entries.get(key)
        if entries is None:
            return deque()
        while entries and entries[0] <= now:
            entries.popleft()
        return entries

    def _count(self, key: str, entries: deque[float], now: float, expiry: int, amount: int) -> None:
        if now - self._swept_at >= _SWEEP_EVERY_S:
            self._sweep(now)
        entries.extend([now + expiry] * amount)
        self._entries[key] = entries

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key, entries in list(self._entries.items()):
            if not entries or entries[-1] <= now:
                del self._entries[key]
