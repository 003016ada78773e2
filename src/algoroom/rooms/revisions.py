"""The recent texts of a room, by number, so that a change of an older one still finds its place."""

import sys
from collections import deque
from dataclasses import dataclass

from algoroom.rooms.delta import Delta

# Enough for whoever types with seconds of delay; a difference sets right who is further behind.
MOST_REVISIONS = 1_024
MOST_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that the room had. `delta` led to it from the revision before."""

    number: int
    text: str
    delta: Delta


class Revisions:
    """The last revisions of a room, bounded in number and size; the present one is always there."""

    def __init__(self, number: int, text: str) -> None:
        self._kept = deque([Revision(number, text, ())])
        self._bytes = sys.getsizeof(text)

    @property
    def latest(self) -> Revision:
        return self._kept[-1]

    def add(self, text: str, delta: Delta) -> Revision:
        """Note the text after a change; returns its revision."""
        revision = Revision(self.latest.number + 1, text, delta)
        self._kept.append(revision)
        self._bytes += sys.getsizeof(text)
        while len(self._kept) > 1 and (
            len(self._kept) > MOST_REVISIONS or self._bytes > MOST_BYTES
        ):
            self._bytes -= sys.getsizeof(self._kept.popleft().text)
        return revision

    def get(self, number: int) -> Revision | None:
        """The revision of this number, if it is still kept."""
        index = number - self._kept[0].number
        return self._kept[index] if 0 <= index < len(self._kept) else None

    def path_from(self, number: int) -> list[Delta] | None:
        """The deltas from a revision to the present one, or None if they are no longer kept."""
        behind = self.latest.number - number
        if not 0 <= behind < len(self._kept):
            return None
        return [self._kept[index].delta for index in range(-behind, 0)]
