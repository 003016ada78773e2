"""Where limits of rate count: in memory, exactly, by a clock that can be given.

The library has such a storage too. That one takes the time of day, which can go back, and with
each count looks through all that it keeps, for each client in a thread: where it keeps 1,000 that
takes 0.13 s of processor time.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from limits.aio.storage import MovingWindowSupport, Storage

_SWEEP_EVERY_S: Final = 60.0

Seconds = Callable[[], float]
"""A clock that never goes back, in seconds from any origin."""


class Window:
    """What has happened within a time, to the moment: for each the time at which it stops to
    count."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[float] = []

    def take(self, now: float, most: int, within_s: float, amount: int = 1) -> bool:
        """Count `amount` more unless that makes more than `most`; whether it was counted."""
        if self.counting(now) + amount > most:
            return False
        if amount == 1:
            self._entries.append(now + within_s)
        else:
            self.add(now, within_s, amount)
        return True

    def add(self, now: float, within_s: float, amount: int) -> None:
        """Count `amount` more, whatever there is."""
        self._entries.extend([now + within_s] * amount)

    def counting(self, now: float) -> int:
        """How many count now."""
        entries = self._entries
        if entries and entries[0] <= now:
            del entries[: bisect_right(entries, now)]
        return len(entries)

    def shrinks_at(self, now: float) -> float:
        """When the first of those that count stops; now where none does."""
        return self._entries[0] if self.counting(now) else now

    def is_over(self, now: float) -> bool:
        """Whether the last has stopped to count."""
        return not self._entries or self._entries[-1] <= now


class Windows(Storage, MovingWindowSupport):
    """A window for each key. Those in which nothing counts any more are dropped, so memory follows
    the traffic of the last minutes."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Seconds) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[str, Window] = {}
        self._swept_at = clock()

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` more unless that makes it more than `limit`; whether it was counted."""
        now = self._clock()
        return self._window(key, now).take(now, limit, expiry, amount)

    async def get_moving_window(
        self,
        key: str,
        limit: int,  # noqa: ARG002
        expiry: int,
    ) -> tuple[float, int]:
        """When the oldest that counts happened, and how many count."""
        now = self._clock()
        window = self._windows.get(key)
        if window is None or not window.counting(now):
            return now, 0
        return window.shrinks_at(now) - expiry, window.counting(now)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more for `expiry` seconds; how many count now."""
        now = self._clock()
        window = self._window(key, now)
        window.add(now, expiry, amount)
        return window.counting(now)

    async def get(self, key: str) -> int:
        window = self._windows.get(key)
        return 0 if window is None else window.counting(self._clock())

    async def get_expiry(self, key: str) -> float:
        now = self._clock()
        window = self._windows.get(key)
        return now if window is None else window.shrinks_at(now)

    async def check(self) -> bool:
        return True

    async def reset(self) -> int:
        keys = len(self._windows)
        self._windows.clear()
        return keys

    async def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._windows)

    def _window(self, key: str, now: float) -> Window:
        if now - self._swept_at >= _SWEEP_EVERY_S:
            self._sweep(now)
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window()
        return window

    def _sweep(self, now: float) -> None:
        self._swept_at = now
        for key, window in list(self._windows.items()):
            if window.is_over(now):
                del self._windows[key]
