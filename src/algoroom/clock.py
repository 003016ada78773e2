"""Where the time comes from, so that a test can hold its own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present moment as an aware datetime in UTC."""


def utc_now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


class NeverBack:
    """A clock that stands still where the one that it follows is put back; it begins at `since`."""

    def __init__(self, clock: Clock, since: datetime) -> None:
        self._clock = clock
        self._latest = since

    def __call__(self) -> datetime:
        self._latest = max(self._latest, self._clock())
        return self._latest
